"""Actions in the tree of files."""

from typing import Any

from hedgerow.actions.models import Action
from hedgerow.activity.recording import change, record_activity
from hedgerow.api.errors import ValidationError
from hedgerow.files.kinds import FileKind


def delete_action(action: Action, user: Any) -> None:
    """Hide an action, which frees its name."""
    action.deleted = True
    action.save(update_fields=["deleted"])
    _record("deleted", action, user)


def restore_action(action: Action, user: Any) -> None:
    """Show a deleted action again. Raises ValidationError when another one has its name by now."""
    if Action.objects.filter(project_id=action.project_id, name=action.name, deleted=False).exists():
        raise ValidationError(f"This project already has an action with this name: {action.name}", code="unique")
    action.deleted = False
    action.save(update_fields=["deleted"])
    _record("restored", action, user)


def _record(activity: str, action: Action, user: Any) -> None:
    record_activity(
        scope="Action",
        activity=activity,
        item_id=action.pk,
        user=user,
        project=action.project,
        name=action.name,
        item_type="action",
        changes=[change("Action", "deleted", not action.deleted, action.deleted)],
    )


ACTIONS = FileKind(
    type="action",
    model=Action,
    folder="Unfiled/Actions",
    ref_field="id",
    name=lambda action: action.name,
    href=lambda action: f"/data-management/actions/{action.pk}",
    is_hidden=lambda action: action.deleted,
    fields=frozenset({"name", "deleted"}),
    delete=delete_action,
    restore=restore_action,
)
