"""The roles of an organization, and who has them."""

from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpResponse

from hedgerow.access.models import Role
from hedgerow.access.roles import change_role, create_role, delete_role, give_role, set_default_role, take_role
from hedgerow.access.serializers import RoleSerializer
from hedgerow.api.asked import checked
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.levels import Level
from hedgerow.api.views import is_uuid
from hedgerow.web.organization.place import Place, organization_page
from hedgerow.web.rendering import not_found
from hedgerow.web.sent_forms import answered

TAB = "organization_roles"


@organization_page
def page(place: Place) -> HttpResponse:
    """The roles, the one that who joins is given, and making one."""
    changes = {"new": _new, "default": _default}
    return answered(place, changes, _shown)


@organization_page
def detail(place: Place, role_id: UUID) -> HttpResponse:
    """A role: its name and who has it."""
    role = place.organization.roles.filter(pk=role_id).first()
    if role is None:
        return not_found(place.request)
    changes = {
        "rename": _rename,
        "give": _give,
        "take": _take,
        "delete": _delete,
    }
    return answered(place, changes, _shown_one, role)


def _shown(place: Place, told: dict[str, Any], status: int) -> HttpResponse:
    active = Count("memberships", filter=Q(memberships__membership__user__is_active=True))
    roles = place.organization.roles.annotate(people=active).order_by("name", "id")
    return place.render("roles", TAB, {"roles": roles, **told}, status)


def _shown_one(place: Place, role: Role, told: dict[str, Any], status: int) -> HttpResponse:
    role.refresh_from_db()
    given = role.memberships.filter(membership__user__is_active=True).select_related("membership__user")
    members = place.organization.memberships.filter(user__is_active=True).select_related("user")
    context = {
        "role": role,
        "name": told["given"].get("name", role.name) if told["failed"] == "rename" else role.name,
        "holders": given.order_by("joined_at", "id"),
        "candidates": members.exclude(roles__role=role).order_by("user__email"),
        **told,
    }
    return place.render("role", TAB, context, status)


def _new(place: Place) -> HttpResponse:
    place.require(Level.ADMIN)
    fields = checked(RoleSerializer(data={"name": place.sent("name")}))
    return place.go("organization_role", create_role(place.organization, by=place.user, **fields).pk)


def _default(place: Place) -> None:
    place.require(Level.ADMIN)
    given = place.sent("role")
    role = place.organization.roles.filter(pk=given).first() if is_uuid(given) else None
    set_default_role(place.organization, role.pk if role else None, place.user)
    place.say(f"Who joins is given the role {role.name}." if role else "Who joins is given no role.")


def _rename(place: Place, role: Role) -> None:
    place.require(Level.ADMIN)
    change_role(role, place.user, **checked(RoleSerializer(data={"name": place.sent("name")})))
    place.say("Saved.")


def _give(place: Place, role: Role) -> None:
    place.require(Level.ADMIN)
    given = place.sent("member")
    members = place.organization.memberships.select_related("user").filter(user__is_active=True)
    member = members.filter(pk=given).first() if is_uuid(given) else None
    if member is None:
        raise ValidationError("Choose a member.")
    give_role(role, member, place.user)
    place.say(f"{member.user.email} has the role now.")


def _take(place: Place, role: Role) -> None:
    place.require(Level.ADMIN)
    given = place.sent("given")
    found = role.memberships.select_related("membership__user").filter(pk=given).first() if is_uuid(given) else None
    if found is None:
        raise NotFound("They do not have the role any more.")
    take_role(found, place.user)
    place.say(f"{found.membership.user.email} does not have the role any more.")


def _delete(place: Place, role: Role) -> HttpResponse:
    place.require(Level.ADMIN)
    delete_role(role, place.user)
    place.say(f"The role {role.name} is gone, and the access rules for it.")
    return place.go(TAB)
