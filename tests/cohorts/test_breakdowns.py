"""Breakdowns by cohort: a series for each cohort, and one for everyone where that is asked for."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hedgerow.work.worker import do_waiting_jobs
from tests.cohorts.asking import Cohorts, criteria, person

DAY = datetime(2024, 5, 10, 12, tzinfo=UTC)
RANGE = {"date_from": "2024-05-10", "date_to": "2024-05-11"}


@pytest.fixture
def people(cohorts: Cohorts) -> Cohorts:
    """Ada and Bob pay, Bob and Cy are in York; all look, Ada and Cy buy a day later."""
    cohorts.add_people({"ada": {"plan": "pro"}, "bob": {"plan": "pro", "city": "York"}, "cy": {"city": "York"}})
    for name, looks in (("ada", 3), ("bob", 1), ("cy", 1)):
        for _ in range(looks):
            cohorts.api.store_event("look", name, DAY)
    for name in ("ada", "cy"):
        cohorts.api.store_event("buy", name, DAY.replace(day=11))
    return cohorts


@pytest.fixture
def pro(people: Cohorts) -> int:
    """The cohort of Ada and Bob."""
    return made(people, "Pro", "plan", "pro")


@pytest.fixture
def york(people: Cohorts) -> int:
    """The cohort of Bob and Cy."""
    return made(people, "York", "city", "York")


def made(people: Cohorts, name: str, key: str, value: str) -> int:
    """A calculated cohort."""
    cohort: int = people.make(name=name, filters=criteria(person(key, value)))["id"]
    do_waiting_jobs()
    return cohort


def ask(people: Cohorts, kind: str, breakdown: Any, **query: Any) -> Any:
    """The results of a query broken down by cohorts."""
    breakdown_filter = {"breakdown": breakdown, "breakdown_type": "cohort"}
    asked = {"kind": kind, "dateRange": RANGE, "breakdownFilter": breakdown_filter, **query}
    return people.api.answer(asked, refresh="force_blocking")["results"]


def series(*names: str) -> list[dict[str, Any]]:
    """Series of events."""
    return [{"kind": "EventsNode", "event": name} for name in names]


def test_trends_have_a_line_for_each_cohort(people: Cohorts, pro: int, york: int) -> None:
    """The largest first; somebody in two cohorts counts in both."""
    results = ask(people, "TrendsQuery", [york, "all", pro], series=series("look"))
    assert [(each["breakdown_value"], each["label"], each["data"]) for each in results] == [
        ("all", "all users", [5, 0]),
        (pro, "Pro", [4, 0]),
        (york, "York", [2, 0]),
    ]
    assert results[0]["filter"]["breakdown"] == [york, "all", pro]
    (alone,) = ask(people, "TrendsQuery", pro, series=series("look"))
    assert (alone["breakdown_value"], alone["label"], alone["count"]) == (pro, "Pro", 4)


def test_each_series_of_a_trend_has_its_cohorts(people: Cohorts, pro: int, york: int) -> None:
    """With the series' name before the cohort's; formulas are reckoned for each cohort."""
    results = ask(people, "TrendsQuery", [pro, york], series=series("look", "buy"))
    assert [(each["label"], each["count"]) for each in results] == [
        ("look - Pro", 4),
        ("look - York", 2),
        ("buy - Pro", 1),
        ("buy - York", 1),
    ]
    options = {"trendsFilter": {"formula": "A-B", "display": "BoldNumber"}}
    results = ask(people, "TrendsQuery", [york, pro], series=series("look", "buy"), **options)
    assert [(each["breakdown_value"], each["aggregated_value"]) for each in results] == [(pro, 3), (york, 1)]


def test_funnels_are_one_for_each_cohort(people: Cohorts, pro: int, york: int) -> None:
    """Each step has the cohort's name and id."""
    results = ask(people, "FunnelsQuery", [pro, york, "all"], series=series("look", "buy"))
    assert [[(step["count"], step["breakdown"], step["breakdown_value"]) for step in funnel] for funnel in results] == [
        [(3, "all users", "all"), (2, "all users", "all")],
        [(2, "Pro", pro), (1, "Pro", pro)],
        [(2, "York", york), (1, "York", york)],
    ]
    over_time = ask(
        people, "FunnelsQuery", [pro], series=series("look", "buy"), funnelsFilter={"funnelVizType": "trends"}
    )
    assert [(each["breakdown_value"], each["data"][0]) for each in over_time] == [(pro, 50)]


def test_retention_has_rows_for_each_cohort(people: Cohorts, pro: int, york: int) -> None:
    """The larger one first."""
    entities = {"targetEntity": {"id": "look", "type": "events"}, "returningEntity": {"id": "buy", "type": "events"}}
    retention = {"retentionFilter": {**entities, "period": "Day", "totalIntervals": 2}}
    results = ask(people, "RetentionQuery", [pro, york], **retention)
    firsts = {
        row["breakdown_value"]: [cell["count"] for cell in row["values"]] for row in results if row["label"] == "Day 0"
    }
    assert firsts == {pro: [2, 1], york: [2, 1]}


def test_who_is_behind_a_number_of_a_cohort(people: Cohorts, pro: int, york: int) -> None:
    """The members who are counted there."""

    def behind(query: dict[str, Any]) -> list[str]:
        found = people.api.answer(
            {"kind": "ActorsQuery", "source": query, "select": ["actor"]}, refresh="force_blocking"
        )
        return sorted(row[0]["distinct_ids"][0] for row in found["results"])

    breakdown = {"breakdown": [pro, york], "breakdown_type": "cohort"}
    trend = {"kind": "TrendsQuery", "series": series("look"), "dateRange": RANGE, "breakdownFilter": breakdown}
    assert behind({"kind": "InsightActorsQuery", "source": trend, "day": "2024-05-10", "breakdown": york}) == [
        "bob",
        "cy",
    ]
    funnel = {**trend, "kind": "FunnelsQuery", "series": series("look", "buy")}
    step = {"kind": "FunnelsActorsQuery", "source": funnel, "funnelStep": 2}
    assert behind({**step, "funnelStepBreakdown": pro}) == ["ada"]


def test_cohorts_that_are_not_there_are_named(people: Cohorts, pro: int) -> None:
    """And cohorts do not stand beside other breakdowns."""
    query = {"kind": "TrendsQuery", "series": series("look")}
    for named in (999_999, "x"):
        fault = people.api.fault({**query, "breakdownFilter": {"breakdown": [pro, named], "breakdown_type": "cohort"}})
        assert fault["detail"] == f"Cohort {named} does not exist"
    both = [{"type": "cohort", "property": pro}, {"type": "event", "property": "x"}]
    fault = people.api.fault({**query, "breakdownFilter": {"breakdowns": both}})
    assert fault["detail"] == "A breakdown by cohort cannot be combined with others."
