"""Events that do not fit the schema of their name: found while a batch is loaded.

An event fits when it carries every required property and each property of the schema that it carries is of its type; a
null counts as not carried. Other properties are free.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec

from hedgerow.spool.lines import Line
from hedgerow.taxonomy.models import EventDefinition, EventSchemaProperty
from hedgerow.taxonomy.property_types import BOOLEAN, DATETIME, infer_property_type
from hedgerow.taxonomy.recording import EventKey

SCHEMA_VIOLATED: Final = "schema_validation_failed"
"""Type of the warning, and reason of the dead letter, of an event that does not fit."""

_Type = EventSchemaProperty.PropertyType
_MOST_TOLD = 10
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Violation:
    """An event that does not fit: its place in the batch, whether it is refused, and why, naming the properties."""

    place: int
    is_rejected: bool
    reason: str


def has_schemas() -> bool:
    """Whether any event of any project has a schema."""
    return EventSchemaProperty.objects.exists()


def violations(events: Sequence[tuple[int, Line]]) -> list[Violation]:
    """Those of the events (with their places in the batch) that do not fit the schema of their name."""
    schemas = _schemas_of({line.t for _, line in events})
    found = []
    for place, line in events:
        schema = schemas.get((line.t, line.e))
        faults = _faults(schema, line) if schema else {}
        if schema and faults:
            found.append(Violation(place, schema.is_enforced, _in_words(faults)))
    return found


@dataclass(frozen=True, slots=True)
class _Schema:
    """What the events of a name are meant to carry, and whether those that do not are refused."""

    is_enforced: bool
    types: Mapping[str, str]
    required: Collection[str]


def _schemas_of(teams: Collection[int]) -> dict[EventKey, _Schema]:
    """The schemas of the projects' events, by project and name."""
    rows = EventSchemaProperty.objects.filter(event_definition__project__in=teams).values_list(
        *("event_definition__project", "event_definition__name", "event_definition__enforcement_mode"),
        *("name", "property_type", "is_required"),
    )
    types: dict[EventKey, dict[str, str]] = {}
    required: dict[EventKey, list[str]] = {}
    enforced: dict[EventKey, bool] = {}
    for team_id, event, mode, name, property_type, is_required in rows:
        key = (team_id, event)
        types.setdefault(key, {})[name] = property_type
        enforced[key] = mode == EventDefinition.EnforcementMode.REJECT
        if is_required:
            required.setdefault(key, []).append(name)
    return {key: _Schema(enforced[key], types[key], required.get(key, ())) for key in types}


def _faults(schema: _Schema, line: Line) -> dict[str, str]:
    """By property, what is wrong with it."""
    try:
        properties = msgspec.json.decode(line.p, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return {}  # the event store refuses it, with its own reason
    faults = {name: "is required" for name in schema.required if properties.get(name) is None}
    for name, property_type in schema.types.items():
        value = properties.get(name)
        if value is not None and not _is_of_type(value, property_type):
            faults[name] = f"is not of the type {property_type}"
    return faults


def _is_of_type(value: object, property_type: str) -> bool:
    match property_type:
        case _Type.STRING:
            return isinstance(value, str)
        case _Type.NUMERIC:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number or (isinstance(value, str) and _NUMBER.fullmatch(value) is not None)
        case _Type.BOOLEAN:
            return infer_property_type("", [value]) == BOOLEAN
        case _Type.DATETIME:
            return infer_property_type("timestamp", [value]) == DATETIME
        case _Type.ARRAY:
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _in_words(faults: Mapping[str, str]) -> str:
    told = [f"property '{name}' {fault}" for name, fault in islice(faults.items(), _MOST_TOLD)]
    return "; ".join(told) + (f"; and {len(faults) - _MOST_TOLD} more" if len(faults) > _MOST_TOLD else "")
