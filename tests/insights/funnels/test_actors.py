"""Who is behind a number of a funnel: as many as the number says, with the events that put them there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import funnels
from hedgerow.insights.actors import COLUMNS, Actors
from hedgerow.insights.errors import InsightError
from tests.insights.asking import NOW, Event, at, person_id
from tests.insights.funnels.asking import ask, funnel
from tests.insights.funnels.counting import Question, attempts_of, best_of
from tests.insights.funnels.test_counted import actors as histories_by_person
from tests.insights.funnels.test_counted import asked_as, histories, merges, questions, slow
from tests.insights.histories import Merge, run, stored_history

START = at("2024-11-04 10:00")
BY_BROWSER = {"breakdown": "browser", "breakdown_type": "event"}


def actors(event_store: EventStore, context: ProjectContext, source: dict[str, Any], **asked: Any) -> Actors:
    """The question for the actors behind a number of `source`."""
    query = funnels.FunnelsActorsQuery.model_validate({"source": source, **asked})
    found: Any = run(event_store, context, funnels.actors(query, context, NOW))  # type: ignore[arg-type]
    assert isinstance(found, Actors)
    return found


def people(
    event_store: EventStore, context: ProjectContext, source: dict[str, Any], **asked: Any
) -> dict[Any, list[datetime]]:
    """The times of the matching events of each actor."""
    compiled = compile_query(actors(event_store, context, source, **asked).query, context)
    found = event_store.query(compiled.sql, compiled.parameters)
    assert tuple(compiled.columns) == COLUMNS
    by_actor = {}
    for actor, count, distinct_ids, events in found.rows:
        assert count == len(events) <= 100
        assert distinct_ids
        by_actor[actor] = [each[0] for each in events]
    assert len(by_actor) == len(found.rows)
    return by_actor


def browsing(person: str, text: str, day: int = 4, **fields: Any) -> list[Event]:
    """A person's events from a text such as `A:Chrome B`, a minute apart."""
    parts = [part.partition(":") for part in text.split()]
    start = at(f"2024-11-{day:02} 10:00")
    return [
        Event(name, start + timedelta(minutes=minute), person, {"browser": browser} if browser else {}, **fields)
        for minute, (name, _, browser) in enumerate(parts)
    ]


def minute(minutes: int, day: int = 4) -> datetime:
    return at(f"2024-11-{day:02} 10:00") + timedelta(minutes=minutes)


def names(found: Iterable[Any]) -> set[str]:
    return {each.bytes.decode().rstrip("-") for each in found}


@pytest.fixture(scope="module")
def shop(event_store: EventStore) -> ProjectContext:
    """Ann and Bob come to B, Ann to C as well; Cleo and Dora only begin."""
    events = [
        *browsing("ann", "A:Chrome B:Safari C:Safari", groups={0: "acme"}, session="s1"),
        *browsing("bob", "A:Safari B:Safari", groups={0: "acme"}, session="s2"),
        *browsing("cleo", "A:Firefox", groups={0: "other"}, session="s3"),
        *browsing("dora", "A A", day=5),
    ]
    return stored_history(event_store, events, group_types=("company",))


def test_who_did_a_step_and_who_went_no_further(event_store: EventStore, shop: ProjectContext) -> None:
    source = funnel("A", "B", "C")
    assert people(event_store, shop, source, funnelStep=2) == {
        person_id("ann"): [minute(1)],
        person_id("bob"): [minute(1)],
    }
    # Dora is counted by the attempt that got there first.
    assert people(event_store, shop, source, funnelStep=-2) == {
        person_id("cleo"): [minute(0)],
        person_id("dora"): [minute(0, day=5)],
    }
    assert people(event_store, shop, source, funnelStep=-3) == {person_id("bob"): [minute(1)]}
    assert names(people(event_store, shop, source, funnelStep=1)) == {"ann", "bob", "cleo", "dora"}


def test_what_is_told_of_a_matching_event(event_store: EventStore, shop: ProjectContext) -> None:
    compiled = compile_query(actors(event_store, shop, funnel("A", "B", "C"), funnelStep=3).query, shop)
    ((_, count, distinct_ids, ((time, uuid, session, window),)),) = event_store.query(
        compiled.sql, compiled.parameters
    ).rows
    stored = event_store.query(
        "SELECT uuid FROM events WHERE team_id = {team:Int64} AND event = 'C'", {"team": shop.team_id}
    ).rows
    assert (count, distinct_ids, time, session, window) == (1, ["ann"], minute(2), "s1", "")
    assert [(uuid,)] == stored


def test_steps_taken_together(event_store: EventStore, shop: ProjectContext) -> None:
    """They are the furthest steps of the actors, and go before `funnelStep`."""
    found = people(event_store, shop, funnel("A", "B", "C"), funnelCustomSteps=[1, 3], funnelStep=2)
    assert found == {
        person_id("ann"): [minute(2)],
        person_id("cleo"): [minute(0)],
        person_id("dora"): [minute(0, day=5)],
    }


def test_breakdown_values(event_store: EventStore, shop: ProjectContext) -> None:
    source = funnel("A", "B", breakdown=BY_BROWSER | {"breakdown_limit": 2})
    results = ask(event_store, shop, source)["results"]
    assert [(each[0]["breakdown_value"], each[0]["count"]) for each in results] == [
        (["Chrome"], 1),
        (["Safari"], 1),
        (["Other"], 2),
    ]

    def of(value: Any, **more: Any) -> set[str]:
        return names(people(event_store, shop, source | more, funnelStep=1, funnelStepBreakdown=value))

    assert of(["Chrome"]) == of("Chrome") == {"ann"}
    assert of(["Other"]) == of("Other") == {"cleo", "dora"}
    assert of([""]) == of("") == of("$$_posthog_breakdown_null_$$") == {"dora"}
    assert of(["Opera"]) == set()
    assert of(None) == {"ann", "bob", "cleo", "dora"}
    everyone = {"breakdownFilter": {"breakdown": ["all"], "breakdown_type": "cohort"}}
    assert of("all", **everyone) == {"ann", "bob", "cleo", "dora"}


def test_an_actor_of_several_values_is_one(event_store: EventStore, shop: ProjectContext) -> None:
    source = funnel("A", breakdown=BY_BROWSER, breakdownAttributionType="all_events")
    context = stored_history(event_store, browsing("ann", "A:Chrome A:Safari"))
    assert people(event_store, context, source, funnelStep=1, funnelStepBreakdown="Safari") == {
        person_id("ann"): [minute(1)]
    }
    everyone = people(event_store, context, source, funnelStep=1)
    assert {actor: sorted(times) for actor, times in everyone.items()} == {person_id("ann"): [minute(0), minute(1)]}


def test_groups_and_other_values_in_place_of_persons(event_store: EventStore, shop: ProjectContext) -> None:
    by_group = funnel("A", "B", aggregation_group_type_index=0)
    assert list(people(event_store, shop, by_group, funnelStep=2)) == ["acme"]
    assert actors(event_store, shop, by_group, funnelStep=2).group_type_index == 0
    by_session = funnel("A", "B", funnelAggregateByHogQL="properties.$session_id || $session_id")
    assert actors(event_store, shop, by_session, funnelStep=2).group_type_index is None
    by_session = funnel("A", "B", funnelAggregateByHogQL="$session_id")
    assert set(people(event_store, shop, by_session, funnelStep=2)) == {"s1", "s2"}


def test_the_view_over_time(event_store: EventStore, shop: ProjectContext) -> None:
    dates = {"date_from": "2024-11-03", "date_to": "2024-11-06"}
    source = funnel("A", "B", "C", funnelVizType="trends", funnelToStep=1, dateRange=dates)
    (result,) = ask(event_store, shop, source)["results"]
    assert result["data"] == [0, 66.67, 0, 0]

    def entered(day: str, has_dropped_off: bool) -> dict[Any, list[datetime]]:
        return people(
            event_store, shop, source, funnelTrendsEntrancePeriodStart=day, funnelTrendsDropOff=has_dropped_off
        )

    assert entered("2024-11-04", False) == {person_id("ann"): [minute(1)], person_id("bob"): [minute(1)]}
    assert entered("2024-11-04", True) == {person_id("cleo"): [minute(0)]}
    assert entered("2024-11-05 00:00:00", True) == {person_id("dora"): [minute(0, day=5)]}
    assert entered("2024-11-05", False) == {}


def test_the_period_compared_with(event_store: EventStore, shop: ProjectContext) -> None:
    dates = {"date_from": "2024-11-05", "date_to": "2024-11-05"}
    source = funnel("A", "B", dateRange=dates, compareFilter={"compare": True})
    assert names(people(event_store, shop, source, funnelStep=1)) == {"dora"}
    assert names(people(event_store, shop, source, funnelStep=2, compare="previous")) == {"ann", "bob"}


@pytest.mark.parametrize(
    ("source", "asked", "detail"),
    [
        (funnel("A", "B"), {"funnelStep": 0}, "funnelStep cannot be 0"),
        (funnel("A", "B"), {"funnelStep": -1}, "funnelStep cannot be -1"),
        (funnel("A", "B"), {"funnelStep": 3}, "There is no step 3: the funnel has 2."),
        (funnel("A", "B"), {"funnelStep": -3}, "There is no step 3: the funnel has 2."),
        (funnel("A", "B"), {"funnelCustomSteps": [1, 0]}, "There is no step 0: the funnel has 2."),
        (funnel("A", "B"), {}, "Choose a step"),
        (funnel(), {"funnelStep": 1}, "The funnel has no steps."),
        (funnel("A", "B", funnelVizType="trends"), {"funnelStep": 1}, "The view over time needs"),
        (
            funnel("A", "B", funnelVizType="trends"),
            {"funnelTrendsDropOff": True, "funnelTrendsEntrancePeriodStart": "2023-01-01"},
            "is not a period of the funnel",
        ),
        (
            funnel("A", "B", breakdown={"breakdowns": [{"property": "a"}, {"property": "b"}]}),
            {"funnelStep": 1, "funnelStepBreakdown": ["x"]},
            "The breakdown needs 2 values.",
        ),
        (funnel("A", "B"), {"funnelStep": 1, "compare": "previous"}, "There is no previous period"),
        (funnel("A", "B", funnelFromStep=7), {"funnelStep": 1}, "funnelFromStep is out of bounds"),
    ],
)
def test_what_cannot_be_asked(
    event_store: EventStore, shop: ProjectContext, source: dict[str, Any], asked: dict[str, Any], detail: str
) -> None:
    with pytest.raises(InsightError) as refusal:
        people(event_store, shop, source, **asked)
    assert detail in refusal.value.detail


@slow
@given(question=questions(), history=histories, merged=merges)
def test_as_many_as_each_step_counts(
    event_store: EventStore, question: Question, history: list[Event], merged: list[Merge]
) -> None:
    """For each step and each loss, and each with the event at the time the attempt that counts says."""
    context = stored_history(event_store, history, merged)
    source = asked_as(question)
    best = {
        person_id(name): found
        for name, done in histories_by_person(question, history, merged).items()
        if (found := best_of(question, attempts_of(question, done)))
    }
    numbers = [each["count"] for each in ask(event_store, context, source)["results"]] or [0] * len(question.steps)
    for at_step in range(len(question.steps)):
        did = people(event_store, context, source, funnelStep=at_step + 1)
        assert len(did) == numbers[at_step]
        assert did == {person: [_moment(each.times[at_step])] for person, each in best.items() if at_step in each.times}
        if at_step == 0:
            continue
        before = max(each for each in range(at_step) if each not in question.optional)
        lost = people(event_store, context, source, funnelStep=-at_step - 1)
        assert len(lost) == numbers[before] - numbers[at_step]
        assert lost == {
            person: [_moment(each.times[before])]
            for person, each in best.items()
            if before in each.times and at_step not in each.times
        }


@slow
@given(
    question=questions(),
    history=histories,
    attribution=st.sampled_from(["first_touch", "last_touch", "all_events", "step"]),
    limit=st.sampled_from([1, 25]),
)
def test_as_many_as_each_breakdown_value_counts(
    event_store: EventStore, question: Question, history: list[Event], attribution: str, limit: int
) -> None:
    context = stored_history(event_store, history)
    source = asked_as(
        question,
        breakdown=BY_BROWSER | {"breakdown_limit": limit},
        breakdownAttributionType=attribution,
        breakdownAttributionValue=0,
    )
    last = len(question.steps)
    for result in ask(event_store, context, source)["results"]:
        value = result[0]["breakdown_value"]
        counts = [each["count"] for each in result]
        did = people(event_store, context, source, funnelStep=last, funnelStepBreakdown=value)
        found = sum(map(len, did.values()))
        assert found == counts[-1] if value == ["Other"] else len(did) == found == counts[-1]
        if last > 1 and last - 2 not in question.optional:
            lost = people(event_store, context, source, funnelStep=-last, funnelStepBreakdown=value)
            assert sum(map(len, lost.values())) == counts[-2] - counts[-1]


@slow
@given(question=questions(), history=histories, merged=merges, data=st.data())
def test_as_many_as_each_period_counts(
    event_store: EventStore, question: Question, history: list[Event], merged: list[Merge], data: st.DataObject
) -> None:
    question = replace(question, optional=frozenset())
    if len(question.steps) < 2:
        return
    first = data.draw(st.integers(0, len(question.steps) - 2))
    last = data.draw(st.integers(first + 1, len(question.steps) - 1))
    context = stored_history(event_store, history, merged)
    source = asked_as(question, funnelVizType="trends", funnelFromStep=first, funnelToStep=last, interval="hour")
    source["dateRange"] = {"date_from": "2024-11-04", "date_to": "2024-11-06"}
    entered: dict[str, set[Any]] = defaultdict(set)
    for name, done in histories_by_person(question, history, merged).items():
        for attempt in attempts_of(question, done):
            if first in attempt.times:
                hour = datetime.fromtimestamp(attempt.times[first] // 1_000_000, UTC)
                entered[f"{hour:%Y-%m-%d %H}:00:00"].add(person_id(name))
    (result,) = ask(event_store, context, source)["results"]
    shares = dict(zip(result["days"], result["data"], strict=True))
    for hour_text, persons in entered.items():
        asked = {"funnelTrendsEntrancePeriodStart": hour_text}
        converted = people(event_store, context, source, **asked, funnelTrendsDropOff=False)
        lost = people(event_store, context, source, **asked, funnelTrendsDropOff=True)
        assert {*converted, *lost} <= persons
        assert not set(converted) & set(lost)
        total = len(converted) + len(lost)
        assert shares[hour_text] == (round(100 * len(converted) / total, 2) if total else 0)
        for times in lost.values():
            assert [f"{time:%Y-%m-%d %H}:00:00" for time in times] == [hour_text]


def _moment(time: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
