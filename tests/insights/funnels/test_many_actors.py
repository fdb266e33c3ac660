"""Funnels of several hundred persons with crowded histories against the same funnels counted by plain Python."""

import random
from datetime import timedelta
from itertools import product

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from tests.insights.asking import Event
from tests.insights.funnels.asking import ask
from tests.insights.funnels.counting import Question, Rule, attempts_of, best_of, numbers
from tests.insights.funnels.test_counted import START, actors, asked_as, assert_same, check_breakdown, said
from tests.insights.histories import stored_history


def _crowded_histories() -> list[Event]:
    """Many events of a person stand at one moment, some of them with different browsers."""
    chance, browsers = random.Random(20241104), random.Random(7)
    return [
        Event(
            chance.choice("AABBCCXY"),
            START + timedelta(seconds=chance.randrange(14)),
            f"person{person}",
            browsers.choice([{}, {"browser": ""}, {"browser": "Chrome"}, {"browser": "Edge"}]),
        )
        for person in range(400)
        for _ in range(chance.randrange(11))
    ]


EVENTS = _crowded_histories()


@pytest.fixture(scope="module")
def crowd(event_store: EventStore) -> ProjectContext:
    """A project with EVENTS."""
    return stored_history(event_store, EVENTS)


def _steps(text: str) -> tuple[frozenset[str], ...]:
    return tuple(map(frozenset, text.split()))


def _rules(*rules: tuple[str, int, int]) -> tuple[Rule, ...]:
    return tuple(Rule(frozenset(names), first, last) for names, first, last in rules)


ONE_NAME_EACH, SHARED = ["A B", "A B C", "A B C Y"], ["A A", "A AB C", "AB BC C", "A ABCXY A"]


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
@pytest.mark.parametrize("steps", [*ONE_NAME_EACH, *SHARED])
def test_orders_and_windows(event_store: EventStore, crowd: ProjectContext, order: str, steps: str) -> None:
    for seconds in (2, 5, 9):
        check(event_store, crowd, Question(_steps(steps), seconds * 1_000_000, order))


@pytest.mark.parametrize(
    ("order", "rules"),
    [
        *product(
            ["ordered", "strict"],
            [_rules(("X", 0, 1)), _rules(("X", 1, 2)), _rules(("X", 0, 2)), _rules(("X", 0, 2), ("XY", 1, 2))],
        ),
        ("unordered", _rules(("X", 0, 2))),
    ],
)
@pytest.mark.parametrize("steps", ["A B C", "A AB C"])
def test_exclusions(
    event_store: EventStore, crowd: ProjectContext, order: str, rules: tuple[Rule, ...], steps: str
) -> None:
    for seconds in (3, 6):
        check(event_store, crowd, Question(_steps(steps), seconds * 1_000_000, order, rules=rules))


@pytest.mark.parametrize("order", ["ordered", "strict"])
@pytest.mark.parametrize("optional", [{1}, {2}, {1, 2}, {3}])
def test_optional_steps(event_store: EventStore, crowd: ProjectContext, order: str, optional: set[int]) -> None:
    check(event_store, crowd, Question(_steps("A B C Y"), 6_000_000, order, frozenset(optional)))


@pytest.mark.parametrize("attribution", ["first_touch", "last_touch", "all_events", "step"])
@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
def test_breakdowns(event_store: EventStore, crowd: ProjectContext, order: str, attribution: str) -> None:
    for steps, rules in product(["A B", "A AB C"], [(), _rules(("X", 0, 1))]):
        question = Question(_steps(steps), 6_000_000, order, rules=rules if order != "unordered" else ())
        by_actor = actors(question, EVENTS, [], by_browser=True)
        check_breakdown(event_store, crowd, question, by_actor, attribution, limit=25, times=1 + len(rules))


def check(event_store: EventStore, crowd: ProjectContext, question: Question) -> None:
    best = [best_of(question, attempts_of(question, each)) for each in actors(question, EVENTS, []).values()]
    answer = ask(event_store, crowd, asked_as(question))
    assert_same(said(answer["results"]), numbers(question, [each for each in best if each]))
