"""Who may change whose membership."""

from django.db import transaction

from hedgerow.api.errors import PermissionDenied
from hedgerow.api.levels import Level
from hedgerow.organizations.history import level_change, note_member
from hedgerow.organizations.leaving import lock_members, remove_member
from hedgerow.organizations.models import Membership


@transaction.atomic
def change_level(actor: Membership, target: Membership, level: Level) -> None:
    """Give `target` another level. Raises PermissionDenied when `actor` may not."""
    lock_members(actor, target)
    if actor.pk == target.pk:
        raise PermissionDenied("You can't change your own access level.")
    if level == Level.OWNER and actor.level != Level.OWNER:
        raise PermissionDenied("You can only make another member owner if you're this organization's owner.")
    if level > actor.level:
        raise PermissionDenied("You can only change access level of others to lower or equal to your current one.")
    _require_above(actor, target)
    changes = level_change(target.level, level) if level != target.level else []
    target.level = level
    target.save(update_fields=["level", "updated_at"])
    note_member("updated", target, actor.user, changes)


@transaction.atomic
def remove(actor: Membership, target: Membership) -> None:
    """End a membership, one's own or another's.

    Raises PermissionDenied when `actor` may not, ValidationError when the organization would be left without an owner.
    """
    lock_members(actor, target)
    if actor.pk != target.pk:
        _require_above(actor, target)
    remove_member(target, by=actor.user)


def _require_above(actor: Membership, target: Membership) -> None:
    if actor.level < Level.ADMIN:
        raise PermissionDenied("You can only edit others if you are an admin.")
    if target.level > actor.level:
        raise PermissionDenied("You can only edit others with level lower or equal to you.")
