"""What the activity log says of organizations, their members and invites, and of people's keys."""

from typing import Any

from hedgerow.activity.recording import Change, change, record_activity
from hedgerow.organizations.models import Invite, Membership, Organization, PersonalAPIKey, User
from hedgerow.projects.models import Project

KEY = "PersonalAPIKey"
KEY_SECRETS = ("secure_value", "mask_value")
_MEMBER, _INVITE = "OrganizationMembership", "OrganizationInvite"


def note_organization(activity: str, organization: Organization, by: User, changes: list[Change] | None = None) -> None:
    """That an organization was made or changed."""
    _note("Organization", activity, organization, organization.pk, organization.name, by, changes)


def note_member(activity: str, member: Membership, by: User | None, changes: list[Change] | None = None) -> None:
    """That somebody joined, left, was removed, or was given another level."""
    _note(_MEMBER, activity, member.organization, member.user.uuid, member.user.email, by, changes)


def level_change(before: int | None, after: int | None) -> list[Change]:
    """Another level of a member, as a change."""
    return [change(_MEMBER, "level", before, after)]


def note_invite(activity: str, invite: Invite, by: User) -> None:
    """That somebody was invited, or is no longer. An invite's id is a secret, so the address stands for it."""
    changes = [change(_INVITE, "level", None, invite.level)] if activity == "created" else None
    _note(_INVITE, activity, invite.organization, invite.target_email, invite.target_email, by, changes)


def note_key(activity: str, key: PersonalAPIKey, changes: list[Change] | None = None) -> None:
    """That somebody made, changed or removed a key: in every organization that it reaches."""
    mine = Organization.objects.filter(memberships__user=key.user)
    if key.scoped_organizations:
        mine = mine.filter(pk__in=key.scoped_organizations)
    elif key.scoped_teams:
        mine = mine.filter(pk__in=Project.objects.filter(pk__in=key.scoped_teams).values("organization"))
    for organization in mine:
        _note(KEY, activity, organization, key.pk, key.label, key.user, changes)


def _note(
    scope: str, activity: str, of: Organization, item_id: Any, name: str, by: User | None, changes: list[Change] | None
) -> None:
    record_activity(
        scope=scope, activity=activity, item_id=item_id, user=by, organization=of, name=name, changes=changes
    )
