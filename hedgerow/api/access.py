"""The check that a caller belongs to the project or organization that the path leads to."""

from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.apps import apps
from django.db.models import Q
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hedgerow.api.levels import Level
from hedgerow.api.scopes import Key

if TYPE_CHECKING:
    from rest_framework.views import APIView  # loads its default classes, of which this module has one

    from hedgerow.access.apps import AccessConfig
    from hedgerow.organizations.models import User


def membership_level(user: Any, organization_id: Any) -> Level | None:
    """The user's level in the organization, or None when they are no member."""
    level = user.memberships.filter(organization_id=organization_id).values_list("level", flat=True).first()
    return None if level is None else Level(level)


def reachable_organizations(user: "User", key: Key | None) -> list[UUID]:
    """The ids of the organizations that lists show: all of a person's, of which a key is told only those that let the
    person use keys and that it is not kept from."""
    memberships = user.memberships.all()
    if key is not None:
        keys_allowed = Q(organization__members_can_use_personal_api_keys=True) | Q(level__gte=Level.ADMIN)
        memberships = memberships.filter(keys_allowed)
        if key.scoped_organizations:
            memberships = memberships.filter(organization__in=map(UUID, key.scoped_organizations))
    return list(memberships.values_list("organization_id", flat=True))


def rules() -> "AccessConfig":
    """What people may do in a project. The rules belong to a feature, which stands above these conventions."""
    return cast("AccessConfig", apps.get_app_config("access"))


def caller(request: Request) -> "User":
    """The person who calls, or for whom a key calls; only for views that anonymous callers do not reach."""
    return cast("User", request.user)


class MemberPermission(BasePermission):
    """Lets through members of the organization that the view's path leads to, and of a project who may see it.

    A view under a project has a `project`, one under an organization an `organization`; other views have neither and
    narrow by themselves what a caller sees.
    """

    message = "You do not have permission to perform this action."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the caller is a member."""
        project = getattr(view, "project", None)
        if project is not None:
            self.message = "You don't have access to the project."
            return rules().may_enter(request.user, project)
        organization = getattr(view, "organization", None)
        return organization is None or membership_level(request.user, organization.id) is not None
