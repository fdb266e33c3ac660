"""Every number of people in a table leads to exactly as many people."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

NOON = datetime.now(UTC).replace(hour=0, minute=1)


def node(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "EventsNode", "event": name, **more}


WEEK = {"date_from": "-6d"}
MOST_LOOKED_AT = 6
SERIES = [node("seen", math="dau"), node("paid", math="dau")]
STEPS = [node("seen"), node("paid")]
BY_PLAN = {"breakdowns": [{"property": "plan", "type": "event"}]}
ENTITIES = {"targetEntity": {"id": "seen", "type": "events"}, "returningEntity": {"id": "paid", "type": "events"}}

QUESTIONS = {
    "trends": {"kind": "TrendsQuery", "series": SERIES, "dateRange": WEEK, "compareFilter": {"compare": True}},
    "trends broken down": {"kind": "TrendsQuery", "series": SERIES, "dateRange": WEEK, "breakdownFilter": BY_PLAN},
    "trends in all": {
        "kind": "TrendsQuery",
        "series": SERIES,
        "dateRange": WEEK,
        "breakdownFilter": {"breakdown": "plan", "breakdown_type": "event"},
        "trendsFilter": {"display": "ActionsBarValue"},
    },
    "funnels": {"kind": "FunnelsQuery", "series": STEPS, "dateRange": WEEK},
    "funnels broken down": {
        "kind": "FunnelsQuery",
        "series": STEPS,
        "dateRange": WEEK,
        "breakdownFilter": BY_PLAN,
    },
    "retention": {
        "kind": "RetentionQuery",
        "retentionFilter": {**ENTITIES, "period": "Day", "totalIntervals": 5, "retentionType": "retention_recurring"},
    },
    "paths": {"kind": "PathsQuery", "dateRange": WEEK, "pathsFilter": {}},
    "stickiness": {"kind": "StickinessQuery", "series": STEPS, "dateRange": WEEK},
    "stickiness added up": {
        "kind": "StickinessQuery",
        "series": STEPS,
        "dateRange": WEEK,
        "stickinessFilter": {"computedAs": "cumulative"},
    },
    "lifecycle": {"kind": "LifecycleQuery", "series": [node("seen")], "dateRange": WEEK},
}


@pytest.fixture
def crowd(visitor: Visitor) -> Visitor:
    """A visitor of a project where five people did different things on different days."""
    events: list[dict[str, Any]] = []
    for number, person in enumerate("abcde"):
        plan = ["Grove", "Free", "a, b"][number % 3]
        for day in range(number % 3 + 1):
            at = NOON - timedelta(days=day)
            common = {"distinct_id": person, "properties": {"plan": plan}}
            events.append({"event": "seen", "timestamp": at, **common})
            if number != 2:
                events.append({"event": "paid", "timestamp": at + timedelta(seconds=20 + number), **common})
    visitor.events.store_events(events)
    return visitor


def people(text: str, hint: str) -> int:
    """How many people a cell stands for; a share says so in its hint."""
    return abs(int((hint.partition(" of ")[0] if text.endswith("%") else text).replace(",", "")))


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_number_leads_to_as_many_people(crowd: Visitor, name: str) -> None:
    kind = name.partition(" ")[0]
    page = crowd.ask(kind, QUESTIONS[name])
    assert page.context["problem"] == ""
    linked = [
        cell for table in page.context["shown"].tables for line in table.lines for cell in line.cells if cell.point
    ]
    assert linked
    for cell in linked[:: len(linked) // MOST_LOOKED_AT + 1]:
        listed = crowd.client.get(f"{page.context['people']}&{cell.point}").context
        assert listed["problem"] == "" and listed["total"] == len(listed["rows"])
        if kind == "paths":  # its numbers are times, and somebody may go the same way twice
            assert 0 < listed["total"] <= int(cell.text)
        else:
            assert listed["total"] == people(cell.text, cell.hint), (cell, listed["about"])


def test_a_bar_leads_where_the_number_does(crowd: Visitor) -> None:
    for name in ("trends", "funnels", "stickiness", "lifecycle"):
        shown = crowd.ask(name, QUESTIONS[name]).context["shown"]
        cells = {cell.point for table in shown.tables for line in table.lines for cell in line.cells if cell.point}
        drawn = {row["point"] for row in shown.specification["data"]["values"] if row["value"]}
        assert drawn and drawn <= cells


def test_the_list_names_people_and_leads_back(crowd: Visitor) -> None:
    page = crowd.ask("trends", QUESTIONS["trends in all"])
    cell = page.context["shown"].tables[0].lines[0].cells[0]
    address = f"{page.context['people']}&{cell.point}"
    assert address.replace("&", "&amp;") in page.content.decode()
    listed = crowd.client.get(address)
    assert [row.events for row in listed.context["rows"]] == sorted(
        (row.events for row in listed.context["rows"]), reverse=True
    )
    assert crowd.client.get(listed.context["back"]).context["question"].query == page.context["question"].query


def test_numbers_that_nobody_stands_behind_are_no_links(crowd: Visitor) -> None:
    formulas = {"display": "ActionsLineGraph", "formulaNodes": [{"formula": "A + B"}]}
    for looks in (formulas, {"display": "ActionsLineGraphCumulative"}, {"smoothingIntervals": 3}):
        shown = crowd.ask("trends", {**QUESTIONS["trends"], "trendsFilter": looks}).context["shown"]
        assert not any(cell.point for line in shown.tables[0].lines for cell in line.cells)


MISTAKEN = [
    ("trends", "series=9"),
    ("trends", "day=never"),
    ("trends", "offset=x"),
    ("trends", "q=nonsense"),
    ("funnels", "step=x"),
    ("funnels", "step=-1"),
    ("retention", "interval=99"),
    ("retention", "interval=0&column=99"),
    ("paths", "start=nowhere&end=1_elsewhere"),
    ("stickiness", "day=x"),
    ("lifecycle", "status=asleep"),
]


def test_a_number_that_does_not_exist_is_no_error(crowd: Visitor) -> None:
    for name, which in MISTAKEN:
        question = quote(json.dumps(QUESTIONS[name]))
        address = f"/project/{crowd.project.pk}/insights/{name}/people?q={question}&{which}"
        assert crowd.client.get(address).status_code == 200
