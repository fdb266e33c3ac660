"""Exclusions: when the next event that excludes happens, and whether it takes an attempt out.

An attempt is excluded when an excluding event happened after the exclusion's first step and before (or at the same
instant as) the step it ends at or, if that was not reached, before the end of the window.
"""

from __future__ import annotations

from collections.abc import Sequence

from hedgerow.hogql import ast
from hedgerow.insights.funnels.funnel import Excluding, Funnel
from hedgerow.insights.funnels.histories import arrays, carried
from hedgerow.insights.tree import (
    call,
    choice,
    column,
    compared,
    every,
    is_not_zero,
    number,
    over,
    plus,
    select_from,
)

_TIME = column("time")


def with_next_exclusions(funnel: Funnel, source: ast.SelectQuery) -> ast.SelectQuery:
    """Histories with for each exclusion an array: the time of its next event, 0 if there is none."""
    if not funnel.exclusions:
        return source
    columns: list[str | ast.Alias] = [*carried(funnel), *arrays(funnel)]
    for at in range(len(funnel.exclusions)):
        excludes = call("bitTest", column("bits"), number(at))
        times = over(
            "arrayMap",
            ["time", "bits"],
            choice(excludes, _TIME, number(0)),
            column("times"),
            column("excluded"),
        )
        columns.append(ast.Alias(next_of(times), next_exclusion(at)))
    return select_from(source, columns)


def next_exclusion(at: int) -> str:
    """The name of the array for an exclusion."""
    return f"exclusion_{at}"


def next_of(numbers: ast.Expr) -> ast.Expr:
    """An array in which each 0 has become the next number that is not."""
    return over("arrayReverseFill", ["time"], is_not_zero(_TIME), numbers)


def breaks_ordered(funnel: Funnel, exclusion: Excluding, times: Sequence[ast.Expr], event: ast.Expr) -> ast.Expr:
    """The condition that an exclusion's event takes out an attempt with these times of its steps."""
    parts = [part for time in times[exclusion.last :] for part in (is_not_zero(time), time)]
    end = call("multiIf", *parts, plus(times[0], number(funnel.window)))
    conditions: list[ast.Expr] = [is_not_zero(times[exclusion.first - 1])] if exclusion.first > 1 else []
    return every([*conditions, is_not_zero(event), compared(event, "<=", end)])


def breaks_unordered(funnel: Funnel, times: Sequence[ast.Expr], start: ast.Expr, event: ast.Expr) -> ast.Expr:
    """The same for an unordered funnel, whose exclusions are all from its beginning to its last step."""
    are_done = every([is_not_zero(time) for time in times])
    end = choice(are_done, call("greatest", *times), plus(start, number(funnel.window)))
    return every([is_not_zero(event), compared(event, "<=", end)])
