"""What views under a project or an organization are made of.

A view names its `scope_object`; `self.project` (or `self.organization`) is the one its path leads to, and the caller is
known to belong to it before the view's own code runs. Data is reached through a queryset narrowed to it, never without.

The models are named by their Django labels, as foreign keys are, so that this package stands below those that use it.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from hedgerow.api.access import caller, rules
from hedgerow.api.asked import body_if_readable, is_whole
from hedgerow.api.errors import AuthenticationFailed, NotFound
from hedgerow.api.rendering import MEDIA_TYPE, JSONRenderer
from hedgerow.api.throttling import Allowance

if TYPE_CHECKING:
    from hedgerow.organizations.models import Organization
    from hedgerow.projects.models import Project

CURRENT = "@current"
TOKEN_PREFIX = "phc_"  # noqa: S105 - the prefix is public

M = TypeVar("M", bound=Model)


class ScopedView(APIView):
    """A view open to keys: with `scope_object` and the action or method, or with what `required_scopes` says.

    A viewset's own actions name theirs as `@action(…, required_scopes=["query:read"])`.
    """

    scope_object: str | None = None
    required_scopes: list[str] | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the caller, then that the body can be read. Raises ParseError."""
        super().initial(request, *args, **kwargs)
        unreadable: ParseError | None = getattr(request, "unreadable", None)
        if unreadable is not None and request.method not in SAFE_METHODS:
            raise unreadable

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Add what is left of the rate limit, where one counts; an error is JSON, whatever form was asked for."""
        if getattr(response, "exception", False):
            request.accepted_renderer = JSONRenderer()
            request.accepted_media_type = MEDIA_TYPE
        answer = super().finalize_response(request, response, *args, **kwargs)
        allowance: Allowance | None = getattr(self.request, "allowance", None)
        for name, value in allowance.headers.items() if allowance else ():
            answer[name] = value
        return answer


class ProjectView(ScopedView):
    """A view under `/api/projects/:project_id/` and `/api/environments/:project_id/`."""

    viewers_may: frozenset[str] = frozenset()
    """Actions that change no object although a key needs `write` for them: the level `viewer` is enough."""

    @cached_property
    def project(self) -> "Project":
        """The project the request is about: the one whose token it carries, else the one in the path, and where the
        path names none the one the caller works in.

        Raises NotFound when there is none, AuthenticationFailed for an unknown token.
        """
        token = request_token(self.request)
        if token is not None:
            return project_by_token(token)
        return find_project(self.request, self.kwargs.get("project_id", CURRENT))


class ProjectViewSet(ProjectView, GenericViewSet[M]):
    """A resource of a project. `queryset` is narrowed to the project by its field `project`."""

    def get_queryset(self) -> "QuerySet[M]":
        """The rows of this project that the caller may see."""
        queryset: QuerySet[M] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return rules().visible(queryset.filter(project=self.project), self.request.user, self.project)

    def get_serializer_context(self) -> dict[str, Any]:
        """With the `project`; without it where only the API's description is made."""
        context = dict(super().get_serializer_context())
        if self.request is None or getattr(self, "swagger_fake_view", False):
            return context
        return {**context, "project": self.project}


class KeptWhenDeleted(ProjectViewSet[Any]):
    """A resource whose objects are hidden by `PATCH {"deleted": true}`, and come back by `{"deleted": false}`.

    `DELETE` is refused with an empty body.
    """

    @property
    def allowed_methods(self) -> list[str]:
        """What may be done here, which `DELETE` is not although it has an answer of its own."""
        return [method for method in super().allowed_methods if method != "DELETE"]

    @extend_schema(responses={405: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Nothing is removed: `PATCH {"deleted": true}` hides it."""
        return Response(status=405)


class OrganizationView(ScopedView):
    """A view under `/api/organizations/:organization_id/`."""

    @cached_property
    def organization(self) -> "Organization":
        """The organization in the path. Raises NotFound when there is none."""
        return find_organization(self.request, self.kwargs["organization_id"])


class OrganizationViewSet(OrganizationView, GenericViewSet[M]):
    """A resource of an organization. `queryset` is narrowed to it by its field `organization`."""

    def get_queryset(self) -> "QuerySet[M]":
        """The rows of this organization."""
        queryset: QuerySet[M] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return queryset.filter(organization=self.organization)


def find_project(request: Request, project_id: str) -> "Project":
    """The project with this id, or the caller's current one for `@current`. Raises NotFound."""
    project: Project | None = None
    if project_id == CURRENT:
        project = caller(request).project
    elif is_whole(project_id):
        projects = apps.get_model("projects", "Project").objects.select_related("organization")
        project = projects.filter(pk=int(project_id)).first()
    if project is None:
        raise NotFound("Project not found.")
    return project


def find_organization(request: Request, organization_id: str) -> "Organization":
    """The organization with this id, or the caller's current one for `@current`. Raises NotFound."""
    organization: Organization | None = None
    if organization_id == CURRENT:
        organization = caller(request).organization
    elif is_uuid(organization_id):
        organization = apps.get_model("organizations", "Organization").objects.filter(pk=organization_id).first()
    if organization is None:
        raise NotFound("Organization not found.")
    return organization


def is_uuid(text: str) -> bool:
    """Whether this is a UUID in its usual form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def request_token(request: Request) -> str | None:
    """The project token given in the query, or in the body, as `token` or `api_key`.

    In a body only what looks like a project token counts: other things are called `token` there, too.
    """
    for name in ("token", "api_key"):
        if value := request.query_params.get(name):
            return value
    body = body_if_readable(request)
    if isinstance(body, dict):
        for name in ("token", "api_key"):
            value = body.get(name)
            if isinstance(value, str) and value.startswith(TOKEN_PREFIX):
                return value
    return None


def project_by_token(token: str) -> "Project":
    """The project with this public token. Raises AuthenticationFailed."""
    projects = apps.get_model("projects", "Project").objects.select_related("organization")
    project = projects.filter(api_token=token).first() if "\0" not in token else None
    if project is None:
        raise AuthenticationFailed("Incorrect authentication credentials.")
    return project
