"""The response of a TrendsQuery: fields of results, their order, comparison, formulas, smoothing, and refusals."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import HogQLError
from hedgerow.insights.errors import InsightError
from hedgerow.insights.trends import TrendsQuery
from tests.insights.asking import Event, ask, at, new_context, store_events, store_group, store_persons

OTHER = "$$_posthog_breakdown_other_$$"
NONE = "$$_posthog_breakdown_null_$$"


@pytest.fixture(scope="module")
def shop(event_store: EventStore) -> ProjectContext:
    """A project whose numbers can be counted by hand; the questions are asked on Tuesday, 5 November 2024."""
    context = new_context(group_types=("company",))
    store_persons(event_store, context, {"ann": {"plan": "pro"}, "bob": {"plan": "free"}})
    store_group(event_store, context, 0, "acme", {"size": "big"})
    store_events(
        event_store,
        context,
        [
            Event("view", at("2024-11-05 09:00"), "ann", {"browser": "Chrome", "price": 1, "url": "/a/"}),
            Event("view", at("2024-11-05 09:20"), "bob", {"browser": "Safari", "price": 2, "url": "/a"}),
            Event("view", at("2024-11-03 12:00"), "ann", {"browser": "Chrome", "price": 5, "url": "/b"}),
            Event("view", at("2024-11-03 13:00"), "ann", {"browser": "Chrome", "price": 10, "url": "/b?"}),
            Event("buy", at("2024-11-03 14:00"), "ann", {"browser": "Chrome", "price": 30}, groups={0: "acme"}),
            Event("buy", at("2024-11-05 10:00"), "bob", {"price": "n/a"}, session="s1"),
            Event("view", at("2024-10-29 09:00"), "cleo", {"browser": "Opera", "price": 7}),
            Event("view", at("2024-10-27 09:00"), "bob", {"browser": "Chrome", "price": 3}),
        ],
    )
    return context


def node(event: str | None = "view", **more: Any) -> dict[str, Any]:
    return {"kind": "EventsNode", "event": event, **more}


def asked(*series: dict[str, Any], date_from: str | None = "-2d", **more: Any) -> dict[str, Any]:
    return {"kind": "TrendsQuery", "series": list(series), "dateRange": {"date_from": date_from}, **more}


def shown(display: str) -> dict[str, Any]:
    return {"trendsFilter": {"display": display}}


def test_a_result_of_a_line(event_store: EventStore, shop: ProjectContext) -> None:
    answer = ask(event_store, shop, asked(node(math="dau", custom_name="Visitors")))
    assert answer["results"] == [
        {
            "action": {
                "days": ["2024-11-03T00:00:00Z", "2024-11-04T00:00:00Z", "2024-11-05T00:00:00Z"],
                "id": "view",
                "type": "events",
                "order": 0,
                "name": "view",
                "custom_name": "Visitors",
                "math": "dau",
                "math_property": None,
                "math_hogql": None,
                "math_group_type_index": None,
                "properties": {},
            },
            "data": [1, 0, 2],
            "labels": ["3-Nov-2024", "4-Nov-2024", "5-Nov-2024"],
            "days": ["2024-11-03", "2024-11-04", "2024-11-05"],
            "count": 3.0,
            "label": "view",
            "filter": {
                "insight": "TRENDS",
                "properties": [],
                "filter_test_accounts": False,
                "date_from": "-2d",
                "date_to": None,
                "interval": "day",
                "display": "ActionsLineGraph",
            },
        }
    ]
    assert answer["hasMore"] is False
    assert answer["resolved_date_range"] == {
        "date_from": "2024-11-03T00:00:00Z",
        "date_to": "2024-11-05T23:59:59.999999Z",
    }
    assert answer["resolved_compare_date_range"] is None


@pytest.mark.parametrize("display", ["BoldNumber", "ActionsPie", "ActionsBarValue", "ActionsTable", "WorldMap"])
def test_a_result_of_one_number(event_store: EventStore, shop: ProjectContext, display: str) -> None:
    (result,) = ask(event_store, shop, asked(node(), **shown(display)))["results"]
    assert {key: result[key] for key in ("data", "days", "count", "aggregated_value", "label")} == {
        "data": [],
        "days": [],
        "count": 0,
        "aggregated_value": 4,
        "label": "view",
    }
    assert "labels" not in result


@pytest.mark.parametrize("display", ["ActionsBar", "ActionsStackedBar", "ActionsAreaGraph", "Metric", "Auto"])
def test_other_displays_have_plain_numbers_by_day(event_store: EventStore, shop: ProjectContext, display: str) -> None:
    (result,) = ask(event_store, shop, asked(node(), **shown(display)))["results"]
    assert result["data"] == [2, 0, 2]


def test_nothing_found_is_zeros(event_store: EventStore, shop: ProjectContext) -> None:
    for math in ("total", "dau", "weekly_active", "avg", "p90_count_per_actor", "first_time_for_user"):
        series = node("never", math=math, math_property="price")
        assert ask(event_store, shop, asked(series))["results"][0]["data"] == [0, 0, 0]
        assert ask(event_store, shop, asked(series, **shown("BoldNumber")))["results"][0]["aggregated_value"] == 0
        broken_down = asked(series, breakdownFilter={"breakdown": "browser"})
        assert ask(event_store, shop, broken_down)["results"] == []


def test_no_series_and_an_end_before_the_start(event_store: EventStore, shop: ProjectContext) -> None:
    assert ask(event_store, shop, asked())["results"] == []
    reversed_range = {**asked(node()), "dateRange": {"date_from": "2024-11-05", "date_to": "2024-11-01"}}
    (result,) = ask(event_store, shop, reversed_range)["results"]
    assert (result["data"], result["days"], result["count"]) == ([], [], 0)


def test_a_series_of_all_events_and_one_of_several(event_store: EventStore, shop: ProjectContext) -> None:
    either = {"kind": "GroupNode", "operator": "OR", "nodes": [node(), node("buy", properties=[])]}
    expensive = {"key": "price", "operator": "gt", "value": 4}
    both = {"kind": "GroupNode", "operator": "AND", "nodes": [node(), node(None, properties=[expensive])]}
    results = ask(event_store, shop, asked(node(None), either, both))["results"]
    assert [result["label"] for result in results] == ["All events", "view or buy", "view and All events"]
    assert [result["data"] for result in results] == [[3, 0, 3], [3, 0, 3], [2, 0, 0]]
    assert [result["action"]["order"] for result in results] == [0, 1, 2]


def test_filters_of_the_query_of_the_series_and_of_the_project(event_store: EventStore, shop: ProjectContext) -> None:
    ann = [{"type": "person", "key": "plan", "value": "pro"}]
    cheap = [{"key": "price", "operator": "lt", "value": 6}]
    query = asked(node(properties=cheap, fixedProperties=[{"key": "url", "value": "/b"}]), properties=ann)
    assert ask(event_store, shop, query)["results"][0]["data"] == [1, 0, 0]
    own = [{"type": "person", "key": "plan", "value": "pro", "operator": "is_not"}]
    tested = asked(node(), filterTestAccounts=True)
    assert ask(event_store, shop, tested, test_account_filters=own)["results"][0]["data"] == [0, 0, 1]
    assert ask(event_store, shop, asked(node()), test_account_filters=own)["results"][0]["data"] == [2, 0, 2]


def test_all_of_time_begins_with_the_first_event_of_the_project(event_store: EventStore, shop: ProjectContext) -> None:
    query = asked(node("buy"), date_from="all", compareFilter={"compare": True})
    (result,) = ask(event_store, shop, query)["results"]
    assert result["days"][0] == "2024-10-27"
    assert result["count"] == 2
    assert "compare" not in result


def test_comparison_puts_the_period_before_behind(event_store: EventStore, shop: ProjectContext) -> None:
    query = asked(node(), node("buy"), date_from="-7d", compareFilter={"compare": True})
    answer = ask(event_store, shop, query)
    results = answer["results"]
    assert [(each["label"], each["compare_label"]) for each in results] == [
        ("view", "current"),
        ("buy", "current"),
        ("view", "previous"),
        ("buy", "previous"),
    ]
    assert all(each["compare"] is True for each in results)
    # Exactly seven days earlier: the event of 29 October is at the start of the one and at the end of the other.
    assert results[0]["data"] == [1, 0, 0, 0, 0, 2, 0, 2]
    assert results[2]["data"] == [0, 0, 0, 0, 0, 1, 0, 1]
    assert results[2]["days"] == [f"2024-10-{day}" for day in range(22, 30)]
    assert answer["resolved_compare_date_range"]["date_from"] == "2024-10-22T00:00:00Z"


def test_comparison_with_a_week_earlier(event_store: EventStore, shop: ProjectContext) -> None:
    query = asked(node(), compareFilter={"compare": True, "compare_to": "-1w"}, **shown("BoldNumber"))
    current, before = ask(event_store, shop, query)["results"]
    assert (current["aggregated_value"], before["aggregated_value"]) == (4, 2)
    assert before["action"]["days"][0] == "2024-10-27T00:00:00Z"


def test_breakdown_labels_and_values(event_store: EventStore, shop: ProjectContext) -> None:
    old_form = asked(node(), node("buy"), breakdownFilter={"breakdown": "browser", "breakdown_type": "event"})
    results = ask(event_store, shop, old_form)["results"]
    assert [(each["label"], each["breakdown_value"], each["count"]) for each in results] == [
        ("view - Chrome", "Chrome", 3),
        ("view - Safari", "Safari", 1),
        ("buy - Chrome", "Chrome", 1),
        (f"buy - {NONE}", NONE, 1),
    ]


@pytest.mark.parametrize(
    ("breakdown", "expected"),
    [
        ({"type": "person", "property": "plan"}, {("pro",): 4, ("free",): 2}),
        ({"type": "group", "group_type_index": 0, "property": "size"}, {("big",): 1, (NONE,): 5}),
        ({"type": "hogql", "property": "properties.price > 4"}, {("true",): 3, ("false",): 3}),
        ({"type": "event_metadata", "property": "event"}, {("view",): 4, ("buy",): 2}),
        ({"type": "session", "property": "$session_duration"}, {("0",): 1, (NONE,): 5}),
        (
            {"type": "event", "property": "price"},
            {("1",): 1, ("2",): 1, ("5",): 1, ("10",): 1, ("30",): 1, ("n/a",): 1},
        ),
        (
            {"type": "event", "property": "url", "normalize_url": True},
            {("/a",): 2, ("/b",): 2, (NONE,): 2},
        ),
        (
            {"type": "event", "property": "price", "histogram_bin_count": 2},
            {("[1,5]",): 2, ("[5,30.01]",): 3, (NONE,): 1},
        ),
        (
            {"property": "price", "breakdown_bins": [{"high": 2}, {"low": 2, "high": 10}, {"low": 10}]},
            {("< 2",): 1, ("2 - 10",): 2, (">= 10",): 2, ("Other",): 1},
        ),
    ],
)
def test_each_type_of_breakdown(
    event_store: EventStore, shop: ProjectContext, breakdown: dict[str, Any], expected: dict[tuple[str, ...], int]
) -> None:
    results = ask(event_store, shop, asked(node(None), breakdownFilter={"breakdowns": [breakdown]}))["results"]
    assert {tuple(each["breakdown_value"]): each["count"] for each in results} == expected


def test_the_others_can_be_hidden(event_store: EventStore, shop: ProjectContext) -> None:
    broken_down = {"breakdown": "price", "breakdown_limit": 1, "breakdown_hide_other_aggregation": True}
    for math in ("total", "dau"):
        answer = ask(event_store, shop, asked(node(math=math), breakdownFilter=broken_down))
        assert [each["breakdown_value"] for each in answer["results"]] == ["1"]
        assert answer["hasMore"] is True


def test_a_breakdown_by_everyone(event_store: EventStore, shop: ProjectContext) -> None:
    broken_down = {"breakdown": ["all"], "breakdown_type": "cohort"}
    (result,) = ask(event_store, shop, asked(node(), breakdownFilter=broken_down))["results"]
    assert (result["breakdown_value"], result["label"], result["count"]) == ("all", "all users", 4)


def test_formulas(event_store: EventStore, shop: ProjectContext) -> None:
    formulas = [{"formula": "A/B"}, {"formula": "a - b", "custom_name": "Views without buying"}]
    query = asked(node(), node("buy"), trendsFilter={"formulaNodes": formulas})
    first, second = ask(event_store, shop, query)["results"]
    assert (first["label"], first["data"], first["count"], first["action"]) == ("Formula (A/B)", [2, 0, 2], 4, None)
    assert first["days"] == ["2024-11-03", "2024-11-04", "2024-11-05"]
    assert (second["label"], second["data"]) == ("Views without buying", [1, 0, 1])


def test_a_formula_of_one_number_and_of_two_periods(event_store: EventStore, shop: ProjectContext) -> None:
    query = asked(node(), node("buy"), trendsFilter={"formula": "A/B", "display": "BoldNumber"})
    (result,) = ask(event_store, shop, query)["results"]
    assert (result["aggregated_value"], result["data"], result["count"]) == (2, None, 0)
    compared = {**query, "compareFilter": {"compare": True}, "trendsFilter": {"formulas": ["A+B"]}}
    current, before = ask(event_store, shop, {**compared, "dateRange": {"date_from": "-7d"}})["results"]
    assert (current["compare_label"], current["data"]) == ("current", [1, 0, 0, 0, 0, 3, 0, 3])
    assert (before["compare_label"], before["data"]) == ("previous", [0, 0, 0, 0, 0, 1, 0, 1])


def test_a_formula_by_breakdown_takes_missing_series_as_zeros(event_store: EventStore, shop: ProjectContext) -> None:
    query = asked(node(), node("buy"), breakdownFilter={"breakdown": "browser"}, trendsFilter={"formula": "10 * B + A"})
    results = ask(event_store, shop, query)["results"]
    assert [(each["breakdown_value"], each["data"]) for each in results] == [
        ("Chrome", [12, 0, 1]),
        ("Safari", [0, 0, 1]),
        (NONE, [0, 0, 10]),
    ]


def test_smoothing_takes_the_mean_of_the_last_points(event_store: EventStore, shop: ProjectContext) -> None:
    smoothed = asked(node(), trendsFilter={"smoothingIntervals": 2})
    assert ask(event_store, shop, smoothed)["results"][0]["data"] == [2, 1, 1]


def test_the_time_and_the_length_of_sessions_can_be_measured(event_store: EventStore) -> None:
    context = new_context()
    store_events(
        event_store,
        context,
        [
            Event("view", at("2024-11-05 10:00"), session="long"),
            Event("view", at("2024-11-05 10:10"), session="long"),
            Event("view", at("2024-11-05 10:00"), session="short"),
        ],
    )
    duration = node(math="avg", math_property="$session_duration", math_property_type="session_properties")
    time = node(math="max", math_property="$time")
    lengths, times = ask(event_store, context, asked(duration, time))["results"]
    assert lengths["data"] == [0, 0, 300]
    assert times["data"] == [0, 0, at("2024-11-05 10:10").timestamp()]


def test_another_project_never_shows_through_persons_groups_or_sessions(event_store: EventStore) -> None:
    mine, theirs = (new_context(group_types=("company",)) for _ in range(2))
    for context, secret in ((mine, "mine"), (theirs, "theirs")):
        # The same ids and keys in both projects.
        store_persons(event_store, context, {"ann": {"plan": secret}})
        store_group(event_store, context, 0, "acme", {"size": secret})
        view = Event("view", at("2024-11-05 10:00"), "ann", {"$current_url": secret}, session="s", groups={0: "acme"})
        store_events(event_store, context, [view])
    for breakdown in (
        {"type": "person", "property": "plan"},
        {"type": "group", "group_type_index": 0, "property": "size"},
        {"type": "session", "property": "$entry_current_url"},
        {"type": "hogql", "property": "person.properties.plan"},
    ):
        for overrides in (False, True):
            context = replace(mine, has_person_overrides=overrides)
            query = asked(node(math="dau"), breakdownFilter={"breakdowns": [breakdown]})
            (result,) = ask(event_store, context, query)["results"]
            assert (result["breakdown_value"], result["count"]) == (["mine"], 1)
    hidden = {"type": "person", "key": "plan", "value": "theirs"}
    (result,) = ask(event_store, mine, asked(node(), properties=[hidden]))["results"]
    assert result["count"] == 0


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"series": None}, "series"),
        ({"series": [{"kind": "Nope"}]}, "series.0"),
        ({"series": [node(math="mode")]}, "math"),
        ({"interval": "fortnight"}, "interval"),
        ({"trendsFilter": {"display": "Hologram"}}, "trendsFilter.display"),
        ({"breakdownFilter": {"breakdowns": [{"property": "x"}] * 4}}, "breakdownFilter.breakdowns"),
        ({"breakdownFilter": {"breakdown": "x", "breakdown_limit": 0}}, "breakdownFilter.breakdown_limit"),
        ({"properties": [{"key": "x", "operator": "is_like"}]}, "properties.list.0.filter.operator"),
        ({"samplingFactor": 2}, "samplingFactor"),
    ],
)
def test_a_malformed_query_is_refused_with_the_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TrendsQuery.model_validate({**asked(node()), **change})
    assert any(place in ".".join(map(str, fault["loc"])) for fault in refused.value.errors())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"series": [node(math="hogql")]}, "needs an expression"),
        ({"series": [node(math="hogql", math_hogql="max(event)")]}, "must give a number"),
        ({"series": [node(math="unique_group")]}, "needs a group type"),
        ({"breakdownFilter": {"breakdown": [7], "breakdown_type": "cohort"}}, "Cohort 7 does not exist"),
        ({"trendsFilter": {"formula": "A/B"}}, "no such series"),
        ({"trendsFilter": {"display": "BoxPlot"}}, "not supported"),
        ({"dateRange": {"date_from": "some day"}}, "not a date"),
        ({"interval": "minute", "dateRange": {"date_from": "-1y"}}, "Choose a longer interval"),
    ],
)
def test_a_question_without_an_answer_says_why(
    event_store: EventStore, shop: ProjectContext, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InsightError, match=message):
        ask(event_store, shop, {**asked(node()), **change})


def test_an_unreadable_expression_is_an_error_of_the_request(event_store: EventStore, shop: ProjectContext) -> None:
    for series in (node(math="hogql", math_hogql="sum("), node(math="hogql", math_hogql="frobnicate(1)")):
        with pytest.raises(HogQLError):
            ask(event_store, shop, asked(series))
