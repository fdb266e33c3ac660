"""From the question to the answer: which queries are asked, and what their rows become."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.funnels.asked import Asked, asked_of
from hedgerow.insights.funnels.request import FunnelsQuery
from hedgerow.insights.funnels.steps_view import steps_query, steps_results
from hedgerow.insights.funnels.time_view import time_query, time_results
from hedgerow.insights.funnels.trends_view import trends_query, trends_results
from hedgerow.insights.ranges import shown_range
from hedgerow.insights.series import missing_actions, named_series

_LABELS = ("current", "previous")


def answer(
    query: FunnelsQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a FunnelsQuery; see `hedgerow.insights.answering` for how rows are handed in.

    `test_account_filters` are the project's, used when the query asks for `filterTestAccounts`. Raises InsightError and
    HogQLError for mistakes in the request.

    With a range to compare with, `results` is a list of what it would be for each of the two ranges, the current one
    first; the view over time and breakdowns, which are lists already, follow each other. All have `compare` and
    `compare_label`. `total_median_conversion_time` is the current one's.
    """
    if not query.series:
        return {"results": []}
    query = query.model_copy(update={"series": named_series(query.series, context)})
    asked = yield from asked_of(query, context, now, test_account_filters)
    queries = [tree for at in range(len(asked.periods)) for tree in _queries(query, asked, at)]
    found = iter((yield queries) if queries else [])
    answers = [
        _answer(query, asked, at, next(found) if _queries(query, asked, at) else [], now)
        for at in range(len(asked.periods))
    ]
    return {
        "resolved_date_range": shown_range(asked.periods[0]),
        **missing_actions([*query.series, *(query.options.exclusions or [])], context),
        **(answers[0] if len(answers) == 1 else _compared(query, asked, answers)),
    }


def _queries(query: FunnelsQuery, asked: Asked, at: int) -> list[ast.SelectQuery]:
    """The query of one range; none where there is nothing to ask."""
    funnel, period = asked.funnels[at], asked.periods[at]
    match query.view:
        case "time_to_convert":
            return [time_query(funnel, query.from_step, query.to_step)]
        case "trends" if period.buckets:
            return [trends_query(funnel, query.from_step, query.to_step, period, query.breakdown_limit)]
        case "trends":
            return []
        case _:
            return [steps_query(funnel, query.breakdown_limit)]


def _answer(query: FunnelsQuery, asked: Asked, at: int, rows: Sequence[Row], now: datetime) -> dict[str, Any]:
    """The fields of one range."""
    match query.view:
        case "time_to_convert":
            return time_results(rows[0], query.options.binCount)
        case "trends":
            complete_before = now if query.options.hideIncompleteConversionWindowPeriods else None
            period, window = asked.periods[at], query.window_seconds
            return {
                "results": trends_results(rows, asked.breakdowns, asked.is_of_everyone, period, complete_before, window)
            }
        case _:
            return steps_results(query, asked.breakdowns, asked.is_of_everyone, rows)


def _compared(query: FunnelsQuery, asked: Asked, answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The fields of both ranges as one answer."""
    is_one_each = query.view == "time_to_convert" or (query.view == "steps" and not asked.breakdowns)
    results: list[Any] = []
    for label, fields in zip(_LABELS, answers, strict=True):
        parts = [fields["results"]] if is_one_each else fields["results"]
        results += [_labelled(part, {"compare": True, "compare_label": label}) for part in parts]
    return {
        **answers[0],
        "results": results,
        "resolved_compare_date_range": shown_range(asked.periods[1]),
    }


def _labelled(result: Any, label: dict[str, Any]) -> Any:
    """A result, or each step of a funnel, with whose range it is of."""
    return [each | label for each in result] if isinstance(result, list) else result | label
