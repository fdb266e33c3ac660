"""Finding one definition, and telling what became of deleted ones."""

from typing import Any

from django.db.models import QuerySet

from hedgerow.activity.models import ActivityLog
from hedgerow.activity.views import entries_of
from hedgerow.api.errors import NotFound
from hedgerow.api.views import is_uuid
from hedgerow.taxonomy.editing import EVENT_SCOPE
from hedgerow.taxonomy.models import EventDefinition


def find_event(definitions: QuerySet[EventDefinition], project_id: int, id: str) -> EventDefinition:
    """The definition of this id among the project's. Raises NotFound, which tells what became of a deleted one."""
    definition = definitions.filter(pk=id).first() if is_uuid(id) else None
    if definition is not None:
        return definition
    detail = "Event definition not found."
    if is_uuid(id) and (name := _name_of_deleted(project_id, id)) is not None:
        successor = definitions.filter(name=name).first()
        if successor is None:
            detail += f" It was deleted; the event '{name}' will have a new one when it next comes in."
        else:
            detail += f" It was deleted; the event '{name}' now has the definition {successor.pk}."
    raise NotFound(detail)


def came_back(definition: EventDefinition) -> dict[str, Any]:
    """`came_back`, where a definition of this name had been deleted before an event made this one; else nothing."""
    deletions = _deletions(definition.project_id).filter(detail__name=definition.name)
    entry = deletions.first() if definition.created_by_id is None else None
    if entry is None:
        return {}
    detail = (
        "The definition had been deleted, and was made again when the event came in. Hide it to keep it from lists."
    )
    return {
        "came_back": {"deleted_at": entry.created_at, "deleted_by": entry.user and entry.user.email, "detail": detail}
    }


def _deletions(project_id: int) -> QuerySet[ActivityLog]:
    return entries_of(project_id, EVENT_SCOPE).filter(activity="deleted")


def _name_of_deleted(project_id: int, id: str) -> str | None:
    entry = _deletions(project_id).filter(item_id=id.lower()).first()
    return None if entry is None else entry.detail["name"]
