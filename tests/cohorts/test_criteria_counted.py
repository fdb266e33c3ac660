"""Members by random criteria over random histories, found by the engine and reckoned a second time in plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson
from hypothesis import HealthCheck, given, settings
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


class Chance:
    """Worlds and criteria by chance: the same again for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def world(self) -> World:
        """Four persons with up to eighty events, most of them at the borders of what criteria look at."""
        pick = self.random.choice
        clock = Clock(pick(MOMENTS), ZoneInfo(pick(ZONES)))
        events = [
            Stored(pick(sorted(OWNERS)), Happening(pick("ab"), self.moment(clock), pick(["red", "blue", None])))
            for _ in range(pick([5, 15, 40, 80]))
        ]
        return World(
            clock,
            events,
            {name: pick([{}, {"plan": "Pro"}, {"plan": "free"}, {"plan": ""}]) for name in PERSONS},
            {name: self.moment(clock) for name in PERSONS},
            {cohort: frozenset(self.random.sample(PERSONS, 2)) for cohort in (LISTED, CALCULATED)},
        )

    def moment(self, clock: Clock) -> datetime:
        """The border of a span, or a moment near it; sometimes in the future."""
        pick = self.random.choice
        border = clock.back(
            pick([0, 1, 1, 2, 2, 3, 4]), pick(["minute", "hour", "day", "day", "week", "month", "year"])
        )
        nudges = (0, 0, -1, 1, -3_600_000_000, 3_600_000_000, 60_000_000, 30 * 3_600_000_000)
        return border + timedelta(microseconds=pick(nudges))

    def criteria(self, depth: int = 0) -> dict[str, Any]:
        """A group of one to three leaves or groups."""
        values = [
            self.criteria(depth + 1) if depth < 2 and self.random.random() < 0.3 else self.leaf()
            for _ in range(self.random.randint(1, 3))
        ]
        return {"type": self.random.choice(["AND", "OR"]), "values": values}

    def leaf(self) -> dict[str, Any]:
        """A condition of any kind, some of them negated."""
        pick = self.random.choice
        kind = pick(["behavioral"] * 5 + ["person", "metadata", "cohort"])
        leaf: dict[str, Any]
        if kind == "behavioral":
            leaf = self.behavioral()
        elif kind == "cohort":
            leaf = {"type": "cohort", "key": "id", "value": pick([LISTED, CALCULATED, GONE])}
        elif kind == "metadata":
            operator = pick(["is_date_after", "is_date_before"])
            leaf = {"type": "person_metadata", "key": "created_at", "operator": operator, "value": pick(DATES)}
        else:
            operator, value = pick(PLANS)
            leaf = {"type": "person", "key": "plan", "operator": operator, "value": value}
        return {**leaf, "negation": True} if self.random.random() < 0.25 else leaf

    def behavioral(self) -> dict[str, Any]:
        """Something done, or done no more."""
        pick = self.random.choice
        kind = pick(KINDS)
        leaf: dict[str, Any] = {
            "type": "behavioral",
            "value": kind,
            "key": pick("ab"),
            "event_type": "events",
            "time_value": pick([1, 2, 3]),
            "time_interval": pick(["minute", "hour", "day", "week", "month", "year"]),
        }
        if self.random.random() < 0.4:
            color = {"type": "event", "key": "color", "value": pick(["red", "blue"])}
            leaf["event_filters"] = [{**color, "operator": pick(["exact", "is_not"])}]
        operators = ["gte", "lte", "exact"]
        if kind == "performed_event_multiple":
            leaf |= {"operator": pick([*operators, "gt", "lt", "eq"]), "operator_value": pick([1, 2, 3])}
        elif kind == "performed_event_regularly":
            leaf |= {"time_interval": pick(["hour", "day", "week", "month"])}
            leaf |= {"operator": pick(operators), "operator_value": pick([1, 1, 2])}
            leaf |= {"total_periods": pick([3, 4]), "min_periods": pick([1, 2, 3])}
        elif kind == "performed_event_sequence":
            leaf |= {"seq_event": pick("ab"), "seq_event_type": "events", "seq_time_value": pick([1, 2])}
            leaf |= {"seq_time_interval": pick(["minute", "hour", "day", "week"])}
        elif kind in ("stopped_performing_event", "restarted_performing_event"):
            leaf |= pick(SHORTER)
        if kind in DATED and self.random.random() < 0.3:
            del leaf["time_value"], leaf["time_interval"]
            leaf["explicit_datetime"] = pick(DATES)
            if self.random.random() < 0.5:
                leaf["explicit_datetime_to"] = pick(DATES)
        return leaf


DATES = ("2024-03-28", "2024-10-30", "2024-11-02", "2024-02-28", "2024-07-08", "2024-03-31")
PLANS = (
    ("exact", ["Pro"]),
    ("exact", ["Pro", ""]),
    ("is_not", ["Pro", "free"]),
    ("is_set", None),
    ("is_not_set", None),
    ("icontains", "pR"),
)
DATED = ("performed_event", "performed_event_multiple", "performed_event_sequence")
KINDS = (
    *DATED,
    *("performed_event_first_time", "performed_event_regularly"),
    *("stopped_performing_event", "restarted_performing_event"),
)
SHORTER = (
    {"time_value": 4, "time_interval": "week", "seq_time_value": 2, "seq_time_interval": "day"},
    {"time_value": 2, "time_interval": "month", "seq_time_value": 1, "seq_time_interval": "week"},
    {"time_value": 3, "time_interval": "day", "seq_time_value": 2, "seq_time_interval": "hour"},
    {"time_value": 1, "time_interval": "day", "seq_time_value": 3, "seq_time_interval": "minute"},
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_the_engine_finds_whom_the_criteria_mean(event_store: "EventStore", seed: int) -> None:
    """Whatever is nested in what, at the very border of days and hours, after merges, and with negations everywhere."""
    chance = Chance(seed)
    world = chance.world()
    context = stored(event_store, world)
    everyone = persons_of(world)
    leaves = [{"type": "AND", "values": [chance.behavioral()]} for _ in range(12)]
    for criteria in [*leaves, *(chance.criteria() for _ in range(8))]:
        group = parse_filters({"properties": criteria})
        check(group, context, world.clock.now)
        compiled = compile_query(members_query(group, context, world.clock.now), context)
        found = [row[0] for row in event_store.query(compiled.sql, compiled.parameters, compiled.settings).rows]
        expected = {name for name, person in everyone.items() if belongs(criteria, person, world.clock)}
        assert sorted(found) == sorted(uuid_of(name) for name in expected), (seed, criteria)


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
