"""Small histories made at random, and asking an insight about them, for tests that count by themselves.

What is here stores events, persons and groups and runs queries; it knows nothing of how insights count.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.answering import Answering
from tests.insights.asking import Event, new_context, person_id, store_events

CLOCKS = st.sampled_from(
    [
        ("UTC", date(2024, 11, 3)),
        ("America/New_York", date(2024, 11, 3)),
        ("America/New_York", date(2024, 3, 10)),
        ("Australia/Lord_Howe", date(2024, 4, 7)),
        ("Australia/Lord_Howe", date(2024, 10, 6)),
        ("Asia/Kathmandu", date(2024, 11, 3)),
    ]
)
"""Zones, with a day: of those that have any, one on which the clocks change by an hour or by half an hour."""

SEEDS = st.integers(0, 2**32)
"""What `made_events` begins with."""

PERSONS = ["ann", "bob", "cleo"]

_versions = count(1)


@dataclass(frozen=True)
class Merge:
    """A person's distinct id that now belongs to another person."""

    merged: str
    into: str


def days_around(day: date, interval: str) -> tuple[date, date]:
    """The first and the last day of a range of some intervals around a day; weeks and months are cut."""
    before, after = {"hour": (0, 0), "day": (3, 2), "week": (4, 16), "month": (52, 9)}[interval]
    return day - timedelta(days=before), day + timedelta(days=after)


def local(zone: str, text: str) -> datetime:
    """A moment by the clock of a zone, from `2024-11-05 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def made_events(
    seed: int, first: datetime, last: datetime, names: Sequence[str], properties: Sequence[dict[str, Any]] = ({},)
) -> list[Event]:
    """Events at random between two moments. They share few times, many of which lie at the border of an hour or day."""
    random = Random(seed)
    start, seconds = first.astimezone(UTC), int((last - first).total_seconds())
    times = []
    for _ in range(random.randint(3, 9)):
        after = timedelta(seconds=random.randint(0, seconds))
        if random.random() < 0.6:
            after -= after % timedelta(minutes=30)
        times.append(start + after - random.choice([timedelta(), timedelta(), timedelta(microseconds=1)]))
    return [
        Event(random.choice(names), random.choice(times), random.choice(PERSONS), random.choice(properties))
        for _ in range(random.randint(0, 20))
    ]


def bucket(at: datetime, zone: str, interval: str, week_start_day: int = 0) -> date | datetime:
    """What tells one interval of a zone's clock from all others: its first day, or for hours and minutes its start."""
    there = at.astimezone(ZoneInfo(zone))
    if interval == "minute":
        return at.astimezone(UTC).replace(second=0, microsecond=0)
    if interval == "hour":
        return at.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(minutes=there.minute)
    day = there.date()
    if interval == "week":
        while day.isoweekday() % 7 != week_start_day:
            day -= timedelta(days=1)
    return day.replace(day=1) if interval == "month" else day


def buckets(
    first: datetime, last: datetime, zone: str, interval: str, week_start_day: int = 0
) -> list[date | datetime]:
    """The intervals between two moments in order, found by looking at the clock again and again."""
    step = timedelta(minutes=1 if interval == "minute" else 15)
    at = first.astimezone(UTC)
    found: list[date | datetime] = []
    while at <= last.astimezone(UTC):
        key = bucket(at, zone, interval, week_start_day)
        if not found or found[-1] != key:
            found.append(key)
        at += step
    return found


def owner(event: Event, merges: Iterable[Merge]) -> str:
    """The name of the person an event belongs to once persons have been merged."""
    return next((merge.into for merge in merges if merge.merged == event.person), event.person)


def stored_history(
    event_store: EventStore, events: list[Event], merges: Iterable[Merge] = (), **known: Any
) -> ProjectContext:
    """A new project with these events, some of whose distinct ids have since gone to other persons."""
    merges = list(merges)
    context = new_context(has_person_overrides=bool(merges), **known)
    if events:
        store_events(event_store, context, events)
    for merge in merges:
        event_store.command(
            "INSERT INTO person_overrides (team_id, distinct_id, person_id, version)"
            " SELECT {team:Int64}, {merged:String}, {into:UUID}, {version:UInt64}",
            {
                "team": context.team_id,
                "merged": merge.merged,
                "into": person_id(merge.into),
                "version": next(_versions),
            },
        )
    return context


def store_personless(event_store: EventStore, context: ProjectContext, event: str, person: str, at: datetime) -> None:
    """Store an event that was sent without a person's profile."""
    event_store.command(
        "INSERT INTO events (team_id, uuid, event, timestamp, distinct_id, person_id, person_mode, properties_raw)"
        " SELECT {team:Int64}, {uuid:UUID}, {event:String}, parseDateTime64BestEffort({at:String}, 6, 'UTC'),"
        " {person:String}, {id:UUID}, 'propertyless', '{}'",
        {
            "team": context.team_id,
            "uuid": uuid4(),
            "event": event,
            "at": at.astimezone(UTC).isoformat(),
            "person": person,
            "id": person_id(person),
        },
    )


def store_created(
    event_store: EventStore,
    context: ProjectContext,
    created: dict[str, datetime],
    group_type_index: int | None = None,
) -> None:
    """Store persons, or groups of a type, with the times at which they were created."""
    for name, at in created.items():
        known = {"team": context.team_id, "at": at.astimezone(UTC).isoformat(), "version": next(_versions)}
        when = "parseDateTime64BestEffort({at:String}, 6, 'UTC')"
        if group_type_index is None:
            event_store.command(
                "INSERT INTO persons (team_id, id, created_at, properties_raw, version)"
                f" SELECT {{team:Int64}}, {{id:UUID}}, {when}, '{{}}', {{version:UInt64}}",
                {**known, "id": person_id(name)},
            )
        else:
            event_store.command(
                "INSERT INTO groups (team_id, group_type_index, group_key, created_at, properties_raw, version)"
                f" SELECT {{team:Int64}}, {{index:UInt8}}, {{key:String}}, {when}, '{{}}', {{version:UInt64}}",
                {**known, "index": group_type_index, "key": name},
            )


def run(event_store: EventStore, context: ProjectContext, asking: Answering) -> dict[str, Any]:
    """The answer of an insight, with the rows it asks for from the event store."""
    rows: Any = None
    while True:
        try:
            trees = asking.send(rows)
        except StopIteration as done:
            answer: dict[str, Any] = done.value
            return answer
        compiled = [compile_query(tree, context) for tree in trees]
        rows = [event_store.query(each.sql, each.parameters).rows for each in compiled]
