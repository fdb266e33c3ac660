"""Stored events to ask about, made inside the engine, and the comparison of two ways of asking.

Everything lives in one process and one engine: an insight through the door the API uses, and the best SQL written by
hand for the same question. Both take turns, and both must give the same numbers.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project

DAYS = 90
EVENTS_OF_A_VISIT = 5
VISITS_OF_A_PERSON = 4
MEMORY = 2_000_000_000
"""Bytes a question may use; one that needs more fails here."""

ROUNDS = 5


@dataclass(frozen=True)
class Question:
    """A question asked in both ways.

    `total` and `total_by_hand` make one number of the response and of the statement's rows; they must be equal. The
    statement is given the parameter `team_id`.
    """

    name: str
    query: dict[str, Any]
    by_hand: str
    total: Callable[[dict[str, Any]], float]
    total_by_hand: Callable[[list[tuple[Any, ...]]], float] = lambda rows: sum(row[-1] for row in rows)
    most_times: float = 1.25
    """How many times as long as the statement the insight may take; more than usual only where that finds less."""


@dataclass(frozen=True)
class Stored:
    """The engine, and a project for each number of events."""

    store: "EventStore"
    projects: "Mapping[int, Project]"


@contextmanager
def stored_events(*sizes: int) -> Iterator[Stored]:
    """An engine with so many events of ninety days up to yesterday for each size, merged into few parts as time would.

    A visit has five events in a few minutes, a person four visits. This process must not have set Django up before.
    """
    with tempfile.TemporaryDirectory() as data_dir:
        os.environ["HEDGEROW_DATA_DIR"] = data_dir
        os.environ["HEDGEROW_QUERY_MAX_MEMORY"] = str(MEMORY)
        os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
        stored = _prepare(sizes)
        try:
            yield stored
        finally:
            stored.store.close()


def _prepare(sizes: tuple[int, ...]) -> Stored:
    import django

    django.setup()
    from django.conf import settings

    from hedgerow.eventstore.client import event_store
    from hedgerow.migrate import migrate_records
    from hedgerow.organizations.models import Organization
    from hedgerow.projects.models import Project
    from hedgerow.taxonomy.inference import infer_properties

    migrate_records(settings.HEDGEROW)
    store = event_store()
    store.apply_schema()
    organization = Organization.objects.create(name="Benchmark")
    projects = {
        size: Project.objects.create(organization=organization, name=f"{size:,} events", timezone="UTC")
        for size in sizes
    }
    for size, project in projects.items():
        _fill(store, project.id, size)
    for table in ("events", "persons", "person_distinct_ids"):
        store.command(f"OPTIMIZE TABLE {table} FINAL")
    # As the loader does every few seconds: the types of properties are known.
    infer_properties(store, datetime(1970, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(minutes=1))
    return Stored(store, projects)


def _fill(store: "EventStore", team_id: int, size: int) -> None:
    first_day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    people = max(1, size // (EVENTS_OF_A_VISIT * VISITS_OF_A_PERSON))
    rows = f"""
        SELECT number, {{team_id:Int64}} AS team_id, generateUUIDv4(number) AS uuid,
            intDiv(number, {EVENTS_OF_A_VISIT}) AS visit,
            ['$pageview', 'product viewed', 'cart filled', 'order placed', '$autocapture']
                [1 + least(cityHash64(number) % 6, 4)] AS event,
            {{first:DateTime64(6, 'UTC')}} + toIntervalSecond(cityHash64(visit, 1) % ({DAYS} * 86400 - 3600)
                + (number % {EVENTS_OF_A_VISIT}) * (20 + cityHash64(number, 4) % 400)) AS timestamp,
            cityHash64(visit, 2) % {people} AS person,
            'person-' || toString(person) AS distinct_id, UUIDNumToString(MD5(distinct_id))::UUID AS person_id,
            {_properties_sql()} AS properties
        FROM numbers({size})
    """
    store.command(
        "INSERT INTO events (team_id, uuid, event, timestamp, created_at, distinct_id, person_id, person_mode,"
        " `$session_id`, properties, properties_raw) SELECT team_id, uuid, event, timestamp, timestamp, distinct_id,"
        f" person_id, 'full', '0199-session-' || toString(visit), properties, properties FROM ({rows})",
        {"team_id": team_id, "first": first_day},
        {"max_partitions_per_insert_block": 0, "json_type_escape_dots_in_keys": 1},
    )
    store.command(
        "INSERT INTO persons SELECT team_id, person_id, min(timestamp), true,"
        " '{\"plan\": \"' || if(cityHash64(person_id) % 3 = 0, 'pro', 'free') || '\"}', '', NULL, 1, 0"
        " FROM events WHERE team_id = {team_id:Int64} GROUP BY team_id, person_id",
        {"team_id": team_id},
    )


def compare(stored: Stored, size: int, question: Question, rounds: int = ROUNDS) -> tuple[float, float]:
    """The median seconds of the insight and of the statement, over the events of one size, run in turns."""
    project = stored.projects[size]

    def ask() -> float:
        from hedgerow.queries.runner import run_query

        return question.total(run_query(project, question.query, refresh="force_blocking"))

    def by_hand() -> float:
        rows = stored.store.query(question.by_hand, {"team_id": project.pk}, {"max_memory_usage": 2 * MEMORY}).rows
        return question.total_by_hand(list(rows))

    return take_turns(ask, by_hand, rounds)


def take_turns(first: Callable[[], float], second: Callable[[], float], rounds: int = ROUNDS) -> tuple[float, float]:
    """The median seconds of both, run in turns; both must give the same number."""
    found = first(), second()
    assert abs(found[0] - found[1]) <= 1e-9 * max(1.0, abs(found[0])), found
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for run, times in zip((first, second), taken, strict=True):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    return statistics.median(taken[0]), statistics.median(taken[1])


IN_RANGE = f"team_id = {{team_id:Int64}} AND timestamp >= toStartOfDay(now('UTC')) - INTERVAL {DAYS} DAY"
"""The events of the project in `RANGE`, in SQL."""

RANGE = {"date_from": f"-{DAYS}d"}


def _properties_sql() -> str:
    """SQL for the properties as JSON text: what the browser SDK sends with each page view, and three of a shop."""
    members = ", ',', ".join(f"'\"{name}\":', {value}" for name, value in _PROPERTIES.items())
    return f"concat('{{', {members}, '}}')"


def _text(sql: str) -> str:
    return f"'\"', {sql}, '\"'"


# Name and SQL for the JSON value, made of the row's `number`, `visit` and `person`.
_PROPERTIES = {
    "$current_url": _text("'https://shop.example.com/products/', toString(cityHash64(number, 5) % 400)"),
    "$host": _text("'shop.example.com'"),
    "$pathname": _text("'/products/', toString(cityHash64(number, 5) % 400)"),
    "$referrer": _text("'https://search.example.com/results?q=tea'"),
    "$referring_domain": _text("'search.example.com'"),
    "$browser": _text("['Chrome', 'Firefox', 'Safari', 'Edge'][1 + person % 4]"),
    "$browser_version": "toString(120 + person % 10)",
    "$browser_language": _text("'en-GB'"),
    "$os": _text("['Linux', 'Windows', 'macOS'][1 + person % 3]"),
    "$os_version": _text("'10.15.7'"),
    "$device_type": _text("'Desktop'"),
    "$device_id": _text("'0199-device-', distinct_id"),
    "$raw_user_agent": _text("'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Safari/537.36'"),
    "$screen_height": "'1080'",
    "$screen_width": "'1920'",
    "$viewport_height": "'948'",
    "$viewport_width": "'1905'",
    "$timezone": _text("'Europe/Berlin'"),
    "$timezone_offset": "'-60'",
    "$lib": _text("'web'"),
    "$lib_version": _text("'1.430.0'"),
    "$insert_id": _text("hex(cityHash64(number, 3))"),
    "$time": "toString(toUnixTimestamp(timestamp))",
    "$session_id": _text("'0199-session-', toString(visit)"),
    "$window_id": _text("'0199-window-', toString(visit)"),
    "$pageview_id": _text("'0199-view-', toString(number)"),
    "$is_identified": "'false'",
    "$process_person_profile": "'true'",
    "title": _text("'A fine tea from the hills of somewhere, 100 g'"),
    "country": _text("['DE', 'FR', 'GB', 'IN', 'JP', 'US'][1 + person % 6]"),
    "price": "toString(number % 20000 / 100)",
    "signed_in": "if(person % 3 = 0, 'true', 'false')",
}
