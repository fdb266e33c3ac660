"""Changing definitions: what follows from verifying and hiding, who changed what, and what deleting means."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from hedgerow.activity.recording import changes_between, record_activity, snapshot
from hedgerow.organizations.models import User
from hedgerow.queries.context import forget_definitions
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from hedgerow.taxonomy.property_types import NUMERIC

EVENT_SCOPE: Final = "EventDefinition"
PROPERTY_SCOPE: Final = "PropertyDefinition"

D = TypeVar("D", bound=EventDefinition | PropertyDefinition)

_FOLLOWS: Final = ("verified_at", "verified_by", "is_type_chosen")
"""Fields that change with others, and are not told as changes of their own."""


def change_event(definition: EventDefinition, fields: Mapping[str, Any], by: User | None) -> EventDefinition:
    """Set fields of an event definition and note it; nothing happens where nothing changes.

    Verifying shows a hidden event again, hiding one takes its verification back.
    """
    return _change(EVENT_SCOPE, definition, fields, by)


def change_property(definition: PropertyDefinition, fields: Mapping[str, Any], by: User | None) -> PropertyDefinition:
    """Set fields of a property definition and note it; a changed type counts from the next query on.

    A type that is set here stays, whatever values come in later.
    """
    wanted = dict(fields)
    if "property_type" in wanted:
        wanted["is_type_chosen"] = True
        wanted.setdefault("is_numerical", wanted["property_type"] == NUMERIC)
    changed = _change(PROPERTY_SCOPE, definition, wanted, by)
    forget_definitions(definition.project_id)
    return changed


def note_created(definition: EventDefinition, by: User | None) -> None:
    """Tell the activity log of a definition made by hand."""
    _note(EVENT_SCOPE, definition, "created", by)


def delete_definition(definition: EventDefinition | PropertyDefinition, by: User | None) -> None:
    """Delete a definition with all that people said of it. Events stay, and the next one makes it anew."""
    scope = EVENT_SCOPE if isinstance(definition, EventDefinition) else PROPERTY_SCOPE
    _note(scope, definition, "deleted", by)
    project_id = definition.project_id
    definition.delete()
    forget_definitions(project_id)


def note_schema(
    definition: EventDefinition, before: list[dict[str, Any]], after: list[dict[str, Any]], by: User | None
) -> None:
    """Tell the activity log of a changed schema, if it has changed."""
    _note(EVENT_SCOPE, definition, "changed", by, changes_between(EVENT_SCOPE, {"schema": before}, {"schema": after}))


def _change(scope: str, definition: D, fields: Mapping[str, Any], by: User | None) -> D:
    before = snapshot(definition)
    now = datetime.now(UTC)
    for name, value in fields.items():
        setattr(definition, name, value)
    if fields.get("hidden"):
        definition.verified = False
    elif fields.get("verified"):
        definition.hidden = False
    if definition.verified != before["verified"]:
        definition.verified_at = now if definition.verified else None
        definition.verified_by = by if definition.verified else None
    after = snapshot(definition)
    if after == before:
        return definition
    definition.updated_at, definition.updated_by = now, by
    changed = [name for name, value in after.items() if value != before[name]]
    definition.save(update_fields=[*changed, "updated_at", "updated_by"])
    changes = changes_between(scope, before, after)
    _note(scope, definition, "changed", by, [each for each in changes if each["field"] not in _FOLLOWS])
    return definition


def _note(
    scope: str,
    definition: EventDefinition | PropertyDefinition,
    activity: str,
    by: User | None,
    changes: list[dict[str, Any]] | None = None,
) -> None:
    if activity == "changed" and not changes:
        return
    record_activity(
        scope=scope,
        activity=activity,
        item_id=definition.pk,
        user=by,
        project=definition.project,
        name=definition.name,
        item_type=definition.type if isinstance(definition, PropertyDefinition) else None,
        changes=changes,
    )
