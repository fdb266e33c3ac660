"""The view over time: for each period the share of the actors who entered in it that converted.

An actor enters in each period in which one of its attempts reaches the first step that is measured, and counts once
in it, by the furthest attempt; where the furthest are all excluded the actor does not count in that period.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hedgerow.hogql import ast
from hedgerow.insights.answering import Row
from hedgerow.insights.breakdowns import Breakdown
from hedgerow.insights.buckets import bucket_number
from hedgerow.insights.dates import ResolvedRange, next_bucket
from hedgerow.insights.funnels.attempts import attempts, reached, settled, started, step_times
from hedgerow.insights.funnels.best import counted, rank
from hedgerow.insights.funnels.funnel import Funnel
from hedgerow.insights.funnels.histories import carried, keys
from hedgerow.insights.funnels.values import merged_beyond, shown_value
from hedgerow.insights.tree import call, column, compared, is_not_zero, number

_ATTEMPT, _BEST, _PERIOD = column("attempt"), column("best"), column("period")
_ENTERED, _CONVERTED = column("entered"), column("converted")


def trends_query(funnel: Funnel, from_step: int, to_step: int, period: ResolvedRange, limit: int) -> ast.SelectQuery:
    """Rows of a period's number with how many entered and converted; with a breakdown one row per shown value, of
    periods, numbers entered and numbers converted, the value last. Steps are counted from 0."""
    by_period = _by_period(funnel, from_step, to_step, period)
    if funnel.attribution is None:
        return by_period
    by_value = ast.SelectQuery(
        select=[
            column("value"),
            *(
                ast.Alias(call("groupArray", column(name)), f"all_{name}")
                for name in ("period", "entered", "converted")
            ),
            ast.Alias(call("sum", _ENTERED), "total"),
        ],
        select_from=ast.JoinExpr(by_period),
        group_by=[column("value")],
    )
    columns = ["all_period", "all_entered", "all_converted"]
    ranked = merged_beyond(by_value, [*columns, "total"], [ast.OrderExpr(column("total"), "DESC")], limit)
    return ast.SelectQuery(
        select=[
            call("sumMap", column("all_period"), column("all_entered")),
            call("sumMap", column("all_period"), column("all_converted")),
            ast.Alias(call("sum", column("total")), "sum"),
            column("shown"),
        ],
        select_from=ast.JoinExpr(ranked),
        group_by=[column("shown")],
    )


def trends_results(
    rows: Sequence[Row],
    breakdowns: Sequence[Breakdown],
    is_everyone: bool,
    period: ResolvedRange,
    complete_before: datetime | None,
    window_seconds: int,
) -> list[dict[str, Any]]:
    """The response's `results`. With `complete_before` periods whose window had not ended then are left out."""
    kept = len(period.buckets)
    if complete_before is not None:
        window = timedelta(seconds=window_seconds)
        ends = [next_bucket(start, period.interval).astimezone(UTC) + window for start in period.buckets]
        kept = sum(end <= complete_before.astimezone(UTC) for end in ends)
    if not breakdowns or is_everyone:
        entered = {at: count for at, count, _ in rows}
        converted = {at: count for at, _, count in rows}
        result = _result(entered, converted, period, kept)
        return [result | {"breakdown_value": "all"}] if is_everyone else [result]
    results = []
    for entered_map, converted_map, _, shown in sorted(rows, key=lambda row: (row[3][0], -row[2], row[3][1])):
        entered, converted = dict(zip(*entered_map, strict=True)), dict(zip(*converted_map, strict=True))
        found = _result(entered, converted, period, kept)
        results.append(found | {"breakdown_value": shown_value(shown, breakdowns)})
    return results


def best_by_period(funnel: Funnel, from_step: int, period: ResolvedRange) -> ast.SelectQuery:
    """One row per actor and period it entered in, as in `best_attempts`, with the period's number as `period`."""
    one_each = ast.SelectQuery(
        select=[*(column(name) for name in carried(funnel)), _ATTEMPT],
        select_from=ast.JoinExpr(attempts(funnel)),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(column("attempts"), "attempt")],
    )
    entrance = step_times(funnel, settled(funnel, _ATTEMPT))[from_step] if from_step else started(funnel, _ATTEMPT)
    at = call("fromUnixTimestamp", call("intDiv", entrance, number(1_000_000)))
    entering = ast.SelectQuery(
        select=[*(column(name) for name in carried(funnel)), _ATTEMPT, ast.Alias(bucket_number(at, period), "period")],
        select_from=ast.JoinExpr(one_each),
        where=is_not_zero(entrance),
    )
    same = [name for name in carried(funnel) if name not in keys(funnel)]
    once = ast.SelectQuery(
        select=[
            *(column(name) for name in keys(funnel)),
            _PERIOD,
            *(ast.Alias(call("any", column(name)), name) for name in same),
            ast.Alias(call("argMin", _ATTEMPT, rank(funnel, _ATTEMPT)), "best"),
        ],
        select_from=ast.JoinExpr(entering),
        group_by=[*(column(name) for name in keys(funnel)), _PERIOD],
    )
    return counted(funnel, once, _PERIOD)


def _by_period(funnel: Funnel, from_step: int, to_step: int, period: ResolvedRange) -> ast.SelectQuery:
    value = [column("value")] if funnel.attribution else []
    has_converted = compared(reached(funnel, _BEST), ">", number(to_step))
    return ast.SelectQuery(
        select=[
            *value,
            _PERIOD,
            ast.Alias(call("count"), "entered"),
            ast.Alias(call("countIf", has_converted), "converted"),
        ],
        select_from=ast.JoinExpr(best_by_period(funnel, from_step, period)),
        group_by=[*value, _PERIOD],
    )


def _result(entered: dict[int, int], converted: dict[int, int], period: ResolvedRange, kept: int) -> dict[str, Any]:
    shares = [round(100 * converted[at] / entered[at], 2) if entered.get(at) else 0 for at in range(kept)]
    return {"count": kept, "data": shares, "days": period.days[:kept], "labels": period.labels[:kept]}
