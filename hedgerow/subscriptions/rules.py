"""What a subscription may be: what it shows, to whom it goes, and when. Each check raises ValidationError."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import validate_email

from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.api.fields import MAX_INTEGER
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.integrations.models import Integration
from hedgerow.outgoing.addresses import RefusedAddress, check_url
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.models import Subscription, TargetType
from hedgerow.subscriptions.receivers import addresses_of

NO_MORE_TIMES = "Subscription schedule has reached its end date. Extend until_date or remove count"
_SELECTION = "dashboard_export_insights"


def check_resource(subscription: Subscription, given: Mapping[str, Any], project: Project) -> None:
    """That it shows either an insight or a dashboard, of the project, and of a dashboard some of its insights.

    `subscription` is as it will be, `given` what the request says of it; a subscription that is there already keeps to
    what it is of.
    """
    for name in ("insight", "dashboard"):
        if given.get(name) is not None and given[name].project_id != project.pk:
            raise ValidationError(f"This {name} does not belong to your team.", attr=name)
    if subscription.insight_id is not None and subscription.dashboard_id is not None:
        if subscription.pk is not None and given.get("dashboard") is not None and given.get("insight") is None:
            raise ValidationError("Insight subscriptions cannot also set dashboard or prompt.", attr="insight")
        raise ValidationError("Dashboard subscriptions cannot also set insight or prompt.")
    if subscription.insight_id is None and subscription.dashboard_id is None:
        raise ValidationError("Insight is required for insight subscriptions.", attr="insight")
    if subscription.dashboard is None:
        if subscription.dashboard_export_insights:
            raise ValidationError("Cannot set insights selection without a dashboard.", attr=_SELECTION)
    elif subscription.pk is None or _SELECTION in given or "dashboard" in given:
        _check_selection(subscription.dashboard, subscription.dashboard_export_insights)


def checked_target(target_type: str, target_value: str) -> str:
    """Where it is sent in its usual form: mail addresses each once, a Slack channel, or a URL that may be called."""
    if target_type == TargetType.EMAIL:
        addresses = list(addresses_of(target_value))
        for address in addresses:
            try:
                validate_email(address)
            except DjangoValidationError:
                detail = f'"{address}" is not a valid email address.'
                raise ValidationError(detail, attr="target_value") from None
        target_value = ",".join(addresses)
    elif target_type == TargetType.WEBHOOK:
        try:
            check_url(target_value)
        except RefusedAddress as error:
            raise ValidationError(f"Invalid webhook URL: {error.reason}", attr="target_value") from None
    if not target_value.partition("|")[0].strip():
        raise ValidationError("This field may not be blank.", code="blank", attr="target_value")
    return target_value


def checked_integration(integration_id: int | None, target_type: str, project: Project) -> Integration | None:
    """The connection it is sent by, which Slack needs."""
    if integration_id is None:
        if target_type == TargetType.SLACK:
            raise ValidationError("A Slack integration is required for Slack subscriptions.", attr="integration_id")
        return None
    integration = Integration.objects.filter(project=project, pk=integration_id).first()
    if integration is None:
        detail = "This integration does not exist or does not belong to your team."
        raise ValidationError(detail, attr="integration_id")
    if target_type == TargetType.SLACK and integration.kind != Integration.Kind.SLACK:
        raise ValidationError("Slack subscriptions require a Slack integration.", attr="integration_id")
    return integration


def check_summary(project: Project) -> None:
    """That texts may be made of the project's numbers. Raises PermissionDenied."""
    if not project.organization.is_ai_data_processing_approved:
        raise PermissionDenied("AI data processing must be approved by your organization before enabling AI summaries")


def _check_selection(dashboard: Dashboard, ids: list[int]) -> None:
    most = settings.HEDGEROW.subscription_max_insights
    if not ids:
        raise ValidationError("Select at least one insight for this subscription.", attr=_SELECTION)
    if len(ids) > most:
        raise ValidationError(f"Cannot select more than {most} insights.", attr=_SELECTION)
    storable = [id for id in ids if abs(id) <= MAX_INTEGER]
    known = Insight.objects.filter(project=dashboard.project_id, deleted=False, pk__in=storable)
    if known.count() != len(ids):
        detail = "Some insights do not belong to your team or do no longer exist."
        raise ValidationError(detail, attr=_SELECTION)
    on_it = Tile.objects.filter(dashboard=dashboard, deleted=False, insight__in=ids)
    missing = len(ids) - on_it.values("insight").distinct().count()
    if missing:
        raise ValidationError(f"{missing} invalid insight(s) selected.", attr=_SELECTION)
