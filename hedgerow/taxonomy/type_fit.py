"""Which types the values of a property fit, for whoever doubts the type it has been given."""

from typing import Any, Final

import orjson

from hedgerow.queries.runner import run_query
from hedgerow.taxonomy.models import EventProperty, PropertyDefinition
from hedgerow.taxonomy.property_types import BOOLEAN, DATETIME, NUMERIC, STRING, infer_property_type

MOST_VALUES: Final = 10_000

_Type = PropertyDefinition.Type
_VALUE = "JSONExtractRaw(properties, {name}) AS value"
_SOURCES: Final = {
    _Type.EVENT: "events WHERE timestamp > now() - INTERVAL 30 DAY AND event IN {events} AND",
    _Type.PERSON: "persons WHERE",
    _Type.GROUP: "groups WHERE index = {index} AND",
}


def type_fit(definition: PropertyDefinition) -> dict[str, Any]:
    """How many values there are, `MOST_VALUES` at most, and the share of them that fits each type.

    Those of events are of the last 30 days; sessions keep no values. Every value fits as text.
    """
    values = _values(definition)
    types = [infer_property_type(definition.name, [value]) for value in values]
    shares = {name: types.count(name) / len(types) for name in (NUMERIC, BOOLEAN, DATETIME)} if types else {}
    return {"values": len(values), "fits": {**shares, STRING: 1.0} if types else {}}


def _values(definition: PropertyDefinition) -> list[Any]:
    if definition.type not in _SOURCES:
        return []
    seen = EventProperty.objects.filter(project=definition.project_id, property=definition.name)
    text = (
        f"SELECT {_VALUE} FROM {_SOURCES[_Type(definition.type)]}"  # noqa: S608 - put together of constants
        f" value NOT IN ('', 'null') LIMIT {MOST_VALUES}"
    )
    bound = {
        "name": definition.name,
        "events": list(seen.values_list("event", flat=True)[:1_000]),
        "index": definition.group_type_index,
    }
    answer = run_query(
        definition.project, {"kind": "HogQLQuery", "query": text, "values": bound}, refresh="force_blocking"
    )
    return [orjson.loads(value) for (value,) in answer["results"]]
