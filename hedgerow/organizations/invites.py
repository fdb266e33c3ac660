"""Inviting people into an organization."""

from typing import Any

from django.db import transaction

from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.api.levels import Level
from hedgerow.organizations.history import note_invite
from hedgerow.organizations.models import Invite, Membership, User

MOST_AT_ONCE = 20
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
        raise PermissionDenied("You cannot invite a user with a higher permission level than your own.")
    email = fields["target_email"]
    if organization.memberships.filter(user__email__iexact=email).exists():
        raise ValidationError("A user with this email address already belongs to the organization.")
    access = {item["id"]: item for item in fields.pop("private_project_access", None) or []}
    if set(access) - set(organization.projects.values_list("id", flat=True)):
        raise ValidationError(UNKNOWN_PROJECT, attr="private_project_access")
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
