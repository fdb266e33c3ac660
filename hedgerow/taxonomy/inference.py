"""Property definitions from the events that came in lately.

The names are exact: one aggregation over every row of the window finds each name, however rarely it occurs, at about
0.8 µs of one core an event (3 % of it at 40,000 events a second). The types come from values of a sample of the
events, and only where a name is new or has had nothing but nulls; a new name that is too rare for the sample is
searched for in the whole window.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from hedgerow.eventstore.client import EventStore
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.projects.models import Project
from hedgerow.taxonomy.models import EventProperty, PropertyDefinition
from hedgerow.taxonomy.property_types import NUMERIC, infer_property_type
from hedgerow.taxonomy.recording import chunks
from hedgerow.taxonomy.sightings import Carrier, Sightings

MOST_PROPERTIES: Final = 10_000
"""Definitions of a project for each of events, persons and the groups of one type; further names get none."""

_WARNING_EVERY = timedelta(hours=1)
_MOST_REMEMBERED_PAIRS = 200_000

_written_pairs: set[tuple[int, str, str]] = set()
"""Pairs of event and property known to be in the records; to write one again does no harm."""
_warned_at: dict[tuple[int, str, int], datetime] = {}


def infer_properties(event_store: EventStore, since: datetime, until: datetime) -> int:
    """Define the properties of the events stored in `[since, until)`, by the engine's clock; how many are new.

    They are those of events (each with the events it was seen on), of persons (`$set`, `$set_once` and what persons
    take from events) and of groups (`$group_set`). A type is given once and not changed here any more. To go over the
    same window again does no harm.
    """
    sightings = Sightings(event_store, since, until)
    sightings.find_names()
    indexes = _group_type_indexes(sightings)
    names = {carrier: found for carrier, found in sightings.names.items() if carrier in indexes}
    known = {carrier: _known_types(carrier, indexes[carrier], found) for carrier, found in names.items()}
    untyped = {carrier: {name for name in found if not known[carrier].get(name)} for carrier, found in names.items()}
    if any(untyped.values()):
        sightings.sample_values()
        sightings.search_values(
            {
                (carrier.team_id, name)
                for carrier, found in untyped.items()
                for name in found
                if name not in known[carrier] and (carrier, name) not in sightings.values
            }
        )
    new = 0
    for carrier, found in untyped.items():
        types = {name: infer_property_type(name, sightings.values.get((carrier, name), ())) for name in found}
        new += _define(event_store, carrier, indexes[carrier], types, known[carrier])
    _mark_with_members(sightings.with_members)
    _write_pairs({pair for pair in sightings.pairs if pair[2] in known.get(Carrier(pair[0], "event"), ())})
    return new


def _group_type_indexes(sightings: Sightings) -> dict[Carrier, int]:
    """The index of the group type of each carrier, -1 where it is not a group; without those that are not there."""
    teams = {carrier.team_id for carrier in sightings.names}
    projects = set(Project.objects.filter(pk__in=teams).values_list("pk", flat=True))
    rows = GroupTypeMapping.objects.filter(project_id__in=projects)
    group_types = {
        (team_id, group_type): index
        for team_id, group_type, index in rows.values_list("project_id", "group_type", "group_type_index")
    }
    indexes = {}
    for carrier in sightings.names:
        if carrier.type != "group" and carrier.team_id in projects:
            indexes[carrier] = -1
        elif (carrier.team_id, carrier.group_type) in group_types:
            indexes[carrier] = group_types[carrier.team_id, carrier.group_type]
    return indexes


def _known_types(carrier: Carrier, index: int, names: Collection[str]) -> dict[str, str | None]:
    """The types of those properties that are defined; None for a type that is not known yet."""
    known: dict[str, str | None] = {}
    for chunk in chunks(names):
        rows = PropertyDefinition.objects.filter(
            project_id=carrier.team_id, type=carrier.type, group_type_index=index, name__in=chunk
        )
        known.update(rows.values_list("name", "property_type"))
    return known


def _define(
    event_store: EventStore,
    carrier: Carrier,
    index: int,
    types: Mapping[str, str | None],
    known: dict[str, str | None],
) -> int:
    """Write new definitions, also into `known`, and types found for old ones; how many definitions are new."""
    same = PropertyDefinition.objects.filter(project_id=carrier.team_id, type=carrier.type, group_type_index=index)
    for name, property_type in types.items():
        if name in known and property_type:
            # Somebody may have given it a type meanwhile: that one stays.
            same.filter(name=name, property_type=None, is_type_chosen=False).update(
                property_type=property_type, is_numerical=property_type == NUMERIC
            )
    names = sorted(types.keys() - known.keys())
    if not names:
        return 0
    room = max(MOST_PROPERTIES - same.count(), 0)
    if len(names) > room:
        _warn_of_too_many(event_store, carrier, index, names[room:])
    definitions = [
        PropertyDefinition(
            project_id=carrier.team_id,
            type=carrier.type,
            group_type_index=index,
            name=name,
            property_type=types[name],
            is_numerical=types[name] == NUMERIC,
        )
        for name in names[:room]
    ]
    PropertyDefinition.objects.bulk_create(definitions, ignore_conflicts=True)
    known.update({definition.name: definition.property_type for definition in definitions})
    return len(definitions)


def _mark_with_members(found: set[tuple[int, str]]) -> None:
    for team_id in {team_id for team_id, _ in found}:
        for chunk in chunks(name for team, name in found if team == team_id):
            unmarked = PropertyDefinition.objects.filter(
                project_id=team_id, type=PropertyDefinition.Type.EVENT, name__in=chunk, has_members=False
            )
            if unmarked.exists():
                unmarked.update(has_members=True)


def _write_pairs(pairs: set[tuple[int, str, str]]) -> None:
    new = pairs - _written_pairs
    EventProperty.objects.bulk_create(
        [EventProperty(project_id=team_id, event=event, property=name) for team_id, event, name in sorted(new)],
        ignore_conflicts=True,
    )
    if len(_written_pairs) + len(new) > _MOST_REMEMBERED_PAIRS:
        _written_pairs.clear()
    _written_pairs.update(new)


def _warn_of_too_many(event_store: EventStore, carrier: Carrier, index: int, names: list[str]) -> None:
    key = (carrier.team_id, carrier.type, index)
    ((now,),) = event_store.query("SELECT now64(6, 'UTC')").rows
    if key in _warned_at and now - _warned_at[key] < _WARNING_EVERY:
        return
    _warned_at[key] = now
    details = {"propertyType": carrier.type, "limit": MOST_PROPERTIES, "ignored": len(names), "examples": names[:20]}
    event_store.command(
        "INSERT INTO ingestion_warnings (team_id, timestamp, type, details)"
        " SELECT {team_id:Int64}, now64(6, 'UTC'), 'too_many_property_definitions', {details:String}",
        {"team_id": carrier.team_id, "details": msgspec.json.encode(details).decode()},
    )
