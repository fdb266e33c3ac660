"""What a question asks for: its ranges, and for each of them a funnel."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.answering import Row
from hedgerow.insights.breakdowns import (
    Breakdown,
    BreakdownFilter,
    breakdown_value,
    edges_of,
    edges_query_value,
    is_everyone,
)
from hedgerow.insights.dates import CompareFilter, ResolvedRange, previous, resolve
from hedgerow.insights.funnels.checks import check
from hedgerow.insights.funnels.funnel import EVENTS, Funnel, funnel_of
from hedgerow.insights.funnels.request import FunnelsQuery
from hedgerow.insights.ranges import first_event


@dataclass(frozen=True)
class Asked:
    """The ranges, the second one being what the first is compared with; the breakdowns; and a funnel for each range."""

    periods: list[ResolvedRange]
    funnels: list[Funnel]
    breakdowns: list[Breakdown]
    is_of_everyone: bool
    """Whether the breakdown is the one by everyone, which has one value."""


def asked_of(
    query: FunnelsQuery, context: ProjectContext, now: datetime, test_account_filters: Sequence[dict[str, Any]]
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], Asked]:
    """What a question with steps asks for. Raises InsightError and HogQLError for mistakes in it."""
    check(query)
    earliest = yield from first_event(query.dateRange)
    periods = _periods(query, context, now, earliest)
    funnels = [funnel_of(query, period, context, now, test_account_filters) for period in periods]
    breakdowns = (query.breakdownFilter or BreakdownFilter()).asked if query.view != "time_to_convert" else []
    of_everyone = is_everyone(breakdowns)
    if breakdowns and not of_everyone:
        funnels = yield from _broken_down(query, funnels, breakdowns)
    return Asked(periods, funnels, breakdowns, of_everyone)


def _periods(
    query: FunnelsQuery, context: ProjectContext, now: datetime, earliest: datetime | None
) -> list[ResolvedRange]:
    week_start_day = context.week_start_day
    current = resolve(
        query.dates, query.bucket_interval, context.timezone, now, week_start_day=week_start_day, earliest=earliest
    )
    compare = query.compareFilter or CompareFilter()
    if not compare.compare or query.dates.date_from == "all":
        return [current]
    return [current, previous(current, compare.compare_to)]


def _broken_down(
    query: FunnelsQuery, funnels: Sequence[Funnel], breakdowns: Sequence[Breakdown]
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], list[Funnel]]:
    """The funnels with their breakdown values, which for a histogram depend on the events in the first range."""
    edges = {at: value for at, each in enumerate(breakdowns) if (value := edges_query_value(each)) is not None}
    found: Sequence[Sequence[Row]] = []
    if edges:
        events = funnels[0].events
        found = yield [ast.SelectQuery(select=[value], select_from=EVENTS, where=events) for value in edges.values()]
    borders = {at: edges_of(rows[0][0] or []) for at, rows in zip(edges, found, strict=True)}
    values = tuple(breakdown_value(each, borders.get(at)) for at, each in enumerate(breakdowns))
    return [
        replace(
            funnel,
            breakdowns=values,
            attribution=query.options.breakdownAttributionType or "first_touch",
            attributed_step=(query.options.breakdownAttributionValue or 0) + 1,
        )
        for funnel in funnels
    ]
