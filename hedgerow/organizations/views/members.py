"""`/api/organizations/:organization_id/members/`."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import MemberPermission
from hedgerow.api.errors import NotFound
from hedgerow.api.levels import Level
from hedgerow.api.scopes import KeyPermission
from hedgerow.api.sessions import RecentLogin
from hedgerow.api.views import OrganizationViewSet, is_uuid
from hedgerow.organizations.key_rules import keys_reaching
from hedgerow.organizations.member_rules import change_level, remove
from hedgerow.organizations.models import Membership
from hedgerow.organizations.serializers import MembershipSerializer
from hedgerow.organizations.views.users import ME

ORDERS = {"joined_at": ("joined_at", "id"), "-joined_at": ("-joined_at", "-id")}


class MembersViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    OrganizationViewSet[Membership],
):
    """The people of an organization."""

    queryset = (
        Membership.objects.select_related("user__two_factor")
        .prefetch_related("user__external_identities")
        .filter(user__is_active=True)
    )
    serializer_class = MembershipSerializer
    permission_classes = [IsAuthenticated, KeyPermission, MemberPermission, RecentLogin]
    scope_object = "organization_member"
    lookup_field = "user__uuid"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[Membership]:
        """The members, narrowed by `email`, in the order asked for, else the newest first."""
        queryset = super().get_queryset()
        parameters = self.request.query_params if self.request else {}
        if email := parameters.get("email"):
            queryset = queryset.filter(user__email__iexact=email)
        return queryset.order_by(*ORDERS.get(parameters.get("order", ""), ORDERS["-joined_at"]))

    def get_object(self) -> Membership:
        """The membership of the user in the path, or of the caller for `@me`. Raises NotFound."""
        uuid = self.kwargs["user__uuid"]
        if uuid == ME:
            uuid = str(getattr(self.request.user, "uuid", ""))
        members = self.organization.memberships.select_related("user", "organization")
        member = members.filter(user__uuid=uuid).first() if is_uuid(uuid) else None
        if member is None:
            raise NotFound()
        return member

    @extend_schema(parameters=[OpenApiParameter("email", str), OpenApiParameter("order", str)])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The members."""
        return super().list(request, *args, **kwargs)

    def perform_update(self, serializer: serializers.BaseSerializer[Membership]) -> None:
        """Change the level, within the rules."""
        assert serializer.instance is not None
        if "level" in serializer.validated_data:
            change_level(self._own(), serializer.instance, Level(serializer.validated_data["level"]))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Remove a member, or leave."""
        remove(self._own(), self.get_object())
        return Response(status=204)

    @extend_schema(
        responses=inline_serializer(
            "ScopedAPIKeys",
            {
                "has_keys": serializers.BooleanField(),
                "has_keys_active_last_week": serializers.BooleanField(),
                "keys": serializers.ListField(child=serializers.DictField()),
            },
        )
    )
    @action(methods=["GET"], detail=True, required_scopes=["organization_member:read"])
    def scoped_api_keys(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The member's keys that reach this organization or a project of it."""
        keys = keys_reaching(self.get_object(), set(self.organization.projects.values_list("id", flat=True)))
        week_ago = timezone.now() - timedelta(days=7)
        return Response(
            {
                "has_keys": bool(keys),
                "has_keys_active_last_week": any(key.last_used_at and key.last_used_at > week_ago for key in keys),
                "keys": [{"name": key.label, "last_used_at": key.last_used_at} for key in keys],
            }
        )

    def _own(self) -> Membership:
        return self.organization.memberships.get(user=self.request.user.pk)
