"""The view by steps: for each step how many actors did it, and how long they took since the step before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hedgerow.hogql import ast
from hedgerow.insights.answering import Row
from hedgerow.insights.breakdowns import Breakdown
from hedgerow.insights.funnels.best import best_attempts
from hedgerow.insights.funnels.funnel import Funnel
from hedgerow.insights.funnels.request import FunnelsQuery
from hedgerow.insights.funnels.values import merged_beyond, shown_value
from hedgerow.insights.series import series_id, series_label
from hedgerow.insights.tree import call, column, every, is_not_zero, member, minus, select_from

_BEST = column("best")


def steps_query(funnel: Funnel, limit: int) -> ast.SelectQuery:
    """The numbers of a funnel in one row; with a breakdown a row for each value that is shown.

    A row has the count of each step, then average and median seconds for each step and for the whole funnel. With a
    breakdown these are followed by the median for the whole funnel over all values, and by the value.
    """
    actors = best_attempts(funnel)
    if funnel.attribution is None:
        return ast.SelectQuery(select=[*_counts(funnel), *_statistics(funnel, "If")], select_from=ast.JoinExpr(actors))
    counts = [f"count_{step}" for step in range(1, funnel.count + 1)]
    seconds = [f"seconds_{at}" for at in range(len(_spans(funnel)))]
    by_value = ast.SelectQuery(
        select=[
            column("value"),
            *(ast.Alias(count, name) for count, name in zip(_counts(funnel), counts, strict=True)),
            *(
                ast.Alias(call("groupArrayIf", *_span(span)), name)
                for span, name in zip(_spans(funnel), seconds, strict=True)
            ),
        ],
        select_from=ast.JoinExpr(actors),
        group_by=[column("value")],
    )
    of_all = ast.WindowFunction(
        "quantileExactInclusiveOrNullArray",
        [column(seconds[-1])],
        params=[ast.Constant(0.5)],
        over_expr=ast.WindowExpr(),
    )
    with_total = select_from(by_value, ["value", *counts, *seconds, ast.Alias(of_all, "median_of_all")])
    order = [ast.OrderExpr(column(name), "DESC") for name in reversed(counts)]
    merged = merged_beyond(with_total, [*counts, *seconds, "median_of_all"], order, limit)
    return ast.SelectQuery(
        select=[
            *(call("sum", column(name)) for name in counts),
            *(
                statistic
                for name in seconds
                for statistic in (
                    call("avgOrNullArray", column(name)),
                    _median("quantileExactInclusiveOrNullArray", column(name)),
                )
            ),
            call("any", column("median_of_all")),
            column("shown"),
        ],
        select_from=ast.JoinExpr(merged),
        group_by=[column("shown")],
    )


def steps_results(
    query: FunnelsQuery, breakdowns: Sequence[Breakdown], is_everyone: bool, rows: Sequence[Row]
) -> dict[str, Any]:
    """The response's `results` and `total_median_conversion_time`."""
    count = len(query.series)
    if is_everyone and rows[0][0]:
        funnel = [step | {"breakdown": "all users", "breakdown_value": "all"} for step in _steps(query, rows[0])]
        return {"results": [funnel], "total_median_conversion_time": rows[0][3 * count + 1]}
    if not breakdowns or is_everyone:
        (numbers,) = rows
        results = _steps(query, numbers) if numbers[0] else []
        return {"results": results, "total_median_conversion_time": numbers[3 * count + 1]}
    in_order = sorted(rows, key=lambda row: (row[-1][0], *(-number for number in reversed(row[:count])), row[-1][1]))
    funnels = []
    for row in in_order:
        value = shown_value(row[-1], breakdowns)
        funnels.append([step | {"breakdown": value, "breakdown_value": value} for step in _steps(query, row)])
    return {"results": funnels, "total_median_conversion_time": rows[0][-2] if rows else None}


def _steps(query: FunnelsQuery, numbers: Row) -> list[dict[str, Any]]:
    count = len(query.series)
    found = []
    for at, node in enumerate(query.series):
        is_unordered = query.order == "unordered"
        found.append(
            {
                "action_id": None if is_unordered else series_id(node),
                "name": f"Completed {at + 1} step{'s' if at else ''}" if is_unordered else series_label(node),
                "custom_name": None if is_unordered else node.custom_name,
                "order": at,
                "people": [],
                "count": numbers[at],
                "type": "actions" if node.kind == "ActionsNode" else "events",
                "average_conversion_time": numbers[count + 2 * at],
                "median_conversion_time": numbers[count + 2 * at + 1],
            }
        )
    return found


def _counts(funnel: Funnel) -> list[ast.Expr]:
    return [call("countIf", is_not_zero(member(_BEST, step))) for step in range(1, funnel.count + 1)]


def _statistics(funnel: Funnel, suffix: str) -> list[ast.Expr]:
    return [
        statistic
        for span in _spans(funnel)
        for statistic in (
            call(f"avgOrNull{suffix}", *_span(span)),
            _median(f"quantileExactInclusiveOrNull{suffix}", *_span(span)),
        )
    ]


def _spans(funnel: Funnel) -> list[tuple[int, int]]:
    """From which step to which times are taken: to each step, and over the whole funnel; (0, 0) where none is."""
    required = [step for step in range(1, funnel.count + 1) if step not in funnel.optional]
    spans = []
    for step in range(1, funnel.count + 1):
        before = [each for each in required if each < step]
        spans.append((before[-1], step) if before and step in required else (0, 0))
    return [*spans, (1, required[-1]) if len(required) > 1 else (0, 0)]


def _span(span: tuple[int, int]) -> list[ast.Expr]:
    """The seconds between two steps, and the condition that both were done."""
    start, end = span
    if not start:
        return [ast.Constant(0.0), ast.Constant(False)]
    seconds = minus(member(_BEST, end), member(_BEST, start))
    in_seconds = ast.ArithmeticOperation(seconds, ast.Constant(1_000_000), "/")
    return [in_seconds, every([is_not_zero(member(_BEST, start)), is_not_zero(member(_BEST, end))])]


def _median(name: str, *arguments: ast.Expr) -> ast.Call:
    return ast.Call(name, list(arguments), params=[ast.Constant(0.5)])
