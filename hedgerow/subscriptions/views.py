"""`/api/projects/:project_id/subscriptions/`, and `/api/unsubscribe`."""

from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from hedgerow.access.objects import of_seen_objects
from hedgerow.activity.views import WithActivity
from hedgerow.api.throttling import TestDeliveries
from hedgerow.api.views import KeptWhenDeleted
from hedgerow.subscriptions.listing import listed_subscriptions
from hedgerow.subscriptions.models import Delivery, Subscription, TargetType
from hedgerow.subscriptions.runs import begin_run, is_running
from hedgerow.subscriptions.saving import SCOPE
from hedgerow.subscriptions.serializers import (
    SubscriptionSerializer,
    SummaryQuotaSerializer,
    UnsubscribedSerializer,
)
from hedgerow.subscriptions.unsubscribing import unsubscribe

log = structlog.get_logger(__name__)

_PAUSED = "Subscription is disabled. Re-enable it before sending a test delivery."
_RUNNING = "Delivery already in progress"
_NOT_SCHEDULED = "Failed to schedule delivery"


class SubscriptionsViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    KeptWhenDeleted,
    WithActivity,
):
    """The subscriptions of a project. A deleted one is not listed, but can still be looked at and restored."""

    queryset = Subscription.objects.select_related("project__organization", "insight", "dashboard", "created_by")
    serializer_class = SubscriptionSerializer
    scope_object = "subscription"
    activity_scope = SCOPE
    lookup_value_regex = "[0-9]{1,18}"

    def get_throttles(self) -> list[BaseThrottle]:
        """Test deliveries are limited, whoever asks for them."""
        limits = super().get_throttles()
        return [*limits, TestDeliveries()] if self.action == "test_delivery" else limits

    def get_queryset(self) -> QuerySet[Subscription]:
        """The project's subscriptions; of a list those that the request asks for."""
        subscriptions = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return subscriptions
        subscriptions = of_seen_objects(subscriptions, self.request.user, self.project)
        if self.action == "list":
            return listed_subscriptions(subscriptions, self.request.query_params)
        return subscriptions.select_for_update(of=("self",)) if self.action == "test_delivery" else subscriptions

    @extend_schema(
        parameters=[
            OpenApiParameter("search", str, description="Words, all of which are in the title or the resource's name."),
            OpenApiParameter("ordering", str, description="Fields, with - before one for descending."),
            OpenApiParameter("created_by", str, description="The uuid of who made it."),
            OpenApiParameter("dashboard", int, description="Of this dashboard."),
            OpenApiParameter("insight", int, description="Of this insight."),
            OpenApiParameter("resource_type", str, enum=["dashboard", "insight"]),
            OpenApiParameter("target_type", str, enum=TargetType.values),
            OpenApiParameter("deleted", bool, description="The deleted ones."),
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The subscriptions that are not deleted."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request=None,
        responses={
            202: OpenApiResponse(description="It is being sent."),
            404: OpenApiResponse(description="There is none, or it is deleted."),
            409: OpenApiResponse(description="It is paused, or is being sent already."),
        },
    )
    @action(
        methods=["POST"],
        detail=True,
        url_path="test-delivery",
        url_name="test-delivery",
        required_scopes=["subscription:write"],
    )
    def test_delivery(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send it now to all its receivers, beside its schedule."""
        try:
            with transaction.atomic():
                return self._send_now()
        except DatabaseError:
            log.exception("test_delivery_not_scheduled", subscription=self.kwargs["pk"])
            return Response({"detail": _NOT_SCHEDULED}, status=500)

    @extend_schema(responses=SummaryQuotaSerializer, filters=False)
    @action(methods=["GET"], detail=False, pagination_class=None, required_scopes=["subscription:read"])
    def summary_quota(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How many subscriptions have a summary written."""
        active = self.get_queryset().filter(deleted=False, summary_enabled=True).count()
        return Response({"active_count": active, "limit": None, "at_limit": False})

    def _send_now(self) -> Response:
        subscription = self.get_object()
        if subscription.deleted:
            return Response(status=404)
        if not subscription.enabled:
            return Response({"detail": _PAUSED}, status=409)
        if is_running(subscription, Delivery.Trigger.MANUAL):
            return Response({"detail": _RUNNING}, status=409)
        begin_run(subscription, Delivery.Trigger.MANUAL)
        return Response(status=202)


class UnsubscribeView(APIView):
    """`/api/unsubscribe`: for who has the link of a mail, with or without an account."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("token", str, description="As it stands in the mail.")],
        responses=UnsubscribedSerializer,
    )
    def get(self, request: Request) -> Response:
        """Take the address that the token names off its subscription."""
        return Response({"success": unsubscribe(request.query_params.get("token", ""))})
