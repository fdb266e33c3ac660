"""RetentionQuery through the endpoint; what each option means is tested with the insight itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.queries.asking import Api, make_api, make_project


def noon(days_ago: int) -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0) - timedelta(days=days_ago)


def retention(filters: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"kind": "RetentionQuery", "retentionFilter": filters or {}, **fields}


def test_eight_days_of_page_views_by_default(api: Api) -> None:
    api.store_events([{"event": "$pageview", "timestamp": noon(days)} for days in (8, 7, 6, 0)])
    answer = api.answer(retention({"meanRetentionCalculation": "weighted", "retentionReference": "previous"}))
    rows = answer["results"]
    assert [row["label"] for row in rows] == [f"Day {day}" for day in range(8)]
    assert [cell["count"] for cell in rows[0]["values"]] == [1, 1, 0, 0, 0, 0, 0, 1]
    assert [cell["count"] for cell in rows[1]["values"]] == [1, 0, 0, 0, 0, 0, 1, 0]
    assert rows[7]["values"][0] == {"count": 1, "label": "Day 0"}
    assert rows[7]["date"] == f"{datetime.now(UTC):%Y-%m-%dT00:00:00Z}"
    assert all(row["breakdown_value"] is None for row in rows)
    assert answer["hogql"].startswith("SELECT")
    assert (answer["is_cached"], answer["timezone"], answer["error"]) == (False, "UTC", None)
    again = api.answer(retention({"meanRetentionCalculation": "weighted", "retentionReference": "previous"}))
    assert (again["is_cached"], again["results"]) == (True, rows)


def test_dates_carry_the_projects_offset(api: Api) -> None:
    api.project.timezone = "America/New_York"
    api.project.save()
    dates = {"date_from": "2024-11-03", "date_to": "2024-11-04"}
    api.store_event("$pageview", at=datetime(2024, 11, 5, 4, 59, tzinfo=UTC))  # 23:59 on 4 November
    rows = api.answer(retention({"totalIntervals": 2}, dateRange=dates))["results"]
    assert [row["date"] for row in rows] == ["2024-11-03T00:00:00-04:00", "2024-11-04T00:00:00-05:00"]
    assert [row["values"][0]["count"] for row in rows] == [0, 1]


def test_wrapped_with_another_breakdown_and_other_dates(api: Api) -> None:
    api.store_event("$pageview", at=noon(20), properties={"plan": "pro"})
    api.store_event("$pageview", at=noon(19))
    wrapped = {"kind": "InsightVizNode", "source": retention({"totalIntervals": 2})}
    answer = api.answer(
        wrapped,
        filters_override={"date_from": "-20d", "date_to": "-19d", "breakdown_filter": {"breakdown": "plan"}},
    )
    shown = [(row["breakdown_value"], [cell["count"] for cell in row["values"]]) for row in answer["results"]]
    none = "$$_posthog_breakdown_null_$$"
    assert shown == [(none, [0, 0]), (none, [1, 0]), ("pro", [1, 1]), ("pro", [0, 0])]


def test_another_project_sees_nothing(api: Api) -> None:
    api.store_event("$pageview", at=noon(1))
    other = make_api(make_project(), api.store)
    rows = other.answer(retention())["results"]
    assert [cell["count"] for row in rows for cell in row["values"]] == [0] * 64


def test_mistakes(api: Api) -> None:
    assert api.fault({"kind": "RetentionQuery"})["code"] == "parse_error"
    assert api.fault(retention({"period": "Fortnight"}))["code"] == "parse_error"
    assert api.fault(retention({"totalIntervals": 0}))["code"] == "parse_error"
    both = {"cumulative": True, "timeWindowMode": "24_hour_windows"}
    fault = api.fault(retention(both))
    assert (fault["type"], fault["code"]) == ("validation_error", "invalid_input")
    assert fault["detail"] == "Cumulative retention is not supported for 24 hour windows."
    assert api.fault(retention(breakdownFilter={"breakdown": 5, "breakdown_type": "cohort"}))["code"] == "invalid_input"
