"""Inviting people into an organization."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from hedgerow.access.changing import Subject, set_rule
from hedgerow.access.rules import PROJECT, includes, level_for, visible_projects
from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.api.levels import Level
from hedgerow.organizations.history import note_invite
from hedgerow.organizations.models import Invite, Membership, User

MOST_AT_ONCE = 20
TOO_HIGH = "You cannot invite a user with a higher permission level than your own."
UNKNOWN_PROJECT = "Project does not exist on this organization, or it is private and you do not have access to it."


@transaction.atomic
def invite(inviter: Membership, fields: dict[str, Any], combine: bool) -> Invite:
    """A new invite by a member. Older ones for the address are replaced; with `combine` what they promised is kept.

    Raises PermissionDenied when the member may not invite so, ValidationError for what cannot be.
    """
    organization = inviter.organization
    if inviter.level < Level.ADMIN and not organization.members_can_invite:
        raise PermissionDenied("You do not have permission to invite members to this organization.")
    if fields.get("level", Level.MEMBER) > inviter.level:
        raise PermissionDenied(TOO_HIGH)
    email = fields["target_email"]
    if organization.memberships.filter(user__email__iexact=email).exists():
        raise ValidationError("A user with this email address already belongs to the organization.")
    access = {item["id"]: item for item in fields.pop("private_project_access", None) or []}
    _check_projects(inviter, access.values())
    older = organization.invites.filter(target_email__iexact=email)
    if combine:
        for pending in older:
            fields["level"] = max(fields.get("level", Level.MEMBER), pending.level)
            access = {**{item["id"]: item for item in pending.private_project_access or []}, **access}
    older.delete()
    creator: User = inviter.user
    made = Invite.objects.create(
        organization=organization, created_by=creator, private_project_access=list(access.values()) or None, **fields
    )
    note_invite("created", made, creator)
    return made


def give_access(invite: Invite, member: Membership) -> None:
    """Give who has accepted an invite the levels in projects that it promised."""
    promised = {item["id"]: item["level"] for item in invite.private_project_access or []}
    for project in invite.organization.projects.filter(pk__in=promised):
        set_rule(Subject(project), promised[project.pk], invite.created_by, organization_member=member.pk)


def _check_projects(inviter: Membership, access: Iterable[Mapping[str, Any]]) -> None:
    """Nobody lets others into projects that they do not see, or at a higher level than theirs."""
    seen = {each.pk: each for each in visible_projects(inviter.user).filter(organization=inviter.organization)}
    for item in access:
        if item["id"] not in seen:
            raise ValidationError(UNKNOWN_PROJECT, attr="private_project_access")
        if not includes(PROJECT, level_for(inviter.user, seen[item["id"]]), item["level"]):
            raise PermissionDenied(TOO_HIGH)
