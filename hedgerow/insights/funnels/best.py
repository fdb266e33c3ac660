"""The one attempt each actor is counted by.

It is the one that came furthest; among these one that is not excluded goes before others, then the one that got there
first, then the one with most steps done (where some are optional), then the shortest one (for an unordered funnel the
longest, which holds the first time of each step). An actor whose best attempt is excluded is not counted at all.
"""

from __future__ import annotations

from hedgerow.hogql import ast
from hedgerow.insights.funnels.attempts import (
    attempts,
    attributed,
    is_excluded,
    reached,
    settled,
    started,
    step_times,
)
from hedgerow.insights.funnels.funnel import Funnel
from hedgerow.insights.funnels.histories import carried
from hedgerow.insights.tree import (
    call,
    column,
    compared,
    is_not_zero,
    minus,
    number,
    over,
    plus,
    row,
)

_ATTEMPT, _BEST = column("attempt"), column("best")


def best_attempts(funnel: Funnel) -> ast.SelectQuery:
    """One row per actor that counts (per actor and value with attribution by all events).

    It has the `actor`, the `value` where there is a breakdown, `best` and, where they are found, `events`.
    """
    in_order = over("arraySort", ["attempt"], rank(funnel, _ATTEMPT), column("attempts"))
    found = ast.SelectQuery(
        select=[
            *(column(name) for name in carried(funnel)),
            ast.Alias(ast.ArrayAccess(in_order, number(1)), "best"),
        ],
        select_from=ast.JoinExpr(attempts(funnel)),
        where=compared(call("length", column("attempts")), ">", number(0)),
    )
    return counted(funnel, found)


def counted(funnel: Funnel, source: ast.SelectQuery, *more: ast.Expr) -> ast.SelectQuery:
    """Of rows with the best attempts those that count, as in `best_attempts`, with `more` columns."""
    return ast.SelectQuery(
        select=[
            column("actor"),
            *_value(funnel),
            *([column("events")] if funnel.finds_events else []),
            *more,
            ast.Alias(settled(funnel, _BEST), "best"),
        ],
        select_from=ast.JoinExpr(source),
        where=compared(is_excluded(funnel, _BEST), "==", number(0)),
    )


def rank(funnel: Funnel, attempt: ast.Expr) -> ast.Tuple:
    """What attempts are sorted by: the best comes first."""
    times = step_times(funnel, attempt)
    last = call("greatest", *times) if len(times) > 1 else times[0]
    parts = [minus(number(0), reached(funnel, attempt)), is_excluded(funnel, attempt), last]
    if funnel.optional:
        done: ast.Expr = number(0)
        for step in funnel.optional:
            done = plus(call("toInt", is_not_zero(times[step - 1])), done)
        parts.append(minus(number(0), done))
    start = started(funnel, attempt)
    parts.append(start if funnel.order == "unordered" else minus(number(0), start))
    if funnel.attribution == "step":
        parts.append(attributed(funnel, attempt))
    return row(*parts)


def _value(funnel: Funnel) -> list[ast.Expr]:
    """The column `value` with the breakdown value that counts; none without a breakdown."""
    match funnel.attribution:
        case None:
            return []
        case "all_events":
            return [column("value")]
        case "step":
            return [ast.Alias(attributed(funnel, _BEST), "value")]
        case _:
            return [ast.Alias(column("touched"), "value")]
