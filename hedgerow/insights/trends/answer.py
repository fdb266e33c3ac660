"""From the question to the answer: which queries are asked, in which order, and what their rows become."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import properties
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.breakdowns import (
    COUNTRY_LIMIT,
    DEFAULT_LIMIT,
    OTHER,
    Breakdown,
    BreakdownFilter,
    Edges,
    breakdown_value,
    edges_of,
    edges_query_value,
    is_everyone,
)
from hedgerow.insights.dates import CompareFilter, ResolvedRange, iso, previous, resolve
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import conjunction, disjunction
from hedgerow.insights.series import GroupNode, event_condition, is_missing, missing_actions, named_series
from hedgerow.insights.trends.build import (
    Scan,
    earliest_event_query,
    edges_query,
    others_query,
    ranked_query,
    values_query,
)
from hedgerow.insights.trends.formula import parse_formula
from hedgerow.insights.trends.measures import measure_of
from hedgerow.insights.trends.request import UNSUPPORTED_DISPLAYS, TrendsQuery
from hedgerow.insights.trends.shape import Bucket, Numbers, Period, SeriesNumbers, shape


def answer(
    query: TrendsQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a TrendsQuery; see `hedgerow.insights.answering` for how rows are handed in.

    `test_account_filters` are the project's, used when the query asks for `filterTestAccounts`. Raises InsightError and
    HogQLError for mistakes in the request.
    """
    if query.display in UNSUPPORTED_DISPLAYS:
        raise InsightError(f"The display '{query.display}' is not supported.")
    query = query.model_copy(update={"series": named_series(query.series, context)})
    formulas = [(node, parse_formula(node.formula, len(query.series))) for node in query.formulas]
    periods, scans = yield from asked_scans(query, context, now, test_account_filters)
    limit = breakdown_limit(query)
    asked = [scan for scan in scans if scan.period.buckets]
    queries = [ranked_query(scan, limit) if scan.breakdowns else values_query(scan) for scan in asked]
    found = iter((yield queries) if queries else [])
    numbers = [_numbers(scan, next(found)) if scan.period.buckets else _no_numbers(scan) for scan in scans]

    yield from _recount_others(query, scans, numbers)
    in_series = [
        SeriesNumbers(index, period, each)
        for (period, index), each in zip(
            ((period, index) for period in periods for index in range(len(query.series))), numbers, strict=True
        )
    ]
    if not formulas:
        # In a formula the letters of the others must stay what they are.
        in_series = [each for each in in_series if not is_missing(query.series[each.series], context)]
    return {
        **missing_actions(query.series, context),
        **shape(query, in_series, formulas, is_everyone=is_everyone(_breakdowns(query))),
        "resolved_date_range": _shown_range(periods[0].range),
        "resolved_compare_date_range": _shown_range(periods[1].range) if len(periods) > 1 else None,
    }


def asked_scans(
    query: TrendsQuery, context: ProjectContext, now: datetime, test_account_filters: Sequence[dict[str, Any]]
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], tuple[list[Period], list[Scan]]]:
    """The periods of a question, and the scans of all its series in the first period, then in the other."""
    earliest = None
    if query.dateRange and query.dateRange.date_from == "all":
        ((first_event,),) = yield [earliest_event_query()]
        earliest = _as_utc(first_event[0]) if first_event[1] else None
    periods = _periods(query, context, now, earliest)
    scans = [
        _scan(query, index, period, context, now, test_account_filters)
        for period in periods
        for index in range(len(query.series))
    ]
    breakdowns = _breakdowns(query)
    edge_queries = [edges_query(scan, edges) for scan in scans for edges in _edge_values(breakdowns)]
    edge_rows = (yield edge_queries) if edge_queries and _has_buckets(periods) else [[([],)]] * len(edge_queries)
    return periods, _with_breakdowns(scans, breakdowns, [edges_of(rows[0][0] or []) for rows in edge_rows])


def breakdown_limit(query: TrendsQuery) -> int:
    """How many breakdown values are shown; the others are merged."""
    asked = query.breakdownFilter or BreakdownFilter()
    if asked.breakdown_limit:
        return asked.breakdown_limit
    by_country = any(each.property == "$geoip_country_code" for each in asked.asked)
    return COUNTRY_LIMIT if query.display == "WorldMap" and by_country else DEFAULT_LIMIT


def _recount_others(
    query: TrendsQuery, scans: Sequence[Scan], numbers: list[dict[tuple[str, ...], Numbers]]
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], None]:
    """Replace the sums of what lies beyond a breakdown's limit by numbers over all its events, where these differ."""
    if query.breakdownFilter and query.breakdownFilter.breakdown_hide_other_aggregation:
        return
    wrong = [at for at, scan in enumerate(scans) if _other(scan) in numbers[at] and not scan.measure.adds_up]
    if not wrong:
        return
    shown = [[value for value in numbers[at] if value != _other(scans[at])] for at in wrong]
    found = yield [others_query(scans[at], values) for at, values in zip(wrong, shown, strict=True)]
    for at, rows in zip(wrong, found, strict=True):
        numbers[at][_other(scans[at])] = _flat_numbers(scans[at], rows)


def _periods(query: TrendsQuery, context: ProjectContext, now: datetime, earliest: datetime | None) -> list[Period]:
    dates = query.dates
    compare = query.compareFilter or CompareFilter()
    current = resolve(
        dates,
        query.bucket_interval,
        context.timezone,
        now,
        week_start_day=context.week_start_day,
        earliest=earliest,
    )
    if not compare.compare or dates.date_from == "all":
        return [Period(None, current)]
    return [Period("current", current), Period("previous", previous(current, compare.compare_to))]


def _scan(
    query: TrendsQuery,
    index: int,
    period: Period,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]],
) -> Scan:
    node = query.series[index]

    def filters(given: properties.Properties) -> ast.Expr:
        return properties.property_filters(given, context, now)

    if isinstance(node, GroupNode):
        parts = [conjunction([event_condition(each, context, now), filters(each.filters)]) for each in node.nodes]
        event = disjunction(parts) if node.operator == "OR" else conjunction(parts)
    else:
        event = event_condition(node, context, now)
    excluded = properties.test_account_filters(test_account_filters) if query.filterTestAccounts else []
    return Scan(
        event=event,
        filters=conjunction([filters(query.properties), filters(node.filters), filters(excluded)]),
        measure=measure_of(node, query),
        period=period.range,
        is_total=query.is_total,
    )


def _breakdowns(query: TrendsQuery) -> list[Breakdown]:
    asked = (query.breakdownFilter or BreakdownFilter()).asked
    bins = query.trendsFilter and query.trendsFilter.breakdown_histogram_bin_count
    if bins and len(asked) == 1 and not asked[0].histogram_bin_count:
        asked = [asked[0].model_copy(update={"histogram_bin_count": bins})]
    return asked


def _edge_values(breakdowns: Sequence[Breakdown]) -> list[ast.Expr]:
    return [value for each in breakdowns if (value := edges_query_value(each)) is not None]


def _with_breakdowns(scans: list[Scan], breakdowns: Sequence[Breakdown], edges: Sequence[Edges]) -> list[Scan]:
    """The scans with their breakdown values; `edges` has one entry for each histogram of each scan, in order."""
    if is_everyone(breakdowns):
        return scans
    remaining = iter(edges)
    return [
        replace(
            scan,
            breakdowns=tuple(
                breakdown_value(each, next(remaining) if edges_query_value(each) is not None else None)
                for each in breakdowns
            ),
        )
        for scan in scans
    ]


def _has_buckets(periods: Sequence[Period]) -> bool:
    return all(period.range.buckets for period in periods)


def _other(scan: Scan) -> tuple[str, ...]:
    return (OTHER,) * len(scan.breakdowns) if scan.breakdowns else ("",)


def _no_numbers(scan: Scan) -> dict[tuple[str, ...], Numbers]:
    return {} if scan.breakdowns else {(): {}}


def _numbers(scan: Scan, rows: Sequence[Row]) -> dict[tuple[str, ...], Numbers]:
    """The numbers by breakdown value; without a breakdown under the empty one."""
    if not scan.breakdowns:
        return {(): _flat_numbers(scan, rows)}
    return {tuple(shown): dict(zip(*merged, strict=True)) for shown, merged in rows}


def _flat_numbers(scan: Scan, rows: Sequence[Row]) -> Numbers:
    if scan.is_total:
        return {0: rows[0][0]} if rows else {}
    return {_bucket(row[0]): row[1] for row in rows}


def _bucket(key: Any) -> Bucket:
    return key.date() if isinstance(key, datetime) else key


def _as_utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _shown_range(resolved: ResolvedRange) -> dict[str, str]:
    return {"date_from": iso(resolved.date_from), "date_to": iso(resolved.date_to)}
