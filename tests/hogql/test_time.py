"""Times are shown, cut and compared in the project's time zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql import ast
from hedgerow.hogql.errors import HogQLError
from tests.hogql.conftest import StoredProject

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def new_york(event_store: EventStore) -> StoredProject:
    """A project in New York with events at 22:30 and 23:30 on the 14th, and at 00:30 on the 15th, local time."""
    stored = StoredProject(event_store)
    stored.event("a", at="2026-01-15 03:30:00")
    stored.event("b", at="2026-01-15 04:30:00")
    stored.event("c", at="2026-01-15 05:30:00")
    return stored.with_context(timezone="America/New_York")


def test_timestamps_are_in_the_projects_zone(new_york: StoredProject) -> None:
    (first, *_) = new_york.column("SELECT timestamp FROM events ORDER BY timestamp")
    assert first == datetime(2026, 1, 14, 22, 30, tzinfo=NEW_YORK)
    assert first.utcoffset() == timedelta(hours=-5)


@pytest.mark.parametrize(
    ("condition", "events"),
    [
        ("timestamp >= '2026-01-15'", ["c"]),
        ("timestamp < '2026-01-15'", ["a", "b"]),
        ("'2026-01-15' <= timestamp", ["c"]),
        ("timestamp >= '2026-01-14 23:00:00'", ["b", "c"]),
        ("timestamp >= '2026-01-14T23:30:00'", ["b", "c"]),
        ("timestamp >= '2026-01-15T04:30:00Z'", ["b", "c"]),
        ("timestamp >= '2026-01-15T04:30:00+00:00'", ["b", "c"]),
        ("timestamp = '2026-01-14 23:30:00'", ["b"]),
        ("timestamp IN ('2026-01-14 23:30:00', '2026-01-15 00:30:00')", ["b", "c"]),
        ("timestamp BETWEEN '2026-01-14 23:00:00' AND '2026-01-15'", ["b"]),
        ("toDate(timestamp) = '2026-01-14'", ["a", "b"]),
        ("toDate(timestamp) = toDate('2026-01-15')", ["c"]),
        ("timestamp >= toDate('2026-01-15')", ["c"]),
        ("timestamp >= toDateTime('2026-01-15 00:00:00')", ["c"]),
        ("timestamp >= toDateTime('2026-01-15 00:00:00', 'UTC')", ["a", "b", "c"]),
        ("toStartOfDay(timestamp) = '2026-01-14'", ["a", "b"]),
        ("toHour(timestamp) = 23", ["b"]),
        ("timestamp > '2026-01-14 00:00:00' + INTERVAL 23 HOUR", ["b", "c"]),
        ("timestamp < now() AND timestamp < today()", ["a", "b", "c"]),
        ("formatDateTime(timestamp, '%d') = '15'", ["c"]),
        ("dateTrunc('day', timestamp) = '2026-01-15'", ["c"]),
    ],
)
def test_conditions_on_time(new_york: StoredProject, condition: str, events: list[str]) -> None:
    assert new_york.column(f"SELECT event FROM events WHERE {condition} ORDER BY timestamp") == events


def test_a_date_bound_from_code_is_in_the_projects_zone_unless_it_says_otherwise(new_york: StoredProject) -> None:
    def after(moment: datetime) -> list[str]:
        query = ast.SelectQuery(
            select=[ast.Field(["event"])],
            select_from=ast.JoinExpr(ast.Field(["events"])),
            where=ast.CompareOperation(ast.Field(["timestamp"]), ast.Constant(moment), ">="),
            order_by=[ast.OrderExpr(ast.Field(["event"]))],
        )
        return [event for (event,) in new_york.rows(query)]

    assert after(datetime(2026, 1, 15)) == ["c"]
    assert after(datetime(2026, 1, 15, 4, 30, tzinfo=UTC)) == ["b", "c"]


def test_days_are_local_days(new_york: StoredProject) -> None:
    query = "SELECT toStartOfDay(timestamp) AS day, count() FROM events GROUP BY day ORDER BY day"
    midnight = [datetime(2026, 1, 14, tzinfo=NEW_YORK), datetime(2026, 1, 15, tzinfo=NEW_YORK)]
    assert new_york.rows(query) == [(midnight[0], 2), (midnight[1], 1)]
    assert new_york.rows("SELECT toDate(timestamp) AS d, count() FROM events GROUP BY d ORDER BY d") == [
        (date(2026, 1, 14), 2),
        (date(2026, 1, 15), 1),
    ]


def test_a_grouped_time_can_be_compared_in_having(new_york: StoredProject) -> None:
    query = "SELECT timestamp FROM events GROUP BY timestamp HAVING timestamp >= '2026-01-15'"
    assert new_york.column(query) == [datetime(2026, 1, 15, 0, 30, tzinfo=NEW_YORK)]


def test_a_day_of_the_clock_change_is_one_day(stored: StoredProject) -> None:
    # In New York the night of 1 November 2026 has two hours from one to two.
    for hour in ("04", "05", "06", "07"):
        stored.event(at=f"2026-11-01 {hour}:30:00")
    local = stored.with_context(timezone="America/New_York")
    assert local.rows("SELECT toDate(timestamp), count() FROM events GROUP BY 1") == [(date(2026, 11, 1), 4)]
    assert local.rows("SELECT toHour(timestamp) AS h, count() FROM events GROUP BY h ORDER BY h") == [
        (0, 1),
        (1, 2),
        (2, 1),
    ]


@pytest.mark.parametrize(("first_day", "start"), [(0, date(2026, 1, 11)), (1, date(2026, 1, 12))])
def test_weeks_start_on_the_projects_first_day(stored: StoredProject, first_day: int, start: date) -> None:
    stored.event(at="2026-01-15 12:00:00")
    project = stored.with_context(week_start_day=first_day)
    assert project.rows("SELECT toStartOfWeek(timestamp), dateTrunc('week', timestamp) FROM events") == [(start, start)]
    assert project.value("toStartOfWeek(timestamp, 1)") == date(2026, 1, 12)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("dateDiff('day', toDate('2026-01-01'), toDate('2026-02-01'))", 31),
        ("dateDiff('hour', '2026-01-01 00:00:00', '2026-01-01 05:00:00')", 5),
        ("toDate('2026-01-31') + INTERVAL 1 MONTH", date(2026, 2, 28)),
        ("dateAdd('day', 1, toDate('2026-01-01'))", date(2026, 1, 2)),
        ("dateSub(toDate('2026-01-02'), INTERVAL 1 DAY)", date(2026, 1, 1)),
        ("addMonths(toDate('2026-01-01'), 1)", date(2026, 2, 1)),
        ("toYYYYMM(toDate('2026-03-04'))", 202603),
        ("fromUnixTimestamp(0)", datetime(1970, 1, 1, tzinfo=UTC)),
        ("toDateTime('nonsense' || '')", None),
        ("yesterday() < today()", 1),
        ("toUnixTimestamp(toDateTime('1970-01-01 00:01:00'))", 60),
        ("toStartOfInterval(toDateTime('2026-01-01 05:10:00'), INTERVAL 6 HOUR)", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_functions_of_time(stored: StoredProject, expression: str, value: object) -> None:
    assert stored.rows(f"SELECT {expression}") == [(value,)]


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "", "'; DROP"])
def test_text_that_is_no_date_cannot_be_compared_with_time(stored: StoredProject, text: str) -> None:
    literal = "'" + text.replace("'", "\\'") + "'"
    query = f"SELECT 1 FROM events WHERE timestamp > {literal}"
    with pytest.raises(HogQLError, match="Not a date or time") as raised:
        stored.rows(query)
    assert raised.value.start is not None and query[raised.value.start : raised.value.end] == literal
