"""What the receiver of a subscription's webhooks has to know."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.asked import is_whole
from hedgerow.api.views import ProjectView
from hedgerow.subscriptions.models import Subscription, TargetType
from hedgerow.subscriptions.webhooks import signing_secret


class WebhookSecret(serializers.Serializer[Any]):
    """The secret that a subscription's webhooks are signed with."""

    secret = serializers.CharField(read_only=True)


class WebhookSecretView(ProjectView):
    """Told to those who may change the subscription."""

    scope_object = "subscription"
    required_scopes = ["subscription:write"]

    @extend_schema(responses=WebhookSecret)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The secret of a subscription to a webhook. Raises NotFound for any other."""
        given = self.kwargs["subscription_id"]
        if not is_whole(given):
            raise NotFound
        to_webhooks = Subscription.objects.filter(project=self.project, target_type=TargetType.WEBHOOK)
        subscription = to_webhooks.filter(pk=int(given)).first()
        if subscription is None:
            raise NotFound
        return Response({"secret": signing_secret(subscription)})
