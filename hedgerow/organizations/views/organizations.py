"""`/api/organizations/`."""

from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from hedgerow.activity.recording import changes_between, snapshot
from hedgerow.api.access import MemberPermission, caller, membership_level, reachable_organizations
from hedgerow.api.errors import NotFound, PermissionDenied
from hedgerow.api.levels import Level
from hedgerow.api.scopes import Key, KeyPermission
from hedgerow.api.sessions import RecentLogin
from hedgerow.api.views import ScopedView, find_organization
from hedgerow.organizations.history import note_organization
from hedgerow.organizations.models import Organization
from hedgerow.organizations.serializers import OrganizationSerializer
from hedgerow.organizations.signup import found_organization, require_signup_open

INSUFFICIENT = "Your organization access level is insufficient."


class OrganizationsViewSet(
    ScopedView,
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet[Organization],
):
    """The caller's organizations."""

    queryset = Organization.objects.all()
    serializer_class = OrganizationSerializer
    permission_classes = [IsAuthenticated, KeyPermission, MemberPermission, RecentLogin]
    scope_object = "organization"
    lookup_value_regex = "[^/]+"

    @cached_property
    def organization(self) -> Organization | None:
        """The organization in the path. Raises NotFound also when the caller does not belong to it."""
        if "pk" not in self.kwargs:
            return None
        organization = find_organization(self.request, self.kwargs["pk"])
        if membership_level(self.request.user, organization.id) is None:
            raise NotFound("Organization not found.")
        return organization

    @property
    def narrows_by_key(self) -> bool:
        """A list shows a key only the organizations it is narrowed to, instead of refusing it."""
        key = self.request.auth
        return self.action == "list" and isinstance(key, Key) and not key.scoped_teams

    def get_queryset(self) -> QuerySet[Organization]:
        """The caller's organizations, or those of them that their key is narrowed to."""
        if getattr(self, "swagger_fake_view", False):
            return Organization.objects.none()
        key = self.request.auth if isinstance(self.request.auth, Key) else None
        reachable = reachable_organizations(caller(self.request), key)
        return Organization.objects.filter(id__in=reachable).order_by("created_at", "id")

    def get_object(self) -> Organization:
        """The organization in the path."""
        assert self.organization is not None
        return self.organization

    @transaction.atomic
    def perform_create(self, serializer: serializers.BaseSerializer[Organization]) -> None:
        """Make an organization with a first project; the caller owns it."""
        require_signup_open()
        organization = serializer.save()
        project = found_organization(organization, caller(self.request))
        note_organization("created", organization, caller(self.request))
        if not isinstance(self.request.auth, Key):
            caller(self.request).work_in(project)

    @transaction.atomic
    def perform_update(self, serializer: serializers.BaseSerializer[Organization]) -> None:
        """Store the changes, made by an admin."""
        self._require(Level.ADMIN)
        before = snapshot(self.get_object())
        changed = serializer.save()
        changes = changes_between("Organization", before, snapshot(changed))
        note_organization("updated", changed, caller(self.request), changes)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete an organization with its projects, by an owner."""
        organization = self.get_object()
        self._require(Level.OWNER)
        organization.delete()
        return Response(status=204)

    def _require(self, level: Level) -> None:
        actual = membership_level(self.request.user, self.get_object().id)
        if actual is None or actual < level:
            raise PermissionDenied(INSUFFICIENT)
