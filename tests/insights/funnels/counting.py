"""Funnels counted by plain Python, one actor and one attempt after the other. Nothing here is shared with the product.

`attempts_of` goes from each event that can begin a funnel as far as it leads. `replayed` counts ordered funnels in
another way: it goes through the events once and keeps for each step the attempt that reached it last.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import mean, median
from typing import Any

Value = tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """An event of an actor: when (microseconds), what it is called and its breakdown value."""

    time: int
    name: str
    value: Value = ()


@dataclass(frozen=True)
class Rule:
    """An exclusion: by events of these names between two steps, which are counted from 0."""

    names: frozenset[str]
    first: int
    last: int


@dataclass(frozen=True)
class Question:
    """A funnel: the names of the events of each step, and its options; times in microseconds."""

    steps: tuple[frozenset[str], ...]
    window: int
    order: str = "ordered"
    optional: frozenset[int] = frozenset()
    rules: tuple[Rule, ...] = ()
    attributed_step: int = 0

    def performs(self, event: Done) -> list[int]:
        """The steps an event can perform, counted from 0."""
        return [at for at, names in enumerate(self.steps) if event.name in names]

    def excludes(self, event: Done) -> bool:
        return any(event.name in rule.names for rule in self.rules)


@dataclass
class Attempt:
    """How far it went: for each step that was done the time; whether it is excluded; its breakdown value."""

    times: dict[int, int] = field(default_factory=dict)
    furthest: int = 0
    is_excluded: bool = False
    value: Value = ()

    @property
    def last(self) -> int:
        return max(self.times.values())


def in_order(question: Question, events: Iterable[Done]) -> list[Done]:
    """Events of an instant go by their lowest step, then by all of them, those without a step first."""

    def place(event: Done) -> Any:
        steps = question.performs(event)
        marks = sum(1 << (rule_at) for rule_at, rule in enumerate(question.rules) if event.name in rule.names)
        return event.time, min(steps, default=-1), sum(2**step for step in steps), marks, event.value

    return sorted(events, key=place)


def attempts_of(question: Question, events: Iterable[Done]) -> list[Attempt]:
    """All attempts of an actor."""
    ordered = in_order(question, events)
    if question.order == "unordered":
        found = _unordered_attempts(question, ordered)
    else:
        found = [_followed(question, ordered, at) for at, event in enumerate(ordered) if 0 in question.performs(event)]
    for attempt in found:
        attempt.is_excluded = any(_breaks(question, rule, attempt, ordered) for rule in question.rules)
    return found


def best_of(question: Question, attempts: Sequence[Attempt]) -> Attempt | None:
    """The attempt an actor counts by; None if there is none or it is excluded."""

    def badness(attempt: Attempt) -> Any:
        start = attempt.times[0]
        return (
            -attempt.furthest,
            attempt.is_excluded,
            attempt.last,
            -len(attempt.times),
            start if question.order == "unordered" else -start,
            attempt.value,
        )

    best = min(attempts, key=badness, default=None)
    return None if best is None or best.is_excluded else best


def replayed(question: Question, events: Iterable[Done]) -> tuple[int, ...]:
    """The times of the longest path, by one walk through the events that keeps the latest attempt at each step."""
    ordered = in_order(question, events)
    entered: list[tuple[int, ...]] = [()] * len(question.steps)
    longest: tuple[int, ...] = ()
    for event in ordered:
        performed = question.performs(event)
        for step in sorted(performed, reverse=True):
            path = (event.time,) if step == 0 else entered[step - 1] and (*entered[step - 1], event.time)
            if not path or event.time - path[0] > question.window:
                continue
            if entered[step] and entered[step][0] == path[0]:
                continue
            entered[step] = path
            if len(path) > len(longest):
                longest = path
        if question.order == "strict":
            entered = [path if step in performed else () for step, path in enumerate(entered)]
    return longest


def touched(question: Question, events: Iterable[Done], last: bool = False) -> Value:
    """The first or last value that is not empty of the events that perform steps."""
    values = [each.value for each in in_order(question, events) if question.performs(each) and any(each.value)]
    none = next((tuple("" for _ in each.value) for each in events), ())
    return (values[-1 if last else 0]) if values else none


def numbers(question: Question, attempts: Sequence[Attempt]) -> tuple[list[int], list[Any], list[Any]]:
    """For each step how many did it, and average and median seconds since the required step before it."""
    count = len(question.steps)
    counts = [sum(step in each.times for each in attempts) for step in range(count)]
    averages: list[float | None] = []
    medians: list[float | None] = []
    for step in range(count):
        before = [each for each in range(step) if each not in question.optional]
        taken = (
            [
                (each.times[step] - each.times[before[-1]]) / 1e6
                for each in attempts
                if step in each.times and before[-1] in each.times
            ]
            if before and step not in question.optional
            else []
        )
        averages.append(mean(taken) if taken else None)
        medians.append(median(taken) if taken else None)
    return counts, averages, medians


def _followed(question: Question, ordered: Sequence[Done], begin: int) -> Attempt:
    start = ordered[begin]
    attempt, step = Attempt({0: start.time}, furthest=1), 0
    value_of = {0: start.value}
    for event in ordered[begin + 1 :]:
        if event.time - start.time > question.window:
            break
        if question.order == "ordered" and not question.performs(event):
            continue
        reachable = [each for each in question.performs(event) if each in _after(question, step)]
        if reachable:
            step = max(reachable)
            attempt.times[step], attempt.furthest = event.time, step + 1
            value_of[step] = event.value
        elif question.order == "strict" and step not in question.performs(event):
            break
    attempt.value = value_of.get(question.attributed_step, tuple("" for _ in start.value))
    return attempt


def _after(question: Question, step: int) -> list[int]:
    found = []
    for each in range(step + 1, len(question.steps)):
        found.append(each)
        if each not in question.optional:
            break
    return found


def _unordered_attempts(question: Question, ordered: Sequence[Done]) -> list[Attempt]:
    done_at = [-1] * len(question.steps)
    chosen: list[tuple[Done, int]] = []
    for number, event in enumerate(ordered):
        steps = question.performs(event)
        if steps:
            step = min(steps, key=lambda each: (done_at[each], -each))
            done_at[step] = number
            chosen.append((event, step))
    found = []
    for at, (start, _) in enumerate(chosen):
        first: dict[int, int] = {}
        for event, step in chosen[at:]:
            if event.time - start.time <= question.window:
                first.setdefault(step, event.time)
        times = dict(enumerate(sorted(first.values())))
        found.append(Attempt(times, furthest=len(times), value=start.value))
    return found


def _breaks(question: Question, rule: Rule, attempt: Attempt, ordered: Sequence[Done]) -> bool:
    if rule.first not in attempt.times:
        return False
    until = min(
        (time for step, time in attempt.times.items() if step >= rule.last), default=attempt.times[0] + question.window
    )
    return any(event.name in rule.names and attempt.times[rule.first] < event.time <= until for event in ordered)
