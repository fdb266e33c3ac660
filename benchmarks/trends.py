"""Trends over five million events: beside hand-written SQL, and beside the same over properties in a String column.

Both layouts and all statements live in one process and one engine, and each comparison takes turns.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.results import Figure

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project

EVENTS = 5_000_000
PEOPLE = 200_000
DAYS = 90
ROUNDS = 9
SLACK_SECONDS = 0.015


def measure() -> list[Figure]:
    """Ratios of a TrendsQuery to hand-written SQL (less 15 ms), and of PostHog's layout to a TrendsQuery."""
    with tempfile.TemporaryDirectory() as data_dir:
        os.environ["HEDGEROW_DATA_DIR"] = data_dir
        os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
        store, project = _prepare()
        try:
            return _figures(store, project)
        finally:
            store.close()


def _prepare() -> "tuple[EventStore, Project]":
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
    project = Project.objects.create(organization=organization, name="Benchmark", timezone="UTC")
    _fill(store, project.id)
    # As the loader does every few seconds: the types of properties are known.
    infer_properties(store, datetime(1970, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(minutes=1))
    return store, project


def _fill(store: "EventStore", team_id: int) -> None:
    """Five million events of ninety days up to yesterday, in both layouts, merged into few parts as time would."""
    first_day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    rows = f"""
        SELECT number, {{team_id:Int64}} AS team_id, generateUUIDv4(number) AS uuid,
            ['$pageview', '$autocapture', 'product viewed', 'order placed'][1 + cityHash64(number) % 4] AS event,
            {{first:DateTime64(6, 'UTC')}} + toIntervalSecond(cityHash64(number, 1) % {DAYS * 86400}) AS timestamp,
            cityHash64(number, 2) % {PEOPLE} AS person,
            'person-' || toString(person) AS distinct_id, UUIDNumToString(MD5(distinct_id))::UUID AS person_id,
            {_properties_sql()} AS properties
        FROM numbers({EVENTS})
    """
    parameters = {"team_id": team_id, "first": first_day}
    settings = {"max_partitions_per_insert_block": 0, "json_type_escape_dots_in_keys": 1}
    store.command(
        "INSERT INTO events (team_id, uuid, event, timestamp, created_at, distinct_id, person_id, person_mode,"
        " properties, properties_raw) SELECT team_id, uuid, event, timestamp, timestamp, distinct_id, person_id,"
        f" 'full', properties, properties FROM ({rows})",
        parameters,
        settings,
    )
    store.command(
        "CREATE TABLE string_layout (uuid UUID, event String, properties String CODEC(ZSTD(3)),"
        " timestamp DateTime64(6, 'UTC'), team_id Int64, distinct_id String, person_id UUID)"
        " ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(timestamp)"
        " ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))"
    )
    store.command(
        "INSERT INTO string_layout SELECT uuid, event, properties_raw, timestamp, team_id, distinct_id, person_id"
        " FROM events",
        settings=settings,
    )
    for table in ("events", "string_layout"):
        store.command(f"OPTIMIZE TABLE {table} FINAL")


def _properties_sql() -> str:
    """SQL for the properties as JSON text: what the browser SDK sends with each page view, and three of a shop."""
    members = ", ',', ".join(f"'\"{name}\":', {value}" for name, value in _PROPERTIES.items())
    return f"concat('{{', {members}, '}}')"


def _text(sql: str) -> str:
    return f"'\"', {sql}, '\"'"


# Name and SQL for the JSON value, made of the row's `number` and `person`.
_PROPERTIES = {
    "$current_url": _text("'https://shop.example.com/products/', toString(number % 400), '?utm_source=newsletter'"),
    "$host": _text("'shop.example.com'"),
    "$pathname": _text("'/products/', toString(number % 400)"),
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
    "$session_id": _text("'0199-session-', toString(number % 1000000)"),
    "$window_id": _text("'0199-window-', toString(number % 1000000)"),
    "$pageview_id": _text("'0199-view-', toString(number)"),
    "$is_identified": "'false'",
    "$process_person_profile": "'true'",
    "title": _text("'A fine tea from the hills of somewhere, 100 g'"),
    "country": _text("['DE', 'FR', 'GB', 'IN', 'JP', 'US'][1 + person % 6]"),
    "price": "toString(number % 20000 / 100)",
    "signed_in": "if(person % 3 = 0, 'true', 'false')",
}


def _figures(store: "EventStore", project: "Project") -> list[Figure]:
    figures = []
    for what, query, sql in _COMPARISONS:
        own, by_hand = _take_turns(_trends(project, query), _statement(store, project, sql))
        figures.append(
            Figure(
                f"TrendsQuery over {EVENTS:,} events, {what}, less 15 ms",
                max(0.0, own - SLACK_SECONDS) / by_hand,
                "× hand-written SQL",
                1.2,
                at_least=False,
                beside=f"{own * 1000:.0f} ms beside {by_hand * 1000:.0f} ms",
            )
        )
    own, strings = _take_turns(_trends(project, _BY_BROWSER), _statement(store, project, _STRING_LAYOUT), rounds=5)
    figures.append(
        Figure(
            "breakdown by a property, beside properties in a String column",
            strings / own,
            "× as fast",
            10,
            beside=f"{own * 1000:.0f} ms beside {strings * 1000:.0f} ms",
        )
    )
    return figures


def _trends(project: "Project", query: dict[str, Any]) -> Callable[[], int]:
    from hedgerow.queries.runner import run_query

    def run() -> int:
        answer = run_query(project, query, refresh="force_blocking")
        return sum(count for series in answer["results"] for count in series["data"])

    return run


def _statement(store: "EventStore", project: "Project", sql: str) -> Callable[[], int]:
    def run() -> int:
        return sum(row[-1] for row in store.query(sql, {"team_id": project.id}).rows)

    return run


def _take_turns(first: Callable[[], int], second: Callable[[], int], rounds: int = ROUNDS) -> tuple[float, float]:
    """The median seconds of both, run in turns; both must give the same sum."""
    assert first() == second()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for run, times in zip((first, second), taken, strict=True):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    return statistics.median(taken[0]), statistics.median(taken[1])


def _series(**fields: Any) -> dict[str, Any]:
    return {"kind": "EventsNode", "event": None, **fields}


_RANGE = {"date_from": f"-{DAYS}d"}
_BY_BROWSER = {
    "kind": "TrendsQuery",
    "dateRange": _RANGE,
    "series": [_series()],
    "breakdownFilter": {"breakdown": "$browser", "breakdown_type": "event"},
}
_WHERE = f"team_id = {{team_id:Int64}} AND timestamp >= toStartOfDay(now('UTC')) - INTERVAL {DAYS} DAY"
_COMPARISONS = [
    (
        "total by day",
        {"kind": "TrendsQuery", "dateRange": _RANGE, "series": [_series()]},
        f"SELECT toDate(timestamp) AS day, count() FROM events WHERE {_WHERE} GROUP BY day ORDER BY day",
    ),
    (
        "unique users by day",
        {"kind": "TrendsQuery", "dateRange": _RANGE, "series": [_series(math="dau")]},
        f"SELECT toDate(timestamp) AS day, uniqExact(person_id) FROM events WHERE {_WHERE} GROUP BY day ORDER BY day",
    ),
    (
        "one event filtered by a property",
        {
            "kind": "TrendsQuery",
            "dateRange": _RANGE,
            "series": [_series(event="$pageview")],
            "properties": [{"key": "country", "value": ["DE"], "operator": "exact", "type": "event"}],
        },
        f"SELECT toDate(timestamp) AS day, count() FROM events WHERE {_WHERE} AND event = '$pageview'"
        " AND properties.country.:String = 'DE' GROUP BY day ORDER BY day",
    ),
    (
        "broken down by a property",
        _BY_BROWSER,
        f"SELECT properties.`$browser`.:String AS browser, toDate(timestamp) AS day, count() FROM events"
        f" WHERE {_WHERE} GROUP BY browser, day ORDER BY browser, day",
    ),
]
_STRING_LAYOUT = (
    "SELECT ifNull(nullIf(replaceRegexpAll(JSONExtractRaw(properties, '$browser'), '^\"|\"$', ''), ''), 'none')"
    f" AS browser, toDate(timestamp) AS day, count() FROM string_layout WHERE {_WHERE}"
    " GROUP BY browser, day ORDER BY browser, day"
)
