"""Scopes: what a key may do. A scope is `object:action`; `write` includes `read`, and `*` is everything."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.api.levels import Level

if TYPE_CHECKING:
    from rest_framework.views import APIView  # loads its default classes, of which this module has one

OBJECTS = frozenset(
    """
    action access_control account activity_log alert annotation approvals batch_export batch_import
    batch_import_support billing business_knowledge canvas cohort comment conversation customer_analytics customer_task
    customer_journey customer_profile_config data_catalog data_catalog_approval dashboard event_filter
    dashboard_template dataset early_access_feature endpoint engineering_analytics error_tracking evaluation element
    event_definition experiment experiment_holdout experiment_saved_metric export external_data_schema
    external_data_source feature_flag file_system file_system_shortcut group health_issue heatmap hog_flow hog_function
    ingestion_warning insight insight_variable integration legal_document link live_debugger llm_analytics
    ai_observability_clusters llm_gateway llm_playground llm_prompt llm_provider_key llm_skill logs loop
    marketing_analytics mcp_analytics metrics notebook organization organization_integration organization_member person
    plugin product_enablement product_tour project property_definition query query_performance replay_scanner
    review_hog revenue_analytics session_recording session_recording_playlist sharing_configuration signal_scout
    stamphog streamlit_app subscription survey tagger ticket task toolbar tracing field_note uploaded_media
    usage_metric user user_interview vision_action vision_alert visual_review warehouse_objects warehouse_table
    warehouse_view web_analytics webhook wizard_session persisted_folder team
    """.split()  # noqa: SIM905 - easier to read
)
"""What a scope may be about. Clients ask for any of these, also for things this server does not have."""

ACTIONS = ("read", "write")
EVERYTHING = "*"
READ_ACTIONS = frozenset({"list", "retrieve"})
WRITE_ACTIONS = frozenset({"create", "update", "partial_update", "destroy"})


@runtime_checkable
class Key(Protocol):
    """What a key tells about itself: the `request.auth` of a request made with one. `identity` tells keys apart."""

    @property
    def identity(self) -> str: ...
    @property
    def scopes(self) -> Sequence[str]: ...
    @property
    def scoped_teams(self) -> Sequence[int]: ...
    @property
    def scoped_organizations(self) -> Sequence[str]: ...


def validate_scope(scope: str) -> str:
    """The scope itself. Raises ValidationError when there is no such scope."""
    name, _, action = scope.partition(":")
    if scope != EVERYTHING and (name not in OBJECTS or action not in ACTIONS):
        raise ValidationError(f"Invalid scope: {scope}")
    return scope


def allows(scopes: Sequence[str], required: str) -> bool:
    """Whether `scopes` include the required one."""
    name, _, action = required.partition(":")
    return EVERYTHING in scopes or required in scopes or (action == "read" and f"{name}:write" in scopes)


def scopes_needed(view: "APIView", method: str) -> list[str] | None:
    """The scopes a key needs for this view and method; None when the view is not open to keys.

    An action (or view) that declares `required_scopes` needs those; otherwise the view's `scope_object` with `read` or
    `write`, by the standard action or, in a view without actions, by the method.
    """
    declared: list[str] | None = getattr(view, "required_scopes", None)
    if declared is not None:
        return declared
    scope_object: str | None = getattr(view, "scope_object", None)
    if scope_object is None:
        return None
    if method == "OPTIONS":
        return [f"{scope_object}:read"]
    action = getattr(view, "action", None)
    if action is None:
        return [f"{scope_object}:{'read' if method in ('GET', 'HEAD') else 'write'}"]
    if action in READ_ACTIONS:
        return [f"{scope_object}:read"]
    return [f"{scope_object}:write"] if action in WRITE_ACTIONS else None


class KeyPermission(BasePermission):
    """Lets a key do only what it was made for. The first rule it breaks is told; people's sessions pass."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, or raises PermissionDenied saying what the key lacks."""
        key = request.auth
        if not isinstance(key, Key):
            return True
        scopes = scopes_needed(view, request.method or "")
        if scopes is None:
            raise PermissionDenied("This action does not support personal API key access")
        if getattr(view, "scope_object", None) != "user":
            _check_reach(request, view, key)
        for scope in scopes:
            if not allows(key.scopes, scope):
                raise PermissionDenied(f"API key missing required scope '{scope}'")
        return True


def _check_reach(request: Request, view: "APIView", key: Key) -> None:
    """Check the organization's rule about keys, and the projects and organizations the key is narrowed to."""
    project = getattr(view, "project", None)
    organization = getattr(view, "organization", None) or getattr(project, "organization", None)
    if organization is not None:
        _check_keys_allowed(request.user, organization)
    narrows = getattr(view, "narrows_by_key", False)
    if key.scoped_teams and not (narrows and project is None):
        if project is None:
            raise PermissionDenied("API keys with scoped projects are only supported on project-based endpoints.")
        if project.id not in key.scoped_teams:
            raise PermissionDenied(f"API key does not have access to the requested project: ID {project.id}.")
    if key.scoped_organizations and not (narrows and organization is None):
        if organization is None:
            raise PermissionDenied(
                "API keys with scoped organizations are only supported on organization-based endpoints."
            )
        if str(organization.id) not in key.scoped_organizations:
            raise PermissionDenied(f"API key does not have access to the requested organization: ID {organization.id}.")


def _check_keys_allowed(user: Any, organization: Any) -> None:
    """Strangers learn nothing here, not even the organization's name: they are refused as such afterwards."""
    if organization.members_can_use_personal_api_keys:
        return
    if user.memberships.filter(organization=organization, level__lt=Level.ADMIN).exists():
        raise PermissionDenied(
            f"Organization '{organization.name}' does not allow using personal API keys. "
            "Contact an admin to enable personal API keys for this organization."
        )
