"""The history of what a subscription sent."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import ProjectViewSet, is_uuid
from hedgerow.subscriptions.models import Delivery, Subscription


class DeliveryPages(CursorPagination):
    """`{"next", "previous", "results"}`, the newest first. Raises NotFound for what is no cursor."""

    page_size = 50
    ordering = ("-created_at", "-id")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """A run as it is told."""

    class Meta:
        model = Delivery
        fields = (
            *("id", "subscription", "temporal_workflow_id", "idempotency_key", "trigger_type", "scheduled_at"),
            *("target_type", "target_value", "exported_asset_ids", "content_snapshot", "recipient_results", "status"),
            *("error", "created_at", "last_updated_at", "finished_at", "change_summary"),
        )
        read_only_fields = fields


class DeliveriesViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProjectViewSet[Delivery]):
    """Runs of one subscription, which may be deleted or paused."""

    scope_object = "subscription"
    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    pagination_class = DeliveryPages

    def get_queryset(self) -> "QuerySet[Delivery]":
        """The runs of the project's subscription in the path; in a list those of the status asked for.

        Raises NotFound, and ValidationError for a status there is not.
        """
        if getattr(self, "swagger_fake_view", False):
            return Delivery.objects.none()
        given = self.kwargs["subscription_id"]
        if not is_whole(given):
            raise NotFound
        subscription = Subscription.objects.filter(project=self.project, pk=int(given)).first()
        if subscription is None:
            raise NotFound
        deliveries = Delivery.objects.filter(subscription=subscription)
        status = self.request.query_params.get("status")
        if self.action != "list" or not status:
            return deliveries
        if status not in Delivery.Status.values:
            raise ValidationError(f"Must be one of: {', '.join(sorted(Delivery.Status.values))}.", attr="status")
        return deliveries.filter(status=status)

    @extend_schema(
        parameters=[OpenApiParameter("status", OpenApiTypes.STR, enum=sorted(Delivery.Status.values))],
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of runs, of those with a `status` if one is asked for."""
        return super().list(request, *args, **kwargs)

    def get_object(self) -> Delivery:
        """The run in the path. Raises NotFound."""
        if not is_uuid(self.kwargs["pk"]):
            raise NotFound
        return super().get_object()
