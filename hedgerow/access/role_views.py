"""`/api/organizations/:organization_id/roles/` and who has them."""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hedgerow.access.models import Role, RoleMembership
from hedgerow.access.roles import change_role, create_role, delete_role, give_role, take_role
from hedgerow.access.serializers import NewRoleMembershipSerializer, RoleMembershipSerializer, RoleSerializer
from hedgerow.api.access import caller, membership_level
from hedgerow.api.asked import checked
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.levels import Level
from hedgerow.api.sessions import RecentLogin
from hedgerow.api.views import OrganizationView, OrganizationViewSet, is_uuid
from hedgerow.organizations.views.organizations import INSUFFICIENT
from hedgerow.organizations.views.users import ME


class AdminsWrite(BasePermission):
    """Members read, admins of the organization write."""

    message = INSUFFICIENT

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller may."""
        assert isinstance(view, OrganizationView)
        level = membership_level(request.user, view.organization.pk)
        return request.method in SAFE_METHODS or (level is not None and level >= Level.ADMIN)


class RolesViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    OrganizationViewSet[Role],
):
    """The roles of an organization."""

    queryset = Role.objects.prefetch_related(
        "memberships__membership__user__two_factor", "memberships__membership__user__external_identities"
    ).order_by("name", "id")
    serializer_class = RoleSerializer
    permission_classes = [*OrganizationViewSet.permission_classes, AdminsWrite, RecentLogin]
    scope_object = "organization"
    lookup_value_regex = "[^/]+"

    def get_object(self) -> Role:
        """The role in the path. Raises NotFound."""
        role = self.get_queryset().filter(pk=self.kwargs["pk"]).first() if is_uuid(self.kwargs["pk"]) else None
        if role is None:
            raise NotFound()
        return role

    def perform_create(self, serializer: serializers.BaseSerializer[Role]) -> None:
        """Make the role."""
        serializer.instance = create_role(self.organization, by=caller(self.request), **serializer.validated_data)

    def perform_update(self, serializer: serializers.BaseSerializer[Role]) -> None:
        """Change what is sent."""
        assert serializer.instance is not None
        change_role(serializer.instance, caller(self.request), **serializer.validated_data)

    def perform_destroy(self, role: Role) -> None:
        """Delete the role."""
        delete_role(role, caller(self.request))


class RoleMembershipsViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, OrganizationViewSet[RoleMembership]
):
    """Who has a role."""

    serializer_class = RoleMembershipSerializer
    permission_classes = [*OrganizationViewSet.permission_classes, AdminsWrite, RecentLogin]
    scope_object = "organization"
    lookup_value_regex = "[^/]+"

    @cached_property
    def role(self) -> Role | None:
        """The role in the path, None when the organization has no such role."""
        given = self.kwargs["role_id"]
        return Role.objects.filter(organization=self.organization, pk=given).first() if is_uuid(given) else None

    def get_queryset(self) -> QuerySet[RoleMembership]:
        """Those who have the role, the first ones first."""
        if getattr(self, "swagger_fake_view", False):
            return RoleMembership.objects.none()
        given = RoleMembership.objects.select_related("membership__user", "role__organization")
        if self.role is None:
            raise NotFound()
        return given.filter(role=self.role, membership__user__is_active=True).order_by("joined_at", "id")

    def get_object(self) -> RoleMembership:
        """That somebody has the role, by its id. Raises NotFound."""
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first() if is_uuid(self.kwargs["pk"]) else None
        if found is None:
            raise NotFound()
        return found

    @extend_schema(request=NewRoleMembershipSerializer, responses={201: RoleMembershipSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a member the role."""
        if self.role is None:
            raise ValidationError("Role does not exist.")
        uuid = checked(NewRoleMembershipSerializer(data=request.data))["user_uuid"]
        user = request.user.uuid if uuid == ME else uuid  # type: ignore[union-attr]
        members = self.organization.memberships.select_related("user").filter(user__is_active=True)
        member = members.filter(user__uuid=user).first() if is_uuid(str(user)) else None
        if member is None:
            raise ValidationError("User does not exist.")
        return Response(RoleMembershipSerializer(give_role(self.role, member, caller(request))).data, status=201)

    def perform_destroy(self, given: RoleMembership) -> None:
        """Take the role from the member."""
        take_role(given, caller(self.request))
