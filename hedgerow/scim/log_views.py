"""`/api/organizations/:organization_id/domains/:id/scim/logs/`: what the identity provider of a domain asked."""

from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hedgerow.api.access import membership_level
from hedgerow.api.asked import checked
from hedgerow.api.errors import NotFound
from hedgerow.api.levels import Level
from hedgerow.api.views import OrganizationView, OrganizationViewSet, is_uuid
from hedgerow.domains.models import Domain
from hedgerow.scim.log import mask
from hedgerow.scim.models import ScimRequest


class AdminsRead(BasePermission):
    """Lets admins of the organization through."""

    message = "Only organization admins can view SCIM logs."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller may."""
        assert isinstance(view, OrganizationView)
        level = membership_level(request.user, view.organization.pk)
        return level is not None and level >= Level.ADMIN


class ScimLogPages(PageNumberPagination):
    """`{"count", "next", "previous", "results"}`, by `page` and `page_size`."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class ScimLogChoice(serializers.Serializer[Any]):
    """Which entries of the log are wanted; times are inclusive."""

    status_min = serializers.IntegerField(min_value=0, max_value=999, required=False)
    status_max = serializers.IntegerField(min_value=0, max_value=999, required=False)
    search = serializers.CharField(max_length=400, required=False, allow_blank=True)
    after = serializers.DateTimeField(required=False)
    before = serializers.DateTimeField(required=False)


class ScimRequestSerializer(serializers.ModelSerializer[ScimRequest]):
    """A request of an identity provider and the answer, without what is personal in them."""

    class Meta:
        model = ScimRequest
        fields = [
            "id",
            "request_method",
            "request_path",
            "request_headers",
            "request_body",
            "response_status",
            "response_body",
            "identity_provider",
            "duration_ms",
            "created_at",
        ]
        read_only_fields = fields


class ScimLogsViewSet(mixins.ListModelMixin, OrganizationViewSet[ScimRequest]):
    """What the identity provider of a domain asked and was answered, the newest first. Kept for 30 days."""

    queryset = ScimRequest.objects.order_by("-created_at", "-id")
    serializer_class = ScimRequestSerializer
    pagination_class = ScimLogPages
    permission_classes = [*OrganizationViewSet.permission_classes, AdminsRead]
    scope_object = "organization"

    @extend_schema(parameters=[ScimLogChoice])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The log of the domain."""
        return super().list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[ScimRequest]:
        """The entries of the domain that are asked for. Raises NotFound when the domain is not the organization's."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        own, wanted = Domain.objects.filter(organization=self.organization), self.kwargs["id"]
        domain = own.filter(pk=wanted).first() if is_uuid(wanted) else None
        if domain is None:
            raise NotFound()
        chosen = checked(ScimLogChoice(data=self.request.query_params.dict()))
        return _chosen(self.queryset.filter(domain=domain), chosen)


def _chosen(entries: QuerySet[ScimRequest], chosen: dict[str, Any]) -> QuerySet[ScimRequest]:
    columns = {
        "status_min": "response_status__gte",
        "status_max": "response_status__lte",
        "after": "created_at__gte",
        "before": "created_at__lte",
    }
    entries = entries.filter(**{column: chosen[name] for name, column in columns.items() if name in chosen})
    searched = chosen.get("search", "").strip()
    if not searched:
        return entries
    entries = entries.annotate(body=Cast("request_body", TextField()))
    wanted = Q()
    for form in {searched, mask(searched)}:  # names stand in the log in part only
        wanted |= Q(request_path__icontains=form) | Q(body__icontains=form)
    return entries.filter(wanted)
