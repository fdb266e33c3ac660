"""From the question to the answer: which queries are asked, and what their rows become."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.breakdowns import (
    Breakdown,
    BreakdownFilter,
    breakdown_value,
    edges_of,
    edges_query_value,
    is_everyone,
)
from hedgerow.insights.dates import resolve
from hedgerow.insights.funnels.checks import check
from hedgerow.insights.funnels.funnel import EVENTS, Funnel, funnel_of
from hedgerow.insights.funnels.request import FunnelsQuery
from hedgerow.insights.funnels.steps_view import steps_query, steps_results
from hedgerow.insights.funnels.time_view import time_query, time_results
from hedgerow.insights.funnels.trends_view import trends_query, trends_results
from hedgerow.insights.ranges import first_event, shown_range
from hedgerow.insights.series import missing_actions, named_series


def answer(
    query: FunnelsQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a FunnelsQuery; see `hedgerow.insights.answering` for how rows are handed in.

    `test_account_filters` are the project's, used when the query asks for `filterTestAccounts`. Raises InsightError and
    HogQLError for mistakes in the request.
    """
    if not query.series:
        return {"results": []}
    check(query)
    query = query.model_copy(update={"series": named_series(query.series, context)})
    earliest = yield from first_event(query.dateRange)
    period = resolve(
        query.dates,
        query.bucket_interval,
        context.timezone,
        now,
        week_start_day=context.week_start_day,
        earliest=earliest,
    )
    breakdowns = (query.breakdownFilter or BreakdownFilter()).asked if query.view != "time_to_convert" else []
    of_everyone = is_everyone(breakdowns)
    funnel = funnel_of(query, period, context, now, test_account_filters)
    if breakdowns and not of_everyone:
        funnel = yield from _broken_down(query, funnel, breakdowns)
    limit, first, last = query.breakdown_limit, query.from_step, query.to_step
    fields: dict[str, Any] = {
        "resolved_date_range": shown_range(period),
        **missing_actions([*query.series, *(query.options.exclusions or [])], context),
    }
    if query.view == "time_to_convert":
        ((row,),) = yield [time_query(funnel, first, last)]
        return fields | time_results(row, query.options.binCount)
    if query.view == "trends":
        rows: Sequence[Row] = []
        if period.buckets:
            (rows,) = yield [trends_query(funnel, first, last, period, limit)]
        complete_before = now if query.options.hideIncompleteConversionWindowPeriods else None
        return fields | {
            "results": trends_results(rows, breakdowns, of_everyone, period, complete_before, query.window_seconds)
        }
    (rows,) = yield [steps_query(funnel, limit)]
    return fields | steps_results(query, breakdowns, of_everyone, rows)


def _broken_down(
    query: FunnelsQuery, funnel: Funnel, breakdowns: Sequence[Breakdown]
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], Funnel]:
    """The funnel with its breakdown values, which for a histogram depend on the events there are."""
    edges = {at: value for at, each in enumerate(breakdowns) if (value := edges_query_value(each)) is not None}
    found: Sequence[Sequence[Row]] = []
    if edges:
        found = yield [
            ast.SelectQuery(select=[value], select_from=EVENTS, where=funnel.events) for value in edges.values()
        ]
    borders = {at: edges_of(rows[0][0] or []) for at, rows in zip(edges, found, strict=True)}
    return replace(
        funnel,
        breakdowns=tuple(breakdown_value(each, borders.get(at)) for at, each in enumerate(breakdowns)),
        attribution=query.options.breakdownAttributionType or "first_touch",
        attributed_step=(query.options.breakdownAttributionValue or 0) + 1,
    )
