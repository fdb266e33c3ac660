"""WebStatsTableQuery: the visits by page, source, device or place, a row for each value.

The bounce rate of a page is that of the sessions that began on it; of any other value, that of all its sessions. How
far a page was scrolled and how long it was read is told by the events that follow it, so both are of pages only. Where
a goal is asked for, rows tell of conversions instead; frustration has counts of its own.

Beside the value each cell is `[current, previous]`, the latter null without a period to compare with. Rates are from 0
to 1, times in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from pydantic import Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_expr, parse_select
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.dates import ResolvedRange
from hedgerow.insights.operators import conjunction
from hedgerow.insights.web.breakdowns import (
    BREAKDOWNS,
    PREVIOUS_PATH,
    Breakdown,
    BreakdownBy,
    breakdown_value,
    has_value,
)
from hedgerow.insights.web.question import SAMPLING_RATE, Visits, WebQuestion, is_named, periods, shown_periods, visits

DEFAULT_ROWS = 100
MAX_ROWS = 50_000

_PREFIX = "context.columns."
_READ_EVENTS = ("$pageview", "$pageleave")


class WebStatsTableQuery(WebQuestion):
    """A question for a table."""

    kind: Literal["WebStatsTableQuery"] = "WebStatsTableQuery"
    breakdownBy: BreakdownBy  # noqa: N815
    includeBounceRate: bool | None = False  # noqa: N815
    includeScrollDepth: bool | None = False  # noqa: N815
    includeAvgTimeOnPage: bool | None = False  # noqa: N815
    limit: int | None = Field(None, ge=1)
    offset: int | None = Field(None, ge=0, le=2**31)


@dataclass(frozen=True)
class _Metric:
    """A column of the table, ordered by as `ordered_as`.

    `total` adds up the rows of one value: of its sessions, or with `is_of_reading` of how the page was read.
    """

    name: str
    ordered_as: str
    total: str
    is_count: bool = True
    is_of_reading: bool = False


_VISITORS = _Metric("visitors", "Visitors", "uniqExactArray(persons)")
_VIEWS = _Metric("views", "Views", "sum(views)")
_BOUNCE_RATE = _Metric("bounce_rate", "BounceRate", "if(count(bounced) = 0, NULL, avg(bounced))", is_count=False)
_SCROLL = (
    _Metric("average_scroll_percentage", "AverageScrollPercentage", "scroll", False, True),
    _Metric("scroll_gt80_percentage", "ScrollGt80Percentage", "far", False, True),
)
_TIME = _Metric("avg_time_on_page", "AvgTimeOnPage", "time", False, True)
_CONVERSIONS = (
    _VISITORS,
    _Metric("total_conversions", "TotalConversions", "sum(conversions)"),
    _Metric("unique_conversions", "UniqueConversions", "uniqExactArray(converted)"),
    _Metric(
        "conversion_rate",
        "ConversionRate",
        "uniqExactArray(converted) / nullIf(uniqExactArray(persons), 0)",
        is_count=False,
    ),
)
_FRUSTRATION = (
    _Metric("rage_clicks", "RageClicks", "sum(rage_clicks)"),
    _Metric("dead_clicks", "DeadClicks", "sum(dead_clicks)"),
    _Metric("errors", "Errors", "sum(errors)"),
)
_FRUSTRATION_EVENTS = ("$rageclick", "$dead_click", "$exception")


def answer(
    query: WebStatsTableQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a WebStatsTableQuery; see `hedgerow.insights.answering` for how rows are handed in.

    Gives `results`, `columns`, `types`, `hasMore`, `limit`, `offset` and `samplingRate`. Raises InsightError and
    HogQLError for mistakes in the request.
    """
    asked: list[ResolvedRange] = (yield from periods(query, context, now))["periods"]
    chosen = visits(query, context, now, test_account_filters)
    metrics = _metrics(query)
    limit, offset = min(query.limit or DEFAULT_ROWS, MAX_ROWS), query.offset or 0
    tree = table_query(query, context, chosen, asked)
    tree.limit, tree.offset = ast.Constant(limit + 1), ast.Constant(offset)
    (rows,) = yield [tree]
    return {
        "results": [_shaped(row, len(metrics), len(asked)) for row in rows[:limit]],
        "columns": [f"{_PREFIX}{name}" for name in ("breakdown_value", *_names(metrics), "ui_fill_fraction")],
        "types": [
            _value_type(query.breakdownBy),
            *(_cell_type(metric) for metric in metrics),
            "Float64",
        ],
        "hasMore": len(rows) > limit,
        "limit": limit,
        "offset": offset,
        "samplingRate": SAMPLING_RATE,
        **shown_periods(asked),
    }


def table_query(
    query: WebStatsTableQuery, context: ProjectContext, chosen: Visits, asked: Sequence[ResolvedRange]
) -> ast.SelectQuery:
    """The rows in their order: the value, each metric in each period, and the share of the row."""
    metrics = _metrics(query)
    parts = [part for number, period in enumerate(asked) for part in _parts(query, context, chosen, period, number)]
    source: ast.SelectQuery | ast.SelectSetQuery = parts[0]
    if len(parts) > 1:
        source = ast.SelectSetQuery(parts[0], [ast.SelectSetNode(part, "UNION ALL") for part in parts[1:]])
    merged = ast.SelectQuery(
        select=[
            ast.Field(["breakdown_value"]),
            *(
                ast.Alias(
                    parse_expr(f"{'sumIf' if metric.is_count else 'maxIf'}({metric.name}, period = {number})"),
                    f"{metric.name}_{number}",
                )
                for metric in metrics
                for number in range(len(asked))
            ),
        ],
        select_from=ast.JoinExpr(source),
        group_by=[ast.Field(["breakdown_value"])],
        # What is only known from having been read in another period has not been visited.
        having=parse_expr(f"sum({' + '.join(metric.name for metric in metrics if metric.is_count)}) > 0"),
    )
    ordered, direction = _first_order(query, metrics)
    order = [ast.OrderExpr(ast.Field([f"{ordered.name}_0"]), order=direction)]
    order += [ast.OrderExpr(ast.Field([f"{each.name}_0"]), order="DESC") for each in metrics[:3] if each.is_count]
    order.append(ast.OrderExpr(ast.Field(["breakdown_value"])))
    names = [f"{metric.name}_{number}" for metric in metrics for number in range(len(asked))]
    return ast.SelectQuery(
        select=[ast.Field(["breakdown_value"]), *(ast.Field([name]) for name in names), _fill_fraction(ordered)],
        select_from=ast.JoinExpr(merged),
        order_by=order,
    )


def _metrics(query: WebStatsTableQuery) -> list[_Metric]:
    if query.breakdownBy == "FrustrationMetrics":
        return list(_FRUSTRATION)
    if query.conversionGoal and query.conversionGoal.node:
        return list(_CONVERSIONS)
    metrics = [_VISITORS, _VIEWS]
    if query.includeBounceRate:
        metrics.append(_BOUNCE_RATE)
    if query.breakdownBy == "Page":
        metrics += _SCROLL if query.includeScrollDepth else ()
        metrics += [_TIME] if query.includeAvgTimeOnPage else []
    return metrics


def _parts(
    query: WebStatsTableQuery, context: ProjectContext, chosen: Visits, period: ResolvedRange, number: int
) -> Iterator[ast.SelectQuery]:
    """What is added up for a period: rows of a value and the metrics, of which each part knows some."""
    metrics = _metrics(query)
    yield _part(metrics, _sessions(query, context, chosen, period), number, is_of_reading=False)
    if any(metric.is_of_reading for metric in metrics):
        yield _part(metrics, _readings(query, context, chosen, period), number, is_of_reading=True)


def _part(metrics: Sequence[_Metric], rows: ast.SelectQuery, number: int, *, is_of_reading: bool) -> ast.SelectQuery:
    columns = []
    for metric in metrics:
        missing = "0" if metric.is_count else "NULL"
        columns.append(f"{metric.total if metric.is_of_reading == is_of_reading else missing} AS {metric.name}")
    text = f"SELECT breakdown_value, {number} AS period, {', '.join(columns)} FROM {{rows}}"  # noqa: S608
    if not is_of_reading:
        text += " GROUP BY breakdown_value"
    return cast(ast.SelectQuery, parse_select(text, {"rows": rows}))


def _sessions(
    query: WebStatsTableQuery, context: ProjectContext, chosen: Visits, period: ResolvedRange
) -> ast.SelectQuery:
    """What each session adds to each value; all sessions at once where nothing is asked of the sessions themselves."""
    breakdown = BREAKDOWNS[query.breakdownBy]
    value = breakdown_value(breakdown, context, bool(query.doPathCleaning))
    events = is_named(*_FRUSTRATION_EVENTS) if query.breakdownBy == "FrustrationMetrics" else None
    columns: list[ast.Expr] = [ast.Alias(value, "breakdown_value")]
    if query.breakdownBy == "FrustrationMetrics":
        for metric, event in zip(_FRUSTRATION, _FRUSTRATION_EVENTS, strict=True):
            columns.append(ast.Alias(ast.Call("countIf", [is_named(event)]), metric.name))
    else:
        columns.append(_alias("groupUniqArray(person_id)", "persons"))
        if chosen.is_goal is None:
            columns.append(_alias("count()", "views"))
        else:
            columns.append(ast.Alias(ast.Call("countIf", [chosen.is_goal]), "conversions"))
            converted = ast.Call("groupUniqArrayIf", [ast.Field(["person_id"]), chosen.is_goal])
            columns.append(ast.Alias(converted, "converted"))
        if _BOUNCE_RATE in _metrics(query):
            columns.append(ast.Alias(_bounced(query, context, value), "bounced"))
    tree = _grouped(columns, breakdown, value, chosen.within(period, events))
    if _BOUNCE_RATE in _metrics(query):
        tree.group_by = [ast.Field(["breakdown_value"]), ast.Field(["$session_id"])]
    return tree


def _bounced(query: WebStatsTableQuery, context: ProjectContext, value: ast.Expr) -> ast.Expr:
    bounced = parse_expr("toInt(session.$is_bounce)")
    if query.breakdownBy == "Page":
        entry = breakdown_value(BREAKDOWNS["InitialPage"], context, bool(query.doPathCleaning))
        bounced = ast.Call("if", [ast.CompareOperation(value, entry, "=="), bounced, ast.Constant(None)])
    return ast.Call("any", [bounced])


def _readings(
    query: WebStatsTableQuery, context: ProjectContext, chosen: Visits, period: ResolvedRange
) -> ast.SelectQuery:
    """How each page was read, as the events after it tell: how far it was scrolled and for how long it was shown."""
    value = breakdown_value(PREVIOUS_PATH, context, bool(query.doPathCleaning))
    columns = [
        ast.Alias(value, "breakdown_value"),
        _alias("avg(toFloat(properties.$prev_pageview_max_scroll_percentage))", "scroll"),
        _alias(
            "avg(if(isNull(toFloat(properties.$prev_pageview_max_content_percentage)), NULL,"
            " if(toFloat(properties.$prev_pageview_max_content_percentage) > 0.8, 1, 0)))",
            "far",
        ),
        _alias("avg(toFloat(properties.$prev_pageview_duration))", "time"),
    ]
    return _grouped(columns, PREVIOUS_PATH, value, chosen.within(period, is_named(*_READ_EVENTS)))


def _grouped(columns: list[ast.Expr], breakdown: Breakdown, value: ast.Expr, events: ast.Expr) -> ast.SelectQuery:
    return ast.SelectQuery(
        select=columns,
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=conjunction([events, has_value(breakdown, value)]),
        group_by=[ast.Field(["breakdown_value"])],
    )


def _first_order(query: WebStatsTableQuery, metrics: Sequence[_Metric]) -> tuple[_Metric, str]:
    """The column asked to be ordered by; the first, largest first, where the table has none of that name."""
    field, direction = query.orderBy or ("", "DESC")
    return next(((metric, direction) for metric in metrics if metric.ordered_as == field), (metrics[0], "DESC"))


def _fill_fraction(metric: _Metric) -> ast.Expr:
    """How much of the row's bar is filled: its share of all rows in what is ordered by, a rate as it is."""
    name = f"{metric.name}_0"
    if metric is _TIME:
        return parse_expr(f"ifNull({name} / nullIf(max({name}) OVER (), 0), 0)")
    return parse_expr(
        f"ifNull({name} / nullIf(sum({name}) OVER (), 0), 0)" if metric.is_count else f"ifNull({name}, 0)"
    )


def _alias(text: str, name: str) -> ast.Expr:
    return ast.Alias(parse_expr(text), name)


def _shaped(row: Row, metrics: int, periods: int) -> list[Any]:
    value = list(row[0]) if isinstance(row[0], tuple) else row[0]
    cells = [[row[1 + place * periods], row[2 + place * periods] if periods > 1 else None] for place in range(metrics)]
    return [value, *cells, row[-1]]


def _names(metrics: Sequence[_Metric]) -> list[str]:
    return [metric.name for metric in metrics]


def _cell_type(metric: _Metric) -> str:
    return "Tuple(UInt64, Nullable(UInt64))" if metric.is_count else "Tuple(Nullable(Float64), Nullable(Float64))"


def _value_type(by: BreakdownBy) -> str:
    parts = {"Viewport": ("Int64",) * 2, "Region": ("String",) * 3, "City": ("String",) * 2}.get(by)
    return f"Tuple({', '.join(f'Nullable({part})' for part in parts)})" if parts else "Nullable(String)"
