"""From the question to the answer: the range, which queries are asked in which order, and what their rows become."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actors import Asking as ActorsAsking
from hedgerow.insights.actors import Point, nobody
from hedgerow.insights.actors.breakdowns import breakdown_texts
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.breakdowns import (
    DEFAULT_LIMIT,
    NONE,
    OTHER,
    BreakdownFilter,
    breakdown_value,
    edges_of,
    edges_query_value,
    is_everyone,
)
from hedgerow.insights.buckets import bucket_before
from hedgerow.insights.dates import ResolvedRange, floor, next_bucket, resolve
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.properties import property_field
from hedgerow.insights.ranges import first_event, shown_range
from hedgerow.insights.retention.build import (
    amounts_query,
    breakdown_text,
    cells_query,
    edges_query,
    largest_values_query,
    row_query,
)
from hedgerow.insights.retention.request import RetentionQuery
from hedgerow.insights.retention.shape import read_cells, shape
from hedgerow.insights.retention.table import Table
from hedgerow.insights.selection import PERSON, group_key, is_not_empty, kept_events, series_events
from hedgerow.insights.series import event_condition, missing_actions

Asking = Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], Table]


def answer(
    query: RetentionQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a RetentionQuery; see `hedgerow.insights.answering` for how rows are handed in.

    Gives `results` and `resolved_date_range`. Raises InsightError and HogQLError for mistakes in the request.
    """
    _check(query)
    earliest = yield from first_event(query.dateRange)
    period = table_range(query, context.timezone, context.week_start_day, now, earliest)
    table = _table(query, period, context, now, test_account_filters)
    results: list[dict[str, Any]] = []
    if period.buckets:
        breakdowns = (query.breakdownFilter or BreakdownFilter()).asked
        everyone = is_everyone(breakdowns)
        shown: list[str] | None = None
        cells: Sequence[Row] | None = None
        if breakdowns and not everyone:
            table = yield from _broken_down(query, table)
            shown, cells = yield from _shown(query, table)
        queries = [] if cells is not None else [cells_query(table, shown)]
        if table.amount is not None:
            queries.append(amounts_query(table, shown))
        found = iter((yield queries) if queries else [])
        counted = next(found) if cells is None else cells
        results = shape(query, period, read_cells(counted, *found), "all" if everyone else None)
    return {
        "results": results,
        "resolved_date_range": shown_range(period),
        **missing_actions([query.target, query.returning], context),
    }


def actors(
    query: RetentionQuery,
    point: Point,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> ActorsAsking:
    """The actors of the row `interval` (the first, if not given), of one `breakdown` value if given.

    What their own columns say is in `build.row_query`. Raises InsightError as `answer` does.
    """
    _check(query)
    earliest = yield from first_event(query.dateRange)
    period = table_range(query, context.timezone, context.week_start_day, now, earliest)
    index = query.aggregation_group_type_index
    if not period.buckets:
        return nobody(index)
    table = _table(query, period, context, now, test_account_filters)
    breakdowns = (query.breakdownFilter or BreakdownFilter()).asked
    value = shown = None
    if breakdowns and not is_everyone(breakdowns) and point.breakdown is not None:
        table = yield from _broken_down(query, table)
        value = "::".join(each or NONE for each in breakdown_texts(point.breakdown))
        if value == OTHER:
            shown, _ = yield from _shown(query, table)
    return replace(row_query(table, point.interval or 0, value, shown), group_type_index=index)


def table_range(
    query: RetentionQuery, timezone: str, week_start_day: int, now: datetime, earliest: datetime | None = None
) -> ResolvedRange:
    """The range of whole intervals that are the rows: up to the one `date_to` (now, if not given) lies in.

    It begins with the interval of `date_from`, or as many intervals before its end as are asked for. A range that ends
    before it begins has no intervals. `earliest` is the time of the first event, from where `all` begins.
    """
    dates = query.dates
    asked = resolve(dates, query.interval, timezone, now, week_start_day=week_start_day, earliest=earliest)
    if dates.date_from and not asked.buckets:
        return asked
    last = floor(asked.date_to, query.interval, week_start_day)
    start = floor(asked.date_from, query.interval, week_start_day)
    if not dates.date_from:
        start = last
        for _ in range(query.intervals - 1):
            start = bucket_before(start, query.interval, week_start_day)
    end = next_bucket(last, query.interval).astimezone(UTC) - timedelta(microseconds=1)
    return replace(asked, date_from=start, filter_from=start, date_to=end.astimezone(asked.timezone))


def _check(query: RetentionQuery) -> None:
    asked = query.retentionFilter
    if asked.timeWindowMode == "24_hour_windows" and asked.cumulative:
        raise InsightError("Cumulative retention is not supported for 24 hour windows.")
    if asked.aggregationType in ("sum", "avg") and not asked.aggregationProperty:
        raise InsightError(f"The aggregation '{asked.aggregationType}' needs an aggregationProperty.")


def _table(
    query: RetentionQuery,
    period: ResolvedRange,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]],
) -> Table:
    asked = query.retentionFilter
    index = query.aggregation_group_type_index
    actor: ast.Expr = PERSON if index is None else group_key(index)
    has_actor = TRUE if index is None else is_not_empty(actor)
    kept = kept_events(query.properties, query.filterTestAccounts, test_account_filters, context, now)
    amount = None
    if asked.aggregationType in ("sum", "avg"):
        field = property_field(asked.aggregationPropertyType or "event", asked.aggregationProperty or "")
        amount = ast.Call("toFloat", [field])
    return Table(
        kind=asked.retentionType or "retention_recurring",
        period=period,
        actor=actor,
        kept=conjunction([kept, has_actor]),
        named=conjunction([event_condition(query.target, context, now), has_actor]),
        target=series_events(query.target, context, now),
        returning=series_events(query.returning, context, now),
        occurrences=asked.minimumOccurrences or 1,
        columns=query.columns,
        brackets=query.brackets,
        is_cumulative=bool(asked.cumulative),
        amount=amount,
        window=query.window_seconds * 1_000_000 if query.window_seconds else None,
    )


def _shown(
    query: RetentionQuery, table: Table
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], tuple[list[str] | None, list[Row] | None]]:
    """The values of the breakdown that are shown, or, if all are, None and the rows of `cells_query`."""
    limit = (query.breakdownFilter and query.breakdownFilter.breakdown_limit) or DEFAULT_LIMIT
    missing = "::".join([NONE] * len((query.breakdownFilter or BreakdownFilter()).asked))
    # One more than are shown tells whether there are others; events without the property take no place.
    (largest,) = yield [largest_values_query(table, limit + 2)]
    values = [value for value, _, _ in largest if value != missing]
    if len(values) > limit:
        return [*values[:limit], missing], None
    return None, [(value, *cell) for value, _, cells in largest for cell in cells]


def _broken_down(query: RetentionQuery, table: Table) -> Asking:
    """The table with its breakdown, once the borders of histograms are known."""
    asked = (query.breakdownFilter or BreakdownFilter()).asked
    quantiles = [edges_query_value(each) for each in asked]
    needed = [edges_query(table, each) for each in quantiles if each is not None]
    found = iter((yield needed) if needed else [])
    values = [
        breakdown_value(each, None if wanted is None else edges_of(next(found)[0][0] or []))
        for each, wanted in zip(asked, quantiles, strict=True)
    ]
    return replace(table, value=breakdown_text(values))
