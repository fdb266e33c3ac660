"""The attempts of each actor: from each event that can begin the funnel, how far the actor came.

An attempt begins at an event of the first step and goes on at the next event of the next step, and so on, as long as
no more than the window has passed since its beginning.

- In an ordered funnel other events may happen in between. From a step before optional ones the attempt goes on at the
  next event of any step up to the next required one.
- In a strict funnel the very next event decides: the attempt goes on if it performs the next step, stays if it
  performs the attempt's step again, and is over otherwise.
- In an unordered funnel the steps count by the times at which they were first done after the beginning, whichever
  they are; the beginning is an event of any step. There an event that could perform several steps performs the one
  that was done longest ago, of these the last.
"""

from __future__ import annotations

from hedgerow.hogql import ast
from hedgerow.insights.funnels.exclusions import (
    breaks_ordered,
    breaks_unordered,
    next_exclusion,
    with_next_exclusions,
)
from hedgerow.insights.funnels.funnel import Funnel
from hedgerow.insights.funnels.histories import carried, histories
from hedgerow.insights.funnels.ordered import ordered_attempts, ordered_slots
from hedgerow.insights.funnels.unordered import unordered_attempts, unordered_slots
from hedgerow.insights.tree import (
    call,
    choice,
    column,
    is_not_zero,
    member,
    number,
    over,
    plus,
    row,
    select_from,
    some,
)

_ATTEMPT, _MOMENT = column("attempt"), column("moment")


def attempts(funnel: Funnel) -> ast.SelectQuery:
    """One row per actor with the columns of `carried(funnel)` and `attempts`: an array of tuples.

    Read them by the functions below.
    """
    source = with_next_exclusions(funnel, histories(funnel))
    found = (unordered_attempts if funnel.order == "unordered" else ordered_attempts)(funnel, source)
    return select_from(found, [*carried(funnel), ast.Alias(_judged(funnel), "attempts")])


def step_times(funnel: Funnel, attempt: ast.Expr) -> list[ast.Expr]:
    """The time of each step, 0 where it was not done. In an unordered funnel they are in order once it is `settled`."""
    return [_part(funnel, attempt, f"time_{step}") for step in range(1, funnel.count + 1)]


def step_positions(funnel: Funnel, attempt: ast.Expr) -> list[ast.Expr]:
    """For each step that was done the place of its event in `events`, counted from 1."""
    return [_part(funnel, attempt, f"position_{step}") for step in range(1, funnel.count + 1)]


def reached(funnel: Funnel, attempt: ast.Expr) -> ast.Expr:
    """The furthest step an attempt came to; for an unordered funnel the number of steps done."""
    return _part(funnel, attempt, "reached")


def is_excluded(funnel: Funnel, attempt: ast.Expr) -> ast.Expr:
    """1 if the attempt is excluded, else 0."""
    return _part(funnel, attempt, "is_excluded")


def attributed(funnel: Funnel, attempt: ast.Expr) -> ast.Expr:
    """The breakdown value of an attempt, with attribution by step."""
    return _part(funnel, attempt, "value")


def started(funnel: Funnel, attempt: ast.Expr) -> ast.Expr:
    """The time at which the attempt began."""
    return _part(funnel, attempt, "start" if funnel.order == "unordered" else "time_1")


def settled(funnel: Funnel, attempt: ast.Expr) -> ast.Expr:
    """The attempt with its steps in the order in which they were done.

    Only in an unordered funnel is there anything to do. It is not done for all attempts beforehand, since it takes
    longer than all else, and most are not needed.
    """
    if funnel.order != "unordered":
        return attempt
    times = step_times(funnel, attempt)
    if funnel.finds_events:
        time: ast.Expr = member(_MOMENT, 1)
        moments: list[ast.Expr] = [row(*each) for each in zip(times, step_positions(funnel, attempt), strict=True)]
    else:
        moments, time = times, _MOMENT
    done = over("arrayFilter", ["moment"], is_not_zero(time), ast.Array(moments))
    in_order = call("arrayResize", call("arraySort", done), number(funnel.count))

    def settled_part(name: str) -> ast.Expr:
        kind, _, step = name.partition("_")
        if kind not in ("time", "position"):
            return _part(funnel, attempt, name)
        moment = ast.ArrayAccess(column("in_order"), number(int(step)))
        return member(moment, 1 if kind == "time" else 2) if funnel.finds_events else moment

    # Over an array of one, so that the order is found once and not for each part.
    parts = row(*(settled_part(name) for name in _parts(funnel)))
    return ast.ArrayAccess(over("arrayMap", ["in_order"], parts, ast.Array([in_order])), number(1))


def _parts(funnel: Funnel) -> list[str]:
    """What an attempt is made of."""
    kept = [name for name in _slots(funnel) if not name.startswith("exclusion_")]
    return [*kept, "reached", "is_excluded"]


def _slots(funnel: Funnel) -> list[str]:
    return unordered_slots(funnel) if funnel.order == "unordered" else ordered_slots(funnel)


def _part(funnel: Funnel, attempt: ast.Expr, name: str) -> ast.Expr:
    return member(attempt, _parts(funnel).index(name) + 1)


def _judged(funnel: Funnel) -> ast.Expr:
    """The attempts with how far they came and whether they are excluded."""

    def slot(name: str) -> ast.Expr:
        return member(_ATTEMPT, _slots(funnel).index(name) + 1)

    times = [slot(f"time_{step}") for step in range(1, funnel.count + 1)]
    events = [slot(next_exclusion(at)) for at in range(len(funnel.exclusions))]
    if funnel.order == "unordered":
        furthest = _number_of(times)
        verdicts = [breaks_unordered(funnel, times, slot("start"), event) for event in events]
    else:
        parts = [part for step in range(funnel.count, 1, -1) for part in (is_not_zero(times[step - 1]), number(step))]
        furthest = call("multiIf", *parts, number(1)) if parts else number(1)
        verdicts = [
            breaks_ordered(funnel, exclusion, times, event)
            for exclusion, event in zip(funnel.exclusions, events, strict=True)
        ]
    excluded = choice(some(verdicts), number(1), number(0)) if verdicts else number(0)
    value: list[ast.Expr] = []
    if funnel.attribution == "step":
        value = [slot("value")]
        if funnel.order != "unordered":
            value = [choice(is_not_zero(times[funnel.attributed_step - 1]), slot("value"), funnel.no_value)]
    judged = {"reached": furthest, "is_excluded": excluded, **({"value": value[0]} if value else {})}
    kept = [judged[name] if name in judged else slot(name) for name in _parts(funnel)]
    return over("arrayMap", ["attempt"], row(*kept), column("attempts"))


def _number_of(times: list[ast.Expr]) -> ast.Expr:
    total: ast.Expr = number(0)
    for time in times:
        total = plus(choice(is_not_zero(time), number(1), number(0)), total)
    return total
