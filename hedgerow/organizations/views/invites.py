"""`/api/organizations/:organization_id/invites/`."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller, membership_level
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import OrganizationViewSet
from hedgerow.organizations.invites import MOST_AT_ONCE
from hedgerow.organizations.inviting import invite_and_mail, withdraw
from hedgerow.organizations.models import Invite
from hedgerow.organizations.serializers import InviteSerializer


class InvitesViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    OrganizationViewSet[Invite],
):
    """The pending invites of an organization. The link, mailed or to be handed over, is `<site>/signup/<invite id>`."""

    queryset = Invite.objects.select_related("created_by").order_by("-created_at", "-id")
    serializer_class = InviteSerializer
    scope_object = "organization_member"
    lookup_value_regex = "[0-9a-fA-F-]{36}"

    def get_queryset(self) -> QuerySet[Invite]:
        """Those that give no more than the caller's own level: who knows an invite's id can accept it."""
        invites = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return invites
        return invites.filter(level__lte=membership_level(self.request.user, self.organization.pk) or 0)

    def perform_create(self, serializer: serializers.BaseSerializer[Invite]) -> None:
        """Make the invite."""
        serializer.instance = self._invite(dict(serializer.validated_data))

    def perform_destroy(self, invite: Invite) -> None:
        """Withdraw the invite."""
        withdraw(invite, caller(self.request))

    @extend_schema(request=InviteSerializer(many=True), responses={201: InviteSerializer(many=True)})
    @action(methods=["POST"], detail=False, required_scopes=["organization_member:write"], pagination_class=None)
    def bulk(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make up to 20 invites, all or none."""
        if not isinstance(request.data, list):
            raise ValidationError("This endpoint needs an array of data for bulk invite creation.")
        if len(request.data) > MOST_AT_ONCE:
            raise ValidationError(
                f"A maximum of {MOST_AT_ONCE} invites can be sent in a single request.", code="max_length"
            )
        serializer = self.get_serializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            invites = [self._invite(dict(fields)) for fields in serializer.validated_data]
        return Response(self.get_serializer(invites, many=True).data, status=201)

    def _invite(self, fields: dict[str, Any]) -> Invite:
        members = self.organization.memberships.select_related("user", "organization")
        return invite_and_mail(members.get(user=self.request.user.pk), fields)
