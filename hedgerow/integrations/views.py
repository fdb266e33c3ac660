"""`/api/projects/:project_id/integrations/`."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller
from hedgerow.api.asked import checked
from hedgerow.api.errors import Unavailable, ValidationError
from hedgerow.api.views import ProjectViewSet
from hedgerow.integrations.connecting import UNREACHABLE, connect_slack, record_integration
from hedgerow.integrations.models import Integration
from hedgerow.integrations.secrets import bot_token
from hedgerow.integrations.serializers import ChannelsSerializer, IntegrationSerializer, NewIntegrationSerializer
from hedgerow.integrations.slack import SlackRefusedError, SlackUnreachableError, channels


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
        integration = connect_slack(self.project, caller(request), given["access_token"], given["config"])
        return Response(self.get_serializer(integration).data, status=201)

    def perform_destroy(self, instance: Integration) -> None:
        """Forget it with its token; subscriptions that are sent by it stay, and say that they have none."""
        record_integration("deleted", instance, self.request.user)
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
            raise Unavailable(UNREACHABLE) from None
