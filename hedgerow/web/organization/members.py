"""Who belongs to an organization, and at which level."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect

from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.levels import Level
from hedgerow.api.views import is_uuid
from hedgerow.organizations.key_rules import keys_reaching
from hedgerow.organizations.member_rules import change_level, remove
from hedgerow.organizations.models import Membership
from hedgerow.web.organization.place import Place, organization_page
from hedgerow.web.sent_forms import answered

LEVELS = [(level.value, level.label) for level in Level]


@organization_page
def page(place: Place) -> HttpResponse:
    """The members; what admins may change, and one's own leaving."""
    changes = {
        "level": _change_level,
        "remove": _remove,
        "leave": _leave,
    }
    return answered(place, changes, _shown)


def _shown(place: Place, told: dict[str, Any], status: int) -> HttpResponse:
    place.member.refresh_from_db()
    active = place.organization.memberships.filter(user__is_active=True)
    members = active.select_related("user__two_factor").prefetch_related(
        "user__external_identities", "user__personal_api_keys", "roles__role"
    )
    projects = set(place.organization.projects.values_list("pk", flat=True))
    rows = [
        {
            "member": member,
            "name": f"{member.user.first_name} {member.user.last_name}".strip() or member.user.email,
            "level": Level(member.level).label,
            "has_second_factor": hasattr(member.user, "two_factor"),
            "signs_in_elsewhere": bool(member.user.external_identities.all()),
            "roles": sorted(given.role.name for given in member.roles.all()),
            "keys": keys_reaching(member, projects) if place.is_admin else [],
            "is_own": member.pk == place.member.pk,
            "may_change": place.is_admin and member.pk != place.member.pk and member.level <= place.member.level,
        }
        for member in members.order_by("-level", "user__first_name", "user__email")
    ]
    levels = [(value, label) for value, label in LEVELS if value <= place.member.level]
    return place.render("members", "organization_members", {"rows": rows, "levels": levels, **told}, status)


def _change_level(place: Place) -> None:
    target, wanted = _target(place), place.sent("level")
    if wanted not in {str(value) for value, _ in LEVELS}:
        raise ValidationError("Choose a level.")
    change_level(place.member, target, Level(int(wanted)))
    place.say(f"{target.user.email} is {_article(Level(target.level))} now.")


def _remove(place: Place) -> None:
    target = _target(place)
    remove(place.member, target)
    place.say(f"{target.user.email} does not belong to {place.organization.name} any more.")


def _leave(place: Place) -> HttpResponse:
    remove(place.member, place.member)
    place.say(f"You have left {place.organization.name}.")
    return redirect("account")


def _target(place: Place) -> Membership:
    """Who the form is about. Raises NotFound for who does not belong to the organization (any more)."""
    given = place.sent("member")
    members = place.organization.memberships.select_related("user", "organization")
    found = members.filter(pk=given).first() if is_uuid(given) else None
    if found is None:
        raise NotFound("They do not belong to the organization any more.")
    return found


def _article(level: Level) -> str:
    return f"{'a' if level == Level.MEMBER else 'an'} {level.label.lower()}"
