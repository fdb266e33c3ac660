"""`/api/projects/:project_id/integrations/`."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.recording import Change, change, record_activity
from hedgerow.api.access import caller
from hedgerow.api.asked import checked
from hedgerow.api.errors import Unavailable, ValidationError
from hedgerow.api.views import ProjectViewSet
from hedgerow.integrations.models import Integration
from hedgerow.integrations.naming import display_name
from hedgerow.integrations.secrets import bot_token, encrypted
from hedgerow.integrations.serializers import ChannelsSerializer, IntegrationSerializer, NewIntegrationSerializer
from hedgerow.integrations.slack import SlackRefusedError, SlackUnreachableError, Workspace, channels, workspace_of

SCOPE = "Integration"
_UNREACHABLE = "Slack cannot be reached at the moment. Try again."


class IntegrationsViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, ProjectViewSet[Integration]
):
    """The services that a project may use."""

    queryset = Integration.objects.select_related("created_by").order_by("-created_at", "-id")
    serializer_class = IntegrationSerializer
    scope_object = "integration"
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Integration]:
        """The project's integrations; of a list those of the `kind` it asks for."""
        integrations = super().get_queryset()
        kind = self.request.query_params.get("kind") if self.request is not None else None
        return integrations.filter(kind=kind) if kind else integrations

    @extend_schema(request=NewIntegrationSerializer, responses={201: IntegrationSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Connect a workspace of Slack by the token of its bot; one that is connected already gets the new token."""
        given = checked(NewIntegrationSerializer(data=request.data))
        workspace = _workspace(given["access_token"])
        config = {
            **given["config"],
            "team": {"id": workspace.team_id, "name": workspace.name},
            "bot_user_id": workspace.bot_user_id,
        }
        integration, is_new = Integration.objects.update_or_create(
            project=self.project,
            kind=given["kind"],
            integration_id=workspace.team_id,
            defaults={"config": config, "secrets": encrypted(given["access_token"]), "errors": ""},
            create_defaults={
                "config": config,
                "secrets": encrypted(given["access_token"]),
                "created_by": caller(request),
            },
        )
        if is_new:
            self._record("created", integration)
        else:
            self._record("updated", integration, changes=[change(SCOPE, "secrets", True, True, is_masked=True)])
        return Response(self.get_serializer(integration).data, status=201)

    def perform_destroy(self, instance: Integration) -> None:
        """Forget it with its token; subscriptions that are sent by it stay, and say that they have none."""
        self._record("deleted", instance)
        instance.delete()

    @extend_schema(responses=ChannelsSerializer, filters=False)
    @action(methods=["GET"], detail=True, pagination_class=None, required_scopes=["integration:read"])
    def channels(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The channels of the workspace, as Slack lists them now."""
        try:
            return Response({"channels": channels(bot_token(self.get_object()))})
        except SlackRefusedError as error:
            raise ValidationError(f"Slack refused: {error}") from None
        except SlackUnreachableError:
            raise Unavailable(_UNREACHABLE) from None

    def _record(self, activity: str, integration: Integration, changes: list[Change] | None = None) -> None:
        record_activity(
            scope=SCOPE,
            activity=activity,
            item_id=integration.pk,
            user=self.request.user,
            project=self.project,
            name=display_name(integration),
            item_type=integration.kind,
            changes=changes,
        )


def _workspace(token: str) -> Workspace:
    try:
        return workspace_of(token)
    except SlackRefusedError as error:
        raise ValidationError(f"Slack refused the token: {error}", attr="access_token") from None
    except SlackUnreachableError:
        raise Unavailable(_UNREACHABLE) from None
