"""How people leave an organization."""

from typing import Any

from django.db import transaction

from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.levels import Level
from hedgerow.organizations.history import note_member
from hedgerow.organizations.models import Membership, Organization

LAST_OWNER = "Cannot leave the organization as its owner!"


@transaction.atomic
def remove_member(membership: Membership, by: Any = None) -> None:
    """End a membership; `by` is who did it (None: the system), for the activity log. Whether they may is not checked.

    The person's roles in the organization, and the rules that were theirs, end with it. Where they worked in it, they
    work in another of their organizations from now on. Their keys stay, and are refused here.

    Raises ValidationError for the last owner.
    """
    lock_members(membership)
    others = membership.organization.memberships.exclude(pk=membership.pk)
    if membership.level == Level.OWNER and not others.filter(level=Level.OWNER, user__is_active=True).exists():
        raise ValidationError(LAST_OWNER)
    note_member("deleted", membership, by)
    user = membership.user
    membership.delete()
    if user.current_organization_id == membership.organization_id:
        next_one = user.memberships.order_by("joined_at", "id").first()
        user.current_organization_id = next_one.organization_id if next_one else None
        user.current_project = None
        user.save(update_fields=["current_organization", "current_project"])


def lock_members(*memberships: Membership) -> None:
    """Have nobody else change who belongs to the organization of these members until the transaction ends, and read
    them anew: of two owners who leave, or unmake each other, at the same moment the second one is seen to be the last.

    Raises NotFound when one of them has just left.
    """
    Organization.objects.select_for_update().get(pk=memberships[0].organization_id)
    for membership in memberships:
        try:
            membership.refresh_from_db(fields=["level"])
        except Membership.DoesNotExist:
            raise NotFound() from None
