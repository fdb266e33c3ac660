"""Which properties occur in the events stored within a window of time, and some of their values."""

# Every piece of SQL put together here is a constant of this module; values are bound.
# ruff: noqa: S608

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from hedgerow.eventstore.client import EventStore
from hedgerow.persons.properties import TAKEN_FROM_EVENTS

LONGEST_PROPERTY_NAME: Final = 400
"""In characters; longer names are passed over."""
MOST_EVENT_NAMES: Final = 2_000
"""Of a project in one window, the most frequent ones; the properties of the others wait for another window."""

_MOST_NAMES_OF_AN_EVENT = 20_000
_SAMPLED_ROWS = 2_000
_VALUES_OF_A_PROPERTY = 20
_MOST_SEARCHED_NAMES = 200
_LARGEST_SAMPLE = 100_000
"""Bytes of properties; larger events are not looked into for values."""

# These hold properties of something else, or say what to do with them.
_NOT_OF_EVENTS = frozenset(["$set", "$set_once", "$unset", "$group_set", "$groups"])
_OF_NO_PERSON = frozenset(["$exception", "$$heatmap"])

_WINDOW = "inserted_at >= {since:DateTime64(3, 'UTC')} AND inserted_at < {until:DateTime64(3, 'UTC')}"
_HAS_PERSON = "person_mode != 'propertyless'"


class Carrier(NamedTuple):
    """What carries a property: the events, the persons or the groups of one type of a project."""

    team_id: int
    type: str
    group_type: str = ""


@dataclass
class Sightings:
    """The properties of the events stored in `[since, until)`, by the engine's clock."""

    event_store: EventStore
    since: datetime
    until: datetime
    names: dict[Carrier, set[str]] = field(default_factory=dict)
    pairs: set[tuple[int, str, str]] = field(default_factory=set)
    """Project id, event name and property of the event."""
    values: dict[tuple[Carrier, str], list[Any]] = field(default_factory=dict)
    """Some values of those properties that have been looked into, nulls left out."""
    with_members: set[tuple[int, str]] = field(default_factory=set)
    """Project id and property of events: those of which some value is an object or an array."""
    rows: int = 0

    def find_names(self) -> None:
        """Find every name of the window, however rare."""
        sets_person_properties = has_groups = False
        for team_id, event, has_person, count, names in self._query(
            f"SELECT team_id, event, {_HAS_PERSON} AS has_person, count(),"
            f" groupUniqArrayArray({_MOST_NAMES_OF_AN_EVENT})(JSONExtractKeys(properties_raw)) FROM events"
            f" WHERE {_WINDOW} GROUP BY team_id, event, has_person"
            f" ORDER BY count() DESC LIMIT {MOST_EVENT_NAMES} BY team_id"
        ):
            self.rows += count
            own = [name for name in _short(names) if name not in _NOT_OF_EVENTS]
            self._add_names(Carrier(team_id, "event"), own)
            self.pairs.update((team_id, event, name) for name in own)
            has_groups |= event == "$groupidentify"
            if has_person and event not in _OF_NO_PERSON:
                taken = [name for name in own if name in TAKEN_FROM_EVENTS]
                self._add_names(Carrier(team_id, "person"), ["$creator_event_uuid", *taken])
                self._add_names(Carrier(team_id, "person"), [TAKEN_FROM_EVENTS[name] for name in taken])
                sets_person_properties |= "$set" in names or "$set_once" in names
        self._find_with_members()
        if sets_person_properties:
            self._find_person_names()
        if has_groups:
            self._find_group_names()

    def sample_values(self) -> None:
        """Look into some events, spread over the window."""
        step = max(1, self.rows // _SAMPLED_ROWS)
        self._look_into(f"rand() % {step} = 0", f"LIMIT {_SAMPLED_ROWS}")

    def search_values(self, wanted: Collection[tuple[int, str]]) -> None:
        """Look into events of these projects that carry these names, of which there should be few."""
        teams, names = {team_id for team_id, _ in wanted}, {name for _, name in wanted}
        # Names are found as they are written in most JSON texts; with escapes in them they are not searched for.
        needles = [f'"{name}"' for name in names if name.isascii() and name.isprintable() and not {*name} & {*'"\\/'}]
        needles = needles[:_MOST_SEARCHED_NAMES]
        if needles:
            self._look_into(
                "team_id IN {teams:Array(Int64)} AND multiSearchAny(properties_raw, {needles:Array(String)})",
                "LIMIT 5 BY team_id, multiSearchFirstIndex(properties_raw, {needles:Array(String)})",
                {"teams": sorted(teams), "needles": needles},
            )

    def _find_with_members(self) -> None:
        # A dot in a path leads into an object; one in a name is written as %2E.
        for team_id, names in self._query(
            "SELECT team_id, arrayDistinct(arrayMap(path -> splitByChar('.', path.1)[1], arrayFilter("
            "path -> position(path.1, '.') > 0 OR arrayExists(type -> startsWith(type, 'Array'), path.2),"
            " CAST(distinctJSONPathsAndTypes(properties), 'Array(Tuple(String, Array(String)))'))))"
            f" FROM events WHERE {_WINDOW} GROUP BY team_id"
        ):
            found = (name.replace("%2E", ".") for name in names)
            self.with_members.update((team_id, name) for name in _short(found) if name not in _NOT_OF_EVENTS)

    def _find_person_names(self) -> None:
        for team_id, names in self._query(
            f"SELECT team_id, groupUniqArrayArray({_MOST_NAMES_OF_AN_EVENT})("
            "arrayConcat(JSONExtractKeys(properties_raw, '$set'), JSONExtractKeys(properties_raw, '$set_once')))"
            f" FROM events WHERE {_WINDOW} AND {_HAS_PERSON} AND event NOT IN ('$exception', '$$heatmap')"
            " AND position(properties_raw, '\"$set') > 0 GROUP BY team_id"
        ):
            self._add_names(Carrier(team_id, "person"), _short(names))

    def _find_group_names(self) -> None:
        for team_id, group_type, names in self._query(
            "SELECT team_id, JSONExtractString(properties_raw, '$group_type') AS group_type,"
            f" groupUniqArrayArray({_MOST_NAMES_OF_AN_EVENT})(JSONExtractKeys(properties_raw, '$group_set'))"
            f" FROM events WHERE {_WINDOW} AND event = '$groupidentify' GROUP BY team_id, group_type"
        ):
            self._add_names(Carrier(team_id, "group", group_type), _short(names))

    def _look_into(self, condition: str, limit: str, parameters: Mapping[str, object] | None = None) -> None:
        for team_id, event, has_person, text in self._query(
            f"SELECT team_id, event, {_HAS_PERSON}, properties_raw FROM events"
            f" WHERE {_WINDOW} AND length(properties_raw) <= {_LARGEST_SAMPLE} AND {condition} {limit}",
            parameters,
        ):
            try:
                properties = msgspec.json.decode(text, type=dict[str, Any])
            except (msgspec.DecodeError, RecursionError):
                continue
            self._add_values(Carrier(team_id, "event"), properties)
            if has_person and event not in _OF_NO_PERSON:
                person = Carrier(team_id, "person")
                self._add_values(person, properties.get("$set"))
                self._add_values(person, properties.get("$set_once"))
                taken = {name: value for name, value in properties.items() if name in TAKEN_FROM_EVENTS}
                self._add_values(person, taken)
                self._add_values(person, {TAKEN_FROM_EVENTS[name]: value for name, value in taken.items()})
                self._add_values(person, {"$creator_event_uuid": ""})
            if event == "$groupidentify" and isinstance(group_type := properties.get("$group_type"), str):
                self._add_values(Carrier(team_id, "group", group_type), properties.get("$group_set"))

    def _add_names(self, carrier: Carrier, names: Iterable[str]) -> None:
        self.names.setdefault(carrier, set()).update(names)

    def _add_values(self, carrier: Carrier, properties: object) -> None:
        if isinstance(properties, dict):
            for name, value in properties.items():
                values = self.values.setdefault((carrier, name), [])
                if value is not None and len(values) < _VALUES_OF_A_PROPERTY:
                    values.append(value)

    def _query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        window = {"since": self.since, "until": self.until}
        return self.event_store.query(sql, {**window, **(parameters or {})}).rows


def _short(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if 0 < len(name) <= LONGEST_PROPERTY_NAME)
