"""Funnels by steps: who is counted in which step, and how long it took."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.errors import InsightError
from tests.insights.asking import Event, at, new_context, store_events, store_group, store_persons
from tests.insights.funnels.asking import ask, counts, exclusion, funnel, step

START = at("2024-11-04 10:00")


def history(person: str, text: str, **more: Any) -> list[Event]:
    """A person's events from a text such as `A@0 B@50`: names and seconds after START."""
    parts = [part.split("@") for part in text.split()]
    return [Event(name, START + timedelta(seconds=float(seconds)), person, **more) for name, seconds in parts]


def stored(event_store: EventStore, *histories: list[Event], **known: Any) -> ProjectContext:
    context = new_context(**known)
    store_events(event_store, context, [event for each in histories for event in each])
    return context


def in_seconds(seconds: int) -> dict[str, Any]:
    return {"funnelWindowInterval": seconds, "funnelWindowIntervalUnit": "second"}


def test_how_far_each_person_came_and_how_long_it_took(event_store: EventStore) -> None:
    context = stored(
        event_store,
        history("p1", "A@0 B@10 C@30"),
        history("p2", "A@0 B@20 C@500"),
        history("p3", "B@0"),
    )
    answer = ask(event_store, context, funnel("A", "B", "C", **in_seconds(60)))
    assert counts(answer) == [2, 2, 1]
    first, second, third = answer["results"]
    assert first == {
        "action_id": "A",
        "name": "A",
        "custom_name": None,
        "order": 0,
        "people": [],
        "count": 2,
        "type": "events",
        "average_conversion_time": None,
        "median_conversion_time": None,
    }
    assert (second["average_conversion_time"], second["median_conversion_time"]) == (15.0, 15.0)
    assert (third["average_conversion_time"], third["median_conversion_time"]) == (20.0, 20.0)
    assert answer["total_median_conversion_time"] == 30.0


def test_the_latest_beginning_is_the_one_that_counts(event_store: EventStore) -> None:
    context = stored(event_store, history("p1", "A@0 A@10 B@50 C@65"))
    _, second, third = ask(event_store, context, funnel("A", "B", "C", **in_seconds(60)))["results"]
    assert (second["average_conversion_time"], third["average_conversion_time"]) == (40.0, 15.0)

    context = stored(event_store, history("p1", "A@0 B@50 C@65"))
    assert counts(ask(event_store, context, funnel("A", "B", "C", **in_seconds(60)))) == [1, 1, 0]


def test_the_window_includes_its_last_moment(event_store: EventStore) -> None:
    context = stored(event_store, history("in", "A@0 B@60"), history("out", "A@0 B@60.000001"))
    assert counts(ask(event_store, context, funnel("A", "B", **in_seconds(60)))) == [2, 1]


@pytest.mark.parametrize(
    ("unit", "length"),
    [("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400), ("week", 604800), ("month", 31 * 86400)],
)
def test_units_of_the_window(event_store: EventStore, unit: str, length: int) -> None:
    context = stored(event_store, history("in", f"A@0 B@{length}"), history("out", f"A@0 B@{length + 1}"))
    query = funnel("A", "B", funnelWindowInterval=1, funnelWindowIntervalUnit=unit)
    query["dateRange"] = {"date_from": "2024-11-01", "date_to": "2024-12-31"}
    assert counts(ask(event_store, context, query)) == [2, 1]


def test_steps_at_the_same_instant_convert_but_one_event_is_one_step(event_store: EventStore) -> None:
    context = stored(event_store, history("same", "B@0 A@0"), history("once", "A@0"))
    assert counts(ask(event_store, context, funnel("A", "B"))) == [2, 1]
    assert counts(ask(event_store, context, funnel("A", "A"))) == [2, 0]
    twice = stored(event_store, history("twice", "A@0 A@0"))
    assert counts(ask(event_store, twice, funnel("A", "A"))) == [1, 1]
    assert counts(ask(event_store, twice, funnel("A", step(None), funnelOrderType="unordered"))) == [1, 1]


def test_conversions_after_the_range_do_not_count(event_store: EventStore) -> None:
    late = [Event("A", at("2024-11-30 23:00"), "p1"), Event("B", at("2024-12-01 00:30"), "p1")]
    context = stored(event_store, late, [Event("A", at("2024-10-31 23:00"), "p2"), *history("p2", "B@0")])
    assert counts(ask(event_store, context, funnel("A", "B"))) == [1, 0]


def test_strict_steps_follow_each_other(event_store: EventStore) -> None:
    context = stored(
        event_store,
        history("straight", "A@0 B@10 C@20"),
        history("detour", "A@0 X@5 B@10 C@20"),
        history("again", "A@0 X@5 B@10 A@20 B@30"),
        history("twice", "A@0 B@10 B@15 C@20"),
    )
    assert counts(ask(event_store, context, funnel("A", "B", "C", funnelOrderType="strict"))) == [4, 3, 2]


def test_unordered_steps(event_store: EventStore) -> None:
    context = stored(
        event_store,
        history("backwards", "C@0 B@10 A@40"),
        history("one", "B@0"),
        history("far", "A@0 B@500 C@530"),
    )
    answer = ask(event_store, context, funnel("A", "B", "C", funnelOrderType="unordered", **in_seconds(60)))
    assert counts(answer) == [3, 2, 1]
    assert [each["name"] for each in answer["results"]] == [
        "Completed 1 step",
        "Completed 2 steps",
        "Completed 3 steps",
    ]
    assert [each["action_id"] for each in answer["results"]] == [None, None, None]
    assert [each["average_conversion_time"] for each in answer["results"]] == [None, 20.0, 30.0]


def test_an_exclusion_takes_the_person_out_of_the_whole_funnel(event_store: EventStore) -> None:
    context = stored(
        event_store,
        history("excluded", "A@0 X@5 B@10"),
        history("before", "X@0 A@5 B@10"),
        history("after", "A@0 B@10 X@15"),
        history("rescued", "A@0 X@5 A@10 B@20"),
        history("stuck", "A@0 X@5"),
    )
    assert counts(ask(event_store, context, funnel("A", "B", exclusions=[exclusion("X", 0, 1)]))) == [3, 3]


def test_optional_steps_may_be_left_out(event_store: EventStore) -> None:
    context = stored(
        event_store,
        history("all", "A@0 B@10 C@30"),
        history("skips", "A@0 C@50"),
        history("only", "A@0 B@10"),
    )
    answer = ask(event_store, context, funnel("A", step("B", optionalInFunnel=True), "C"))
    assert counts(answer) == [3, 2, 2]
    assert [each["average_conversion_time"] for each in answer["results"]] == [None, None, 40.0]


def test_first_time_steps(event_store: EventStore) -> None:
    earlier = [Event("A", at("2024-10-01 10:00"), "old", {"plan": "free"})]
    new = [Event("A", START, "new", {"plan": "pro"}), *history("new", "B@10")]
    old = [Event("A", START, "old", {"plan": "pro"}), *history("old", "B@10")]
    context = stored(event_store, earlier, new, old)
    pro = [{"key": "plan", "value": "pro"}]
    assert counts(ask(event_store, context, funnel(step("A"), "B"))) == [2, 2]
    assert counts(ask(event_store, context, funnel(step("A", math="first_time_for_user"), "B"))) == [1, 1]
    fitting = step("A", math="first_time_for_user_with_filters", properties=pro)
    assert counts(ask(event_store, context, funnel(fitting, "B"))) == [2, 2]
    ever = step("A", math="first_time_for_user", properties=pro)
    assert counts(ask(event_store, context, funnel(ever, "B"))) == [1, 1]


def test_groups_and_expressions_as_actors(event_store: EventStore) -> None:
    first = [Event("A", START, "ann", {"plan": "x"}, session="s1", groups={0: "acme"})]
    second = [Event("B", START + timedelta(seconds=9), "bob", {"plan": "x"}, session="s2", groups={0: "acme"})]
    context = stored(event_store, first, second, history("cleo", "A@0 B@1"), group_types=("company",))
    assert counts(ask(event_store, context, funnel("A", "B"))) == [2, 1]
    assert counts(ask(event_store, context, funnel("A", "B", aggregation_group_type_index=0))) == [1, 1]
    by_plan = funnel("A", "B", funnelAggregateByHogQL="properties.plan")
    assert counts(ask(event_store, context, by_plan)) == [1, 1]
    by_session = funnel("A", "B", funnelAggregateByHogQL="properties.$session_id")
    assert counts(ask(event_store, context, by_session)) == []


def test_filters_of_the_question_the_steps_and_the_project(event_store: EventStore) -> None:
    events = [
        Event(name, START + timedelta(seconds=second), person, {"plan": plan})
        for person, plan in (("ann", "pro"), ("bob", "free"), ("cleo", "test"))
        for second, name in enumerate("AB")
    ]
    context = stored(event_store, events)
    pro = [{"key": "plan", "value": "pro"}]
    assert counts(ask(event_store, context, funnel("A", "B", properties=pro))) == [1, 1]
    assert counts(ask(event_store, context, funnel("A", step("B", properties=pro)))) == [3, 1]
    both = {"kind": "GroupNode", "operator": "OR", "nodes": [step("A", properties=pro), step("B", properties=pro)]}
    assert counts(ask(event_store, context, funnel("A", both))) == [3, 1]
    real = [{"key": "plan", "value": "test", "operator": "is_not"}]
    assert counts(ask(event_store, context, funnel("A", "B", filterTestAccounts=True), test_account_filters=real)) == [
        2,
        2,
    ]


def test_nobody_entered(event_store: EventStore) -> None:
    context = stored(event_store, history("p1", "B@0"))
    answer = ask(event_store, context, funnel("A", "B"))
    assert (answer["results"], answer["total_median_conversion_time"]) == ([], None)
    assert ask(event_store, context, funnel())["results"] == []
    assert counts(ask(event_store, context, funnel("B"))) == [1]


def test_a_funnel_of_the_most_steps(event_store: EventStore) -> None:
    names = [f"step {at}" for at in range(20)]
    events = [Event(name, START + timedelta(seconds=second), "p1") for second, name in enumerate(names)]
    context = stored(event_store, events)
    assert counts(ask(event_store, context, funnel(*names))) == [1] * 20


def test_all_of_history(event_store: EventStore) -> None:
    context = stored(event_store, [Event("A", datetime.fromisoformat("2020-01-01T00:00+00:00"), "p1")])
    assert counts(ask(event_store, context, funnel("A", "B", dateRange={"date_from": "all"}))) == [1, 0]


def test_another_projects_events_are_not_seen(event_store: EventStore) -> None:
    mine, other = new_context(), new_context()
    store_events(event_store, mine, history("ann", "A@0"))
    store_events(event_store, other, [*history("ann", "B@10"), *history("bob", "A@0 B@5")])
    store_persons(event_store, other, {"ann": {"plan": "pro"}})
    store_group(event_store, other, 0, "acme", {"size": 4})
    for order in ("ordered", "strict", "unordered"):
        assert counts(ask(event_store, mine, funnel("A", "B", funnelOrderType=order))) == [1, 0]
    first = step("A", math="first_time_for_user")
    assert counts(ask(event_store, mine, funnel(first, "B"))) == [1, 0]
    by_plan = funnel("A", "B", breakdown={"breakdown": "plan", "breakdown_type": "person"})
    (only,) = ask(event_store, mine, by_plan)["results"]
    assert [each["breakdown"] for each in only] == [[""], [""]]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (
            funnel("A", "B", exclusions=[exclusion("X", 1, 1)]),
            "Exclusion event range is invalid. End of range should be greater than start.",
        ),
        (
            funnel("A", "B", exclusions=[exclusion("X", 2, 3)]),
            "Exclusion event range is invalid. Start of range is greater than number of steps.",
        ),
        (
            funnel("A", "B", exclusions=[exclusion("X", 0, 2)]),
            "Exclusion event range is invalid. End of range is greater than number of steps.",
        ),
        (
            funnel("A", "B", exclusions=[exclusion("B", 0, 1)]),
            "Exclusion steps cannot contain an event that's part of funnel steps.",
        ),
        (
            funnel("A", "B", "C", exclusions=[exclusion("X", 0, 1)], funnelOrderType="unordered"),
            "Partial Exclusions not allowed in unordered funnels",
        ),
        (
            funnel(
                "A",
                "B",
                funnelOrderType="unordered",
                breakdownAttributionType="step",
                breakdownAttributionValue=1,
                breakdown={"breakdown": "plan"},
            ),
            "Only the first step can be used for breakdown attribution in unordered funnels",
        ),
        (
            funnel("A", "B", "C", funnelFromStep=2),
            "funnelFromStep is out of bounds. It must be between 0 and 1.",
        ),
        (
            funnel("A", "B", "C", funnelToStep=3),
            "funnelToStep is out of bounds. It must be between 1 and 2.",
        ),
        (
            funnel("A", "B", "C", funnelFromStep=1, funnelToStep=1),
            "Funnel step range is invalid. funnelToStep should be greater than funnelFromStep.",
        ),
        (
            funnel(step("A", optionalInFunnel=True), "B"),
            "The first step of a funnel cannot be optional.",
        ),
        (
            funnel("A", step("B", optionalInFunnel=True), "B"),
            "An optional step cannot be the same as the following required step.",
        ),
        (
            funnel("A", step("B", optionalInFunnel=True), "C", funnelOrderType="unordered"),
            "Optional funnel steps are only supported in funnels with step order Sequential or Strict and the graph"
            ' type "Conversion Steps".',
        ),
        (
            funnel("A", funnelVizType="trends"),
            "A funnel needs at least two steps to show conversion between them.",
        ),
        (
            funnel("A", "B", breakdown={"breakdown": 4, "breakdown_type": "cohort"}),
            "Cohort 4 does not exist",
        ),
        (
            funnel("A", "B", compareFilter={"compare": True, "compare_to": "soon"}),
            "'soon' is not an offset to compare with. Use one such as -1w, -1m or -1y.",
        ),
    ],
)
def test_what_a_funnel_cannot_ask_for(event_store: EventStore, query: dict[str, Any], detail: str) -> None:
    with pytest.raises(InsightError) as refusal:
        ask(event_store, new_context(), query)
    assert refusal.value.detail == detail
