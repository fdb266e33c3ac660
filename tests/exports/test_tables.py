"""Tables as CSV, XLSX and JSON: rows, columns and cells."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from hedgerow.persons.models import Person
from hedgerow.saved_insights.models import Insight
from tests.exports.exporting import CSV, JSON, XLSX, Exports, hogql

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def trends(**fields: Any) -> dict[str, Any]:
    dates = {"date_from": "2026-03-01", "date_to": "2026-03-03"}
    series = [{"kind": "EventsNode", "event": "signed up"}]
    return {"source": {"kind": "TrendsQuery", "series": series, "dateRange": dates, **fields}}


def add(exports: Exports, event: str, **columns: Any) -> None:
    """Store an event."""
    exports.api.store_events([{"event": event, **columns}])


def test_the_answer_to_hogql(exports: Exports) -> None:
    """A column for each of the query's, lines end as CSV says they do."""
    assert exports.file(CSV, hogql("select 1 as a, 'x' as b")) == b"a,b\r\n1,x\r\n"


def test_cells(exports: Exports) -> None:
    """Values are written as people read them, and none is run as a formula."""
    head, row = exports.table(
        hogql(
            "select 2.0 as f, true as t, null as n, toDateTime('2022-06-01 12:00:00') as at, '=1+1' as formula,"
            " -5 as number, [1, 'b,c'] as list, '@x' as `+name`, toDecimal('-1.5', 2) as exact, nan as nothing"
        )
    )
    assert head == ["f", "t", "n", "at", "formula", "number", "list.0", "list.1", "'+name", "exact", "nothing"]
    expected = ["2.0", "True", "", "2022-06-01 12:00:00+00:00", "'=1+1", "-5", "1", "b,c", "'@x"]
    assert row[:-2] == expected
    assert (float(row[-2]), row[-1]) == (-1.5, "")


def test_columns_of_the_same_name_are_told_apart(exports: Exports) -> None:
    """None is lost."""
    assert exports.table({"source": {"kind": "EventsQuery", "select": ["1", "1", "event"], "after": "all"}})[0][0] == (
        "error"
    )
    add(exports, "signed up")
    rows = exports.table({"source": {"kind": "EventsQuery", "select": ["event", "event"], "after": "all"}})
    assert rows == [["event", "event_2"], ["signed up", "signed up"]]


def test_events_with_all_they_have(exports: Exports) -> None:
    """Objects become columns, in the order in which they are found, those of one object together."""
    add(
        exports, "signed up", timestamp=datetime(2026, 3, 1, tzinfo=UTC), properties={"plan": "pro", "deep": {"a": [1]}}
    )
    add(exports, "signed up", timestamp=datetime(2026, 3, 2, tzinfo=UTC), properties={"late": 1})
    head, first, second = exports.table(
        {"source": {"kind": "EventsQuery", "select": ["event", "*"], "after": "all", "orderBy": ["timestamp"]}}
    )
    assert head[:3] == ["event", "*.uuid", "*.event"]
    places = [at for at, name in enumerate(head) if name.startswith("*.properties.")]
    names = [head[at].removeprefix("*.properties.") for at in places]
    assert places == list(range(places[0], places[0] + len(places)))
    assert set(names) >= {"plan", "deep.a.0", "late"}
    cells = dict(zip(head, first, strict=True))
    assert (cells["*.properties.plan"], cells["*.properties.deep.a.0"], cells["*.properties.late"]) == ("pro", "1", "")
    assert dict(zip(head, second, strict=True))["*.properties.late"] == "1"


def test_chosen_columns(exports: Exports) -> None:
    """In the order they are named; what is below a name, and an empty column for what nothing has."""
    for plan in ("pro", "free"):
        Person.objects.create(project=exports.api.project, uuid=uuid4(), properties={"plan": plan, "n": 2})
    path = f"/api/projects/{exports.api.project.pk}/persons/?limit=1"
    head, *rows = exports.table({"path": path, "columns": ["properties", "type", "tomato"]})
    assert (set(head[:2]), head[2:]) == ({"properties.plan", "properties.n"}, ["type", "tomato"])
    at = head.index("properties.plan")
    assert sorted((row[at], row[1 - at], *row[2:]) for row in rows) == [
        ("free", "2", "person", ""),
        ("pro", "2", "person", ""),
    ]


def test_without_rows(exports: Exports) -> None:
    """The file says so; where columns were chosen it has those."""
    nothing = hogql("select event from events where event = 'no such'")
    assert exports.table(nothing) == [["error"], ["No data available or unable to format for export."]]
    assert exports.table({**nothing, "columns": ["a", "b"]}) == [["a", "b"], ["", ""]]


def test_many_distinct_ids_are_counted(exports: Exports) -> None:
    """Ten are told."""
    ids = ", ".join(f"'id{at}'" for at in range(12))
    head, row = exports.table(hogql(f"select map('distinct_ids', [{ids}]) as person"))
    assert head == [*(f"person.distinct_ids.{at}" for at in range(10)), "person.distinct_ids.total"]
    assert row[-1] == "Note: 12 distinct_ids in total"


def test_trends_with_breakdown_and_comparison(exports: Exports) -> None:
    """A column for the property, then one for each day; the period before stands under the same days."""
    for day, plan in ((1, "pro"), (2, "pro"), (2, "free")):
        add(exports, "signed up", timestamp=datetime(2026, 3, day, 9, tzinfo=UTC), properties={"plan": plan})
    add(exports, "signed up", timestamp=datetime(2026, 2, 26, 9, tzinfo=UTC), properties={"plan": "pro"})
    asked = trends(breakdownFilter={"breakdown": "plan", "breakdown_type": "event"}, compareFilter={"compare": True})
    head, *rows = exports.table(asked)
    assert head == ["series", "plan", "1-Mar-2026", "2-Mar-2026", "3-Mar-2026"]
    assert rows[0] == ["signed up - current", "pro", "1.0", "1.0", "0.0"] or rows[0][2:] == ["1", "1", "0"]
    assert [row[0] for row in rows if row[1] == "pro"] == ["signed up - current", "signed up - previous"]
    before = next(row for row in rows if row[0].endswith("previous") and row[1] == "pro")
    assert [float(cell) for cell in before[2:]] == [1, 0, 0]


def test_totals_of_trends(exports: Exports) -> None:
    """A display without time has one number for each series."""
    add(exports, "signed up", timestamp=datetime(2026, 3, 1, 9, tzinfo=UTC))
    head, row = exports.table(trends(trendsFilter={"display": "ActionsTable"}))
    assert (head, row[0], float(row[1])) == (["series", "Total Sum"], "signed up", 1)


def test_other_values_have_a_name(exports: Exports) -> None:
    """What has no value is told as such, and no value is folded into others as on charts."""
    for at in range(30):
        add(exports, "signed up", timestamp=datetime(2026, 3, 1, 9, tzinfo=UTC), properties={"n": f"v{at:02}"})
    add(exports, "signed up", timestamp=datetime(2026, 3, 1, 9, tzinfo=UTC))
    rows = exports.table(trends(breakdownFilter={"breakdown": "n", "breakdown_type": "event"}))
    assert {row[1] for row in rows[1:]} == {*(f"v{at:02}" for at in range(30)), "None (i.e. no value)"}


def test_funnels_retention_and_paths(exports: Exports) -> None:
    """Each by its own columns."""
    for minute, event in enumerate(("signed up", "paid")):
        add(exports, event, distinct_id="ada", timestamp=datetime(2026, 3, 1, 9, minute, tzinfo=UTC))
    dates = {"dateRange": {"date_from": "2026-03-01", "date_to": "2026-03-03"}}
    steps = [{"kind": "EventsNode", "event": "signed up"}, {"kind": "EventsNode", "event": "paid"}]
    funnel = {"kind": "FunnelsQuery", "series": steps, **dates}
    head, *rows = exports.table({"source": funnel})
    assert head == [
        *("name", "breakdown_value", "action_id", "count"),
        *("median_conversion_time (seconds)", "average_conversion_time (seconds)"),
    ]
    assert [row[:4] for row in rows] == [["signed up", "", "signed up", "1"], ["paid", "", "paid", "1"]]
    assert float(rows[1][4]) == 60
    timed = {**funnel, "funnelsFilter": {"funnelVizType": "time_to_convert"}}
    assert exports.table({"source": timed})[0] == ["bin", "value"]
    retention = {"kind": "RetentionQuery", "retentionFilter": {"period": "Day", "totalIntervals": 3}, **dates}
    retention["retentionFilter"] |= {"targetEntity": {"id": "signed up", "type": "events"}}
    assert exports.table({"source": retention})[0][:3] == ["cohort", "cohort size", "Day 0"]
    paths = {"kind": "PathsQuery", "pathsFilter": {"includeEventTypes": ["custom_event"]}, **dates}
    assert exports.table({"source": paths})[0] == ["source", "target", "value", "average_conversion_time"]


def test_sessions_page_by_page(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, however few are read at a time, and none twice."""
    monkeypatch.setattr("hedgerow.exports.tables.reading.PAGE", 2)
    sessions = [str(uuid4()) for _ in range(5)]
    for session in sessions:
        add(exports, "signed up", timestamp=datetime(2026, 3, 1, 9, tzinfo=UTC), **{"$session_id": session})
    source = {"kind": "SessionsQuery", "select": ["session_id"], "orderBy": ["session_id"], "after": "all", "limit": 1}
    head, *rows = exports.table({"source": source})
    assert (head, sorted(row[0] for row in rows)) == (["session_id"], sorted(sessions))


def test_no_more_rows_than_the_setting_says(exports: Exports, settings: Any) -> None:
    """The operator decides how many a file may have."""
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"export_max_rows": 3})
    numbers = hogql("select number from numbers(10)")
    assert exports.table(numbers) == [["number"], ["0"], ["1"], ["2"]]


def test_a_workbook_has_the_same_cells(exports: Exports) -> None:
    """One sheet; numbers are numbers, text that looks like a formula is text."""
    file = exports.file(XLSX, hogql("select 1 as a, '=1+1' as b, concat('x', char(1), 'y') as c"))
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    cells = re.findall(r"<t[^>]*>([^<]*)</t>", sheet)
    assert cells == ["a", "b", "c", "'=1+1", "xy"]
    assert '<c r="A2"><v>1</v></c>' in sheet
    assert "<f>" not in sheet


def test_too_many_columns_for_a_workbook(exports: Exports) -> None:
    """That is said, with the way out."""
    asked = hogql("select range(18279) as n")
    assert exports.failure(XLSX, asked) == (
        "Export exceeds the maximum of 18,278 columns. Try exporting fewer columns or use CSV format instead."
    )
    assert len(exports.table(asked)[0]) == 18_279


def test_json_is_not_flattened(exports: Exports) -> None:
    """An array of objects with the values of the API."""
    asked = hogql("select 1 as a, [1, 2] as b, toDateTime('2022-06-01 12:00:00') as c")
    assert json.loads(exports.file(JSON, asked)) == [{"a": 1, "b": [1, 2], "c": "2022-06-01T12:00:00Z"}]
    assert json.loads(exports.file(JSON, hogql("select 1 as a from events limit 0"))) == []


def test_an_insight_as_it_was_saved(exports: Exports) -> None:
    """Its query is what is exported where no other is given."""
    add(exports, "signed up", timestamp=datetime(2026, 3, 1, 9, tzinfo=UTC))
    query = {"kind": "InsightVizNode", **trends()}
    insight = Insight.objects.create(project=exports.api.project, query=query, name="Sign-ups")
    head, row = exports.table(insight=insight.pk)
    assert head == ["series", "1-Mar-2026", "2-Mar-2026", "3-Mar-2026"]
    assert (row[0], float(row[1])) == ("signed up", 1)


def test_columns_are_called_as_people_call_them_where_that_is_asked_for(exports: Exports) -> None:
    """What is known has its title, other names become words; expressions and what would be ambiguous stay."""
    query = (
        "select 'paid' as event, map('$browser', 'Firefox', 'email', '4') as properties, map('plan', 'x') as person,"
        " 1 as `Total events`, 1 as order_count, 2 as utm_source, 3 as `a.email`, 5 as email"
    )
    context = hogql(query) | {"readable_columns": True}
    head, row = exports.table(context)
    assert head == [
        *("Event", "Browser", "properties.email", "Person: Plan", "Total events", "Order count"),
        *("UTM source", "A: E-mail address", "email"),
    ]
    assert row == ["paid", "Firefox", "4", "x", "1", "1", "2", "3", "5"]
    assert exports.table(context | {"columns": ["order_count", "none"]}) == [["Order count", "None"], ["1", ""]]
