"""The open invites into an organization."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from hedgerow.access.rules import PROJECT_LEVELS
from hedgerow.api.asked import checked, is_whole
from hedgerow.api.errors import NotFound
from hedgerow.api.levels import Level
from hedgerow.mail.sending import is_configured
from hedgerow.organizations.inviting import invite_and_mail, withdraw
from hedgerow.organizations.models import INVITE_DAYS, Invite
from hedgerow.organizations.serializers import InviteSerializer
from hedgerow.web.organization.members import LEVELS
from hedgerow.web.organization.place import Place, organization_page
from hedgerow.web.rendering import projects_of
from hedgerow.web.sent_forms import answered


@organization_page
def page(place: Place) -> HttpResponse:
    """The invites; making one, and taking one back."""
    changes = {"invite": _invite, "withdraw": _withdraw}
    return answered(place, changes, _shown)


def _shown(place: Place, told: dict[str, Any], status: int) -> HttpResponse:
    invites = place.organization.invites.select_related("created_by").order_by("-created_at", "-id")
    private = projects_of(place.user).filter(organization=place.organization, access_control=True)
    context = {
        "invites": [
            {
                "invite": invite,
                "level": Level(invite.level).label,
                "until": invite.created_at + timedelta(days=INVITE_DAYS),
                "link": _link(place, invite),
            }
            for invite in invites
        ],
        "may_invite": place.is_admin or bool(place.organization.members_can_invite),
        "levels": [(value, label) for value, label in LEVELS if value <= place.member.level],
        "private_projects": private,
        "is_mailed": is_configured(),
        "days": INVITE_DAYS,
        **told,
    }
    return place.render("invites", "organization_invites", context, status)


def _link(place: Place, invite: Invite) -> str:
    """The address to join by; "" for members of a lower level than it gives, who could use it themselves."""
    if invite.is_expired or invite.level > place.member.level:
        return ""
    path = reverse("invite", args=[invite.pk])
    site = settings.HEDGEROW.site_url.rstrip("/")
    return f"{site}{path}" if site else place.request.build_absolute_uri(path)


def _invite(place: Place) -> None:
    project, level = place.sent("project"), place.sent("project_level")
    access = [{"id": int(project), "level": level}] if is_whole(project) and level in PROJECT_LEVELS else None
    fields = {
        "target_email": place.sent("email"),
        "first_name": place.sent("first_name"),
        "level": place.sent("level") or Level.MEMBER,
        "message": place.sent("message") or None,
        "private_project_access": access,
    }
    made = invite_and_mail(place.member, checked(InviteSerializer(data=fields)))
    if made.emailing_attempt_made:
        place.say(f"An invite is on its way to {made.target_email}.")
    else:
        place.say(f"{made.target_email} can join by the link below. Hand it over: no mail is sent.")


def _withdraw(place: Place) -> None:
    found = place.organization.invites.filter(target_email=place.sent("invite")).first()
    if found is None:
        raise NotFound("There is no such invite any more.")
    withdraw(found, place.user)
    place.say(f"The invite for {found.target_email} cannot be used any more.")
