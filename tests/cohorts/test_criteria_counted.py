"""Members by random criteria over random histories, found by the engine and reckoned a second time in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hedgerow.cohorts.criteria.checks import check
from hedgerow.cohorts.criteria.grammar import parse_filters
from hedgerow.cohorts.criteria.people import members_query
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import Cohort, ProjectContext
from tests.cohorts.oracle import Clock, Happening, Someone, belongs

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")
MOMENTS = (
    datetime(2024, 3, 31, 10, 15, tzinfo=UTC),  # the day the clocks change in Berlin, and the last of a month
    datetime(2024, 11, 4, 3, 30, tzinfo=UTC),  # still the day the clocks change in New York
    datetime(2024, 2, 29, 23, 45, tzinfo=UTC),
    datetime(2024, 7, 10, 0, 0, tzinfo=UTC),
)
PERSONS = ("p0", "p1", "p2", "p3")
OWNERS = {"p0": "p0", "p1": "p1", "p2": "p2", "alias": "p1", "late": "p2", "ghost": None}
"""Whose each distinct id is; the events of `alias` and `late` were stored with another person; `ghost` is nobody's."""
LISTED, CALCULATED, GONE = 71, 72, 73
"""A static cohort, a calculated one, and one that does not exist."""

_team_ids = count(uuid4().int % 1_000_000_000 + 6_000_000_000)


@dataclass(frozen=True)
class Stored:
    """An event as it is stored."""

    distinct_id: str
    happening: Happening


@dataclass(frozen=True)
class World:
    """A project at a moment."""

    clock: Clock
    events: Sequence[Stored]
    properties: dict[str, dict[str, Any]]
    made: dict[str, datetime]
    members: dict[int, frozenset[str]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Four persons with a few events, many of them at the borders of what criteria look at."""
    clock = Clock(draw(st.sampled_from(MOMENTS)), ZoneInfo(draw(st.sampled_from(ZONES))))
    nudges = st.sampled_from([timedelta(microseconds=each) for each in (-1, 0, 1, -3_600_000_000, 60_000_000)])

    def at_border(value: int, unit: str, nudge: timedelta) -> datetime:
        return clock.back(value, unit) + nudge

    units = st.sampled_from(["minute", "hour", "day", "week", "month"])
    borders = st.builds(at_border, st.integers(0, 4), units, nudges)
    events = st.builds(
        Stored,
        st.sampled_from(sorted(OWNERS)),
        st.builds(Happening, st.sampled_from(["a", "b"]), borders, st.sampled_from(["red", "blue", None])),
    )
    some = st.frozensets(st.sampled_from(PERSONS))
    plans = st.sampled_from([{}, {"plan": "Pro"}, {"plan": "free"}, {"plan": ""}])
    return World(
        clock,
        draw(st.lists(events, max_size=25)),
        {name: draw(plans) for name in PERSONS},
        {name: clock.back(draw(st.integers(0, 3)), "day") + draw(nudges) for name in PERSONS},
        {LISTED: draw(some), CALCULATED: draw(some)},
    )


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, Any]:
    """A condition of any kind."""
    leaf = draw(st.one_of(st.just({}), person_leaves, metadata_leaves, cohort_leaves)) or draw(behavioral_leaves())
    return {**leaf, "negation": True} if draw(st.integers(0, 3)) == 0 else dict(leaf)


person_leaves = st.one_of(
    st.builds(
        lambda operator, value: {"type": "person", "key": "plan", "operator": operator, "value": value},
        st.sampled_from(["exact", "is_not"]),
        st.lists(st.sampled_from(["Pro", "free", ""]), min_size=1, max_size=2),
    ),
    st.sampled_from(
        [
            {"type": "person", "key": "plan", "operator": "is_set"},
            {"type": "person", "key": "plan", "operator": "is_not_set"},
            {"type": "person", "key": "plan", "operator": "icontains", "value": "pR"},
        ]
    ),
)
dates = st.sampled_from([date(2024, 3, 30), date(2024, 11, 2), date(2024, 2, 28), date(2024, 7, 8)]).map(str)
metadata_leaves = st.builds(
    lambda operator, value: {"type": "person_metadata", "key": "created_at", "operator": operator, "value": value},
    st.sampled_from(["is_date_after", "is_date_before"]),
    dates,
)
cohort_leaves = st.sampled_from([LISTED, CALCULATED, GONE]).map(
    lambda cohort: {"type": "cohort", "key": "id", "value": cohort}
)
small = st.integers(1, 3)
units = st.sampled_from(["minute", "hour", "day", "week", "month", "year"])


@st.composite
def behavioral_leaves(draw: st.DrawFn) -> dict[str, Any]:
    """Something done, or done no more."""
    kind = draw(
        st.sampled_from(
            [
                *("performed_event", "performed_event_multiple", "performed_event_first_time"),
                *("performed_event_sequence", "performed_event_regularly"),
                *("stopped_performing_event", "restarted_performing_event"),
            ]
        )
    )
    leaf: dict[str, Any] = {
        "type": "behavioral",
        "value": kind,
        "key": draw(st.sampled_from(["a", "b"])),
        "event_type": "events",
        "time_value": draw(small),
        "time_interval": draw(units),
    }
    if draw(st.booleans()):
        color = {"type": "event", "key": "color", "value": draw(st.sampled_from(["red", "blue"]))}
        leaf["event_filters"] = [{**color, "operator": draw(st.sampled_from(["exact", "is_not"]))}]
    operators = ["gte", "lte", "exact"]
    match kind:
        case "performed_event_multiple":
            leaf |= {"operator": draw(st.sampled_from([*operators, "gt", "lt", "eq"])), "operator_value": draw(small)}
        case "performed_event_regularly":
            total = draw(st.integers(1, 4))
            leaf |= {"time_interval": draw(st.sampled_from(["hour", "day", "week", "month"]))}
            leaf |= {"operator": draw(st.sampled_from(operators)), "operator_value": draw(small)}
            leaf |= {"total_periods": total, "min_periods": draw(st.integers(1, total))}
        case "performed_event_sequence":
            leaf |= {"seq_event": draw(st.sampled_from(["a", "b"])), "seq_event_type": "events"}
            leaf |= {"seq_time_value": draw(small), "seq_time_interval": draw(units)}
        case "stopped_performing_event" | "restarted_performing_event":
            shorter = draw(st.sampled_from([(4, "week", 2, "day"), (2, "month", 1, "week"), (3, "day", 5, "hour")]))
            leaf |= dict(
                zip(("time_value", "time_interval", "seq_time_value", "seq_time_interval"), shorter, strict=True)
            )
    if kind in ("performed_event", "performed_event_multiple", "performed_event_sequence") and draw(st.booleans()):
        del leaf["time_value"], leaf["time_interval"]
        leaf["explicit_datetime"] = draw(dates)
        if draw(st.booleans()):
            leaf["explicit_datetime_to"] = draw(dates)
    return leaf


def groups(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Groups of conditions."""
    return st.builds(
        lambda kind, members: {"type": kind, "values": members},
        st.sampled_from(["AND", "OR"]),
        st.lists(values, min_size=1, max_size=3),
    )


all_criteria = st.recursive(leaves(), groups, max_leaves=6)
criteria_sets = st.lists(groups(all_criteria), min_size=4, max_size=8)

_BUSY = World(
    Clock(MOMENTS[0], ZoneInfo("Europe/Berlin")),
    [Stored("alias", Happening("a", MOMENTS[0], "red")), Stored("p1", Happening("a", MOMENTS[0], "blue"))],
    {name: {} for name in PERSONS},
    dict.fromkeys(PERSONS, MOMENTS[0]),
    {LISTED: frozenset(), CALCULATED: frozenset(PERSONS)},
)
_TWICE_AT_ONCE = {
    "type": "behavioral", "value": "performed_event_sequence", "key": "a", "event_type": "events", "time_value": 1,
    "time_interval": "day", "seq_event": "a", "seq_event_type": "events", "seq_time_value": 1,
    "seq_time_interval": "hour",
}  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), criteria_sets)
@example(_BUSY, [{"type": "AND", "values": [_TWICE_AT_ONCE]}])
def test_the_engine_finds_whom_the_criteria_mean(
    event_store: "EventStore", world: World, asked: list[dict[str, Any]]
) -> None:
    """Whatever is nested in what, at the very border of days and hours, after merges, and with negations everywhere."""
    context = stored(event_store, world)
    everyone = persons_of(world)
    for criteria in asked:
        group = parse_filters({"properties": criteria})
        check(group, context, world.clock.now)
        compiled = compile_query(members_query(group, context, world.clock.now), context)
        found = [row[0] for row in event_store.query(compiled.sql, compiled.parameters, compiled.settings).rows]
        expected = {name for name, person in everyone.items() if belongs(criteria, person, world.clock)}
        assert sorted(found) == sorted(uuid_of(name) for name in expected), criteria


def persons_of(world: World) -> dict[str, Someone]:
    """The persons with all they did, under whichever of their ids."""
    people = {
        name: Someone(
            world.properties[name],
            world.made[name],
            cohorts=frozenset(cohort for cohort, members in world.members.items() if name in members),
        )
        for name in PERSONS
    }
    for each in world.events:
        owner = OWNERS[each.distinct_id]
        if owner is not None:
            people[owner].did.append(each.happening)
    return people


def uuid_of(name: str) -> UUID:
    """The uuid of a person, and the one that events of a distinct id are stored with."""
    return UUID(bytes=name.encode().ljust(16, b"-"))


def stored(event_store: "EventStore", world: World) -> ProjectContext:
    """Put a world into the event store as a project of its own."""
    team = next(_team_ids)
    insert(
        event_store,
        "events",
        [
            {
                "team_id": team,
                "uuid": str(uuid4()),
                "event": each.happening.event,
                "timestamp": text(each.happening.at),
                "distinct_id": each.distinct_id,
                "person_id": str(uuid_of(each.distinct_id)),
                "properties": {"color": each.happening.color} if each.happening.color else {},
            }
            for each in world.events
        ],
    )
    insert(
        event_store,
        "persons",
        [
            {
                "team_id": team,
                "id": str(uuid_of(name)),
                "created_at": text(world.made[name]),
                "properties": world.properties[name],
                "properties_raw": orjson.dumps(world.properties[name]).decode(),
                "version": 1,
            }
            for name in PERSONS
        ],
    )
    insert(
        event_store,
        "person_overrides",
        [
            {"team_id": team, "distinct_id": distinct_id, "person_id": str(uuid_of(owner)), "version": 1}
            for distinct_id, owner in OWNERS.items()
            if owner is not None and owner != distinct_id
        ],
    )
    versions = {LISTED: 0, CALCULATED: 4}
    insert(
        event_store,
        "cohort_people",
        [
            {"team_id": team, "cohort_id": cohort, "version": versions[cohort], "person_id": str(uuid_of(name))}
            for cohort, members in world.members.items()
            for name in members
        ],
    )
    return ProjectContext(
        team,
        str(world.clock.zone),
        has_person_overrides=True,
        cohorts={cohort: Cohort(cohort, "", version) for cohort, version in versions.items()},
    )


def insert(event_store: "EventStore", table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that name the table's columns."""
    if rows:
        event_store.insert_lines(table, b"\n".join(map(orjson.dumps, rows)))


def text(at: datetime) -> str:
    """A time as the engine reads it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
