"""Funnels of histories made at random against the same funnels counted by plain Python."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from tests.insights.asking import Event, at
from tests.insights.funnels.asking import ask, exclusion, funnel, step
from tests.insights.funnels.counting import (
    Attempt,
    Done,
    Question,
    Rule,
    Value,
    attempts_of,
    best_of,
    numbers,
    replayed,
    touched,
)
from tests.insights.histories import Merge, owner, stored_history

START = at("2024-11-04 22:00")
NAMES = ["A", "B", "C", "X", "Y"]
PERSONS = ["ann", "bob", "cleo", "dora"]
VALUES = ["Chrome", "Safari", "", None]

slow = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

seconds = st.integers(0, 12) | st.sampled_from([60, 3600, 7200, 90_000])
events = st.builds(
    lambda name, person, second, value: Event(
        name, START + timedelta(seconds=second), person, {} if value is None else {"browser": value}
    ),
    st.sampled_from(NAMES),
    st.sampled_from(PERSONS),
    seconds,
    st.sampled_from(VALUES),
)
histories = st.lists(events, max_size=24)
merges = st.sampled_from([[], [], [Merge("bob", "ann")], [Merge("bob", "ann"), Merge("cleo", "dora")]])
windows = st.sampled_from([1, 3, 5, 10, 3600, 7200, 86_400])
one_name_each = st.permutations(["A", "B", "C"]).flatmap(
    lambda names: st.integers(1, 3).map(lambda count: tuple(frozenset({name}) for name in names[:count]))
)
shared_names = st.lists(
    st.sampled_from(
        [frozenset("A"), frozenset("B"), frozenset("C"), frozenset("AB"), frozenset("BC"), frozenset("ABCXY")]
    ),
    min_size=1,
    max_size=4,
).map(tuple)
steps = one_name_each | shared_names


@st.composite
def questions(draw: st.DrawFn) -> Question:
    asked = Question(
        draw(steps),
        draw(windows) * 1_000_000,
        draw(st.sampled_from(["ordered", "ordered", "strict", "unordered"])),
    )
    count = len(asked.steps)
    if count > 1 and draw(st.booleans()):
        spans = [(first, last) for first in range(count) for last in range(first + 1, count)]
        spans = [(0, count - 1)] if asked.order == "unordered" else spans
        rules = draw(
            st.lists(st.tuples(st.sampled_from([frozenset("X"), frozenset("XY")]), st.sampled_from(spans)), max_size=2)
        )
        asked = replace(asked, rules=tuple(Rule(names, *span) for names, span in rules))
    if count > 2 and asked.order != "unordered" and draw(st.booleans()):
        optional = draw(st.sets(st.integers(1, count - 1), max_size=2))
        if not any(_same_as_required(asked, each, optional) for each in optional):
            asked = replace(asked, optional=frozenset(optional))
    return asked


def _same_as_required(asked: Question, optional: int, all_optional: Iterable[int]) -> bool:
    following = next((each for each in range(optional + 1, len(asked.steps)) if each not in set(all_optional)), None)
    return following is not None and asked.steps[following] == asked.steps[optional]


def node(names: frozenset[str], **more: Any) -> dict[str, Any]:
    if names == frozenset(NAMES):
        return step(None, **more)
    if len(names) == 1:
        return step(*names, **more)
    return {"kind": "GroupNode", "operator": "OR", "nodes": [step(name) for name in sorted(names)], **more}


def asked_as(question: Question, **more: Any) -> dict[str, Any]:
    exclusions = [
        exclusion(
            None,
            rule.first,
            rule.last,
            properties=[{"type": "event_metadata", "key": "event", "value": sorted(rule.names)}],
        )
        if len(rule.names) > 1
        else exclusion(*rule.names, rule.first, rule.last)
        for rule in question.rules
    ]
    nodes = [node(each, optionalInFunnel=at in question.optional) for at, each in enumerate(question.steps)]
    return funnel(
        *nodes,
        funnelOrderType=question.order,
        funnelWindowInterval=question.window // 1_000_000,
        funnelWindowIntervalUnit="second",
        exclusions=exclusions,
        **more,
    )


def actors(
    question: Question, history: Iterable[Event], merged: Iterable[Merge], *, by_browser: bool = False
) -> dict[str, list[Done]]:
    """The events of each person; in a funnel that is not strict only those that matter.

    They have a value only where the question is broken down, as it decides between attempts that are equal otherwise.
    """
    found: dict[str, list[Done]] = defaultdict(list)
    for event in history:
        done = Done(
            int((event.at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)),
            event.event,
            (str(event.properties.get("browser", "")),) if by_browser else (),
        )
        if question.order == "strict" or question.performs(done) or question.excludes(done):
            found[owner(event, merged)].append(done)
    return found


def said(steps_of_answer: list[dict[str, Any]]) -> tuple[list[int], list[Any], list[Any]]:
    return (
        [each["count"] for each in steps_of_answer],
        [each["average_conversion_time"] for each in steps_of_answer],
        [each["median_conversion_time"] for each in steps_of_answer],
    )


def assert_same(found: tuple[Any, ...], expected: tuple[Any, ...]) -> None:
    assert found[0] == expected[0]
    for found_times, expected_times in zip(found[1:], expected[1:], strict=True):
        assert found_times == [None if each is None else pytest.approx(each, abs=1e-6) for each in expected_times]


@slow
@given(question=questions(), history=histories, merged=merges)
def test_steps(event_store: EventStore, question: Question, history: list[Event], merged: list[Merge]) -> None:
    context = stored_history(event_store, history, merged)
    best = [best_of(question, attempts_of(question, each)) for each in actors(question, history, merged).values()]
    counted = [each for each in best if each]
    answer = ask(event_store, context, asked_as(question))
    if not counted:
        assert answer["results"] == []
        return
    assert_same(said(answer["results"]), numbers(question, counted))


@slow
@given(question=questions(), history=histories, merged=merges)
def test_one_walk_through_the_events_finds_the_same(
    event_store: EventStore, question: Question, history: list[Event], merged: list[Merge]
) -> None:
    is_shared = sum(map(len, question.steps)) > len(frozenset().union(*question.steps))
    order = "strict" if question.order == "strict" and not is_shared else "ordered"
    question = replace(question, rules=(), optional=frozenset(), order=order)
    context = stored_history(event_store, history, merged)
    paths = [replayed(question, each) for each in actors(question, history, merged).values()]
    counted = [Attempt(dict(enumerate(path)), len(path)) for path in paths if path]
    answer = ask(event_store, context, asked_as(question))
    if not counted:
        assert answer["results"] == []
        return
    found, expected = said(answer["results"]), numbers(question, counted)
    assert found[0] == expected[0]
    # Attempts that end at one instant by different events are told apart only by which of these is taken first.
    if not is_shared:
        assert_same(found, expected)


@slow
@given(
    question=questions(),
    history=histories,
    merged=merges,
    attribution=st.sampled_from(["first_touch", "last_touch", "all_events", "step"]),
    attributed_step=st.integers(0, 3),
    limit=st.sampled_from([1, 25]),
)
def test_breakdowns(
    event_store: EventStore,
    question: Question,
    history: list[Event],
    merged: list[Merge],
    attribution: str,
    attributed_step: int,
    limit: int,
) -> None:
    attributed_step = 0 if question.order == "unordered" else min(attributed_step, len(question.steps) - 1)
    question = replace(question, attributed_step=attributed_step)
    context = stored_history(event_store, history, merged)
    by_actor = actors(question, history, merged, by_browser=True)
    check_breakdown(event_store, context, question, by_actor, attribution, limit)


def check_breakdown(
    event_store: EventStore,
    context: ProjectContext,
    question: Question,
    by_actor: Mapping[str, list[Done]],
    attribution: str,
    limit: int,
    times: int = 1,
) -> None:
    """The answer by browser, or by so many times the browser, against counting each actor."""
    by_value: dict[Value, list[Attempt]] = defaultdict(list)
    for done in by_actor.values():
        for value, best in _attributed(question, done, attribution):
            by_value[value].append(best)
    answer = ask(
        event_store,
        context,
        asked_as(
            question,
            breakdown={"breakdowns": [{"property": "browser"}] * times, "breakdown_limit": limit},
            breakdownAttributionType=attribution,
            breakdownAttributionValue=question.attributed_step,
        ),
    )

    def place(value: Value) -> Any:
        return [-count for count in reversed(numbers(question, by_value[value])[0])], value

    ranked = sorted(by_value, key=place)
    expected = [(list(value) * times, by_value[value]) for value in ranked[:limit]]
    if ranked[limit:]:
        expected.append((["Other"], [each for value in ranked[limit:] for each in by_value[value]]))
    assert [each[0]["breakdown"] for each in answer["results"]] == [value for value, _ in expected]
    required = [at for at in range(len(question.steps)) if at not in question.optional]
    everyone = [each for counted in by_value.values() for each in counted]
    total = [(each.times[required[-1]] - each.times[0]) / 1e6 for each in everyone if required[-1] in each.times]
    median_of_all = pytest.approx(median(total)) if total and len(required) > 1 else None
    assert answer["total_median_conversion_time"] == median_of_all
    for found, (value, counted) in zip(answer["results"], expected, strict=True):
        assert all(each["breakdown_value"] == value for each in found)
        assert_same(said(found), numbers(question, counted))


def _attributed(question: Question, done: list[Done], attribution: str) -> list[tuple[Value, Attempt]]:
    if attribution == "all_events":
        values = {each.value for each in done}
        own = {value: [each for each in done if each.value == value] for value in values}
        found = [(value, best_of(question, attempts_of(question, each))) for value, each in own.items()]
        return [(value, best) for value, best in found if best]
    best = best_of(question, attempts_of(question, done))
    if best is None:
        return []
    value = best.value if attribution == "step" else touched(question, done, last=attribution == "last_touch")
    return [(value, best)]


@slow
@given(question=questions(), history=histories, merged=merges, bins=st.sampled_from([None, 1, 4, 200]), data=st.data())
def test_time_to_convert(
    event_store: EventStore,
    question: Question,
    history: list[Event],
    merged: list[Merge],
    bins: int | None,
    data: st.DataObject,
) -> None:
    question = replace(question, optional=frozenset())
    if len(question.steps) < 2:
        return
    first = data.draw(st.integers(0, len(question.steps) - 2))
    last = data.draw(st.integers(first + 1, len(question.steps) - 1))
    context = stored_history(event_store, history, merged)
    best = [best_of(question, attempts_of(question, each)) for each in actors(question, history, merged).values()]
    taken = sorted((each.times[last] - each.times[first]) / 1e6 for each in best if each and last in each.times)
    query = asked_as(question, funnelVizType="time_to_convert", funnelFromStep=first, funnelToStep=last, binCount=bins)
    results = ask(event_store, context, query)["results"]
    if not taken:
        assert results == {"bins": [], "average_conversion_time": None, "median_conversion_time": None}
        return
    assert results["average_conversion_time"] == pytest.approx(sum(taken) / len(taken))
    found = results["bins"]
    width = found[1][0] - found[0][0]
    expected_bins = {None: 1 if len(taken) == 1 else 2, 1: 1, 4: 4, 200: 90}[bins]
    assert len(found) == expected_bins + 1
    assert found[0][0] == int(taken[0])
    assert sum(count for _, count in found) == len(taken)
    assert found == [[low, sum(low <= each < low + width for each in taken)] for low, _ in found]


@slow
@given(question=questions(), history=histories, merged=merges, data=st.data())
def test_conversion_over_time(
    event_store: EventStore, question: Question, history: list[Event], merged: list[Merge], data: st.DataObject
) -> None:
    question = replace(question, optional=frozenset())
    if len(question.steps) < 2:
        return
    first = data.draw(st.integers(0, len(question.steps) - 2))
    last = data.draw(st.integers(first + 1, len(question.steps) - 1))
    context = stored_history(event_store, history, merged)
    entered: dict[str, int] = defaultdict(int)
    converted: dict[str, int] = defaultdict(int)
    for done in actors(question, history, merged).values():
        by_hour: dict[str, list[Attempt]] = defaultdict(list)
        for attempt in attempts_of(question, done):
            if first in attempt.times:
                hour = datetime.fromtimestamp(attempt.times[first] // 1_000_000, UTC)
                by_hour[f"{hour:%Y-%m-%d %H}:00:00"].append(attempt)
        for hour_text, attempts in by_hour.items():
            best = best_of(question, attempts)
            entered[hour_text] += best is not None
            converted[hour_text] += best is not None and last in best.times
    query = asked_as(question, funnelVizType="trends", funnelFromStep=first, funnelToStep=last, interval="hour")
    query["dateRange"] = {"date_from": "2024-11-04", "date_to": "2024-11-06"}
    (result,) = ask(event_store, context, query)["results"]
    assert result["count"] == len(result["days"]) == len(result["labels"]) == 72
    shares = {hour: share for hour, share in zip(result["days"], result["data"], strict=True) if share}
    assert shares == {hour: round(100 * converted[hour] / entered[hour], 2) for hour in entered if converted[hour]}
