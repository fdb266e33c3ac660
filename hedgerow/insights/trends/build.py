"""The HogQL of a trend: one query per series and period.

Without a breakdown its rows are `(bucket, value)`, or `(value,)` where one number is wanted. With a breakdown they are
`(values of the breakdown, (buckets, numbers))`: the values with the largest sums, those of events without the property,
and all others merged into one; buckets without events are left out. Buckets of days, weeks and months are dates;
those of hours and minutes are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from hedgerow.hogql import ast
from hedgerow.insights.breakdowns import OTHER
from hedgerow.insights.dates import Interval, ResolvedRange, start_of_day
from hedgerow.insights.operators import TRUE, conjunction, negation
from hedgerow.insights.trends.measures import TIMESTAMP, Measure

_BUCKET = ast.Field(["bucket"])
_VALUE = ast.Field(["value"])
_AS_FLOAT = ast.Call("toFloat", [_VALUE])
_DAY = ast.Field(["day"])
_OFFSET = ast.Field(["days_later"])
_FIRST = ast.Field(["first"])
_EVENTS = ast.JoinExpr(ast.Field(["events"]))


@dataclass(frozen=True)
class Scan:
    """One series over one period: everything its query depends on."""

    event: ast.Expr
    """Which events the series is of; its filters are in `filters`."""
    filters: ast.Expr
    measure: Measure
    period: ResolvedRange
    is_total: bool
    breakdowns: tuple[ast.Expr, ...] = ()

    @property
    def interval(self) -> Interval | None:
        """The interval of the buckets; None where one number is wanted."""
        return None if self.is_total else self.period.interval


def values_query(scan: Scan) -> ast.SelectQuery:
    """The numbers by bucket and breakdown value, one row each."""
    if scan.measure.first:
        return _first_query(scan)
    if scan.measure.active_days and not scan.is_total:
        return _active_query(scan)
    bucket = bucket_of(TIMESTAMP, scan)
    keys = [*_named("bucket", bucket), *_breakdown_columns(scan)]
    where = conjunction([in_period(scan), scan.event, scan.filters, scan.measure.where])
    if scan.measure.unit is None:
        return _grouped([*keys, ast.Alias(scan.measure.value, "value")], _EVENTS, where, keys)
    assert scan.measure.amount is not None
    unit = ast.Alias(scan.measure.unit, "unit")
    units = _grouped([*keys, unit, ast.Alias(scan.measure.amount, "amount")], _EVENTS, where, [*keys, unit])
    outer = [ast.Field([key.alias]) for key in keys]
    return _grouped([*outer, ast.Alias(scan.measure.value, "value")], ast.JoinExpr(units), TRUE, outer)


def ranked_query(scan: Scan, limit: int) -> ast.SelectQuery:
    """The numbers of the `limit` breakdown values with the largest sums, the others merged into `OTHER`.

    Events without the property stand for themselves and take nobody's place. The merged numbers are sums: right only
    where the measure adds up (see `others_query`).
    """
    names = [f"breakdown_{index}" for index in range(len(scan.breakdowns))]
    values: list[ast.Expr] = [ast.Field([name]) for name in names]
    number = _VALUE if _is_count(scan.measure) else ast.Call("ifNull", [_AS_FLOAT, ast.Constant(0.0)])
    bucket = ast.Constant(0) if scan.is_total else _BUCKET
    by_value = ast.SelectQuery(
        select=[
            *values,
            ast.Alias(ast.Call("groupArray", [bucket]), "buckets"),
            ast.Alias(ast.Call("groupArray", [number]), "numbers"),
            ast.Alias(ast.Call("sum", [number]), "total"),
        ],
        select_from=ast.JoinExpr(values_query(scan)),
        group_by=list(values),
    )
    is_missing = conjunction([ast.CompareOperation(value, ast.Constant(""), "==") for value in values])
    order = [
        ast.OrderExpr(is_missing),
        ast.OrderExpr(ast.Field(["total"]), "DESC"),
        *(ast.OrderExpr(value) for value in values),
    ]
    place = ast.WindowFunction("row_number", over_expr=ast.WindowExpr(order_by=order))
    ranked = ast.SelectQuery(
        select=[*values, ast.Field(["buckets"]), ast.Field(["numbers"]), ast.Alias(place, "place")],
        select_from=ast.JoinExpr(by_value),
    )
    is_shown = ast.Or([is_missing, ast.CompareOperation(ast.Field(["place"]), ast.Constant(limit), "<=")])
    others: list[ast.Expr] = [ast.Constant(OTHER) for _ in names]
    shown = ast.Alias(ast.Call("if", [is_shown, ast.Array(values), ast.Array(others)]), "shown")
    merged = ast.Call("sumMap", [ast.Field(["buckets"]), ast.Field(["numbers"])])
    return ast.SelectQuery(
        select=[shown, ast.Alias(merged, "merged")],
        select_from=ast.JoinExpr(ranked),
        group_by=[ast.Field(["shown"])],
    )


def others_query(scan: Scan, shown: list[tuple[str, ...]]) -> ast.SelectQuery:
    """The numbers over all events whose breakdown value is set and not among `shown`, in one piece."""
    filters = conjunction([scan.filters, is_other(scan, shown)])
    return values_query(replace(scan, filters=filters, breakdowns=()))


def is_other(scan: Scan, shown: list[tuple[str, ...]]) -> ast.Expr:
    """The condition that an event's breakdown value is set and not among `shown`."""
    is_missing = conjunction([ast.CompareOperation(value, ast.Constant(""), "==") for value in scan.breakdowns])
    if len(scan.breakdowns) == 1:
        value, constants = scan.breakdowns[0], [ast.Constant(each[0]) for each in shown]
        is_shown = ast.CompareOperation(value, ast.Tuple(list(constants)), "not in")
    else:
        tuples: list[ast.Expr] = [ast.Tuple([ast.Constant(part) for part in each]) for each in shown]
        is_shown = ast.CompareOperation(ast.Tuple(list(scan.breakdowns)), ast.Tuple(tuples), "not in")
    return conjunction([negation(is_missing), is_shown])


def earliest_event_query() -> ast.SelectQuery:
    """The time of the project's first event and the number of its events, one row."""
    return ast.SelectQuery(select=[ast.Call("min", [TIMESTAMP]), ast.Call("count")], select_from=_EVENTS)


def edges_query(scan: Scan, edges: ast.Expr) -> ast.SelectQuery:
    """The quantiles that make the borders of a histogram, over the events of the scan, one row."""
    where = conjunction([in_period(scan), scan.event, scan.filters, scan.measure.where])
    return ast.SelectQuery(select=[edges], select_from=_EVENTS, where=where)


def in_period(scan: Scan, time: ast.Expr = TIMESTAMP) -> ast.Expr:
    """The condition that a time, by default an event's, belongs to the scan."""
    period = scan.period
    since = period.filter_from
    if scan.measure.active_days and scan.is_total:
        since = start_of_day(period.date_to.date() - timedelta(days=scan.measure.active_days - 1), period.timezone)
    return ast.And(
        [
            ast.CompareOperation(time, ast.Constant(since), ">="),
            ast.CompareOperation(time, ast.Constant(period.date_to), "<="),
        ]
    )


def bucket_of(time: ast.Expr, scan: Scan) -> ast.Expr | None:
    """The bucket a time lies in; None where one number is wanted."""
    match scan.interval:
        case None:
            return None
        case "day":
            return ast.Call("toDate", [time])
        case "week":
            return ast.Call("toStartOfWeek", [time])
        case "month":
            return ast.Call("toStartOfMonth", [time])
        case "hour" if scan.period.has_broken_hours:
            minutes = ast.ArithmeticOperation(ast.Constant(60), ast.Call("toMinute", [time]), "*")
            minute = ast.Call("toUnixTimestamp", [ast.Call("toStartOfMinute", [time])])
            return ast.ArithmeticOperation(minute, minutes, "-")
        case "hour":
            return ast.Call("toUnixTimestamp", [ast.Call("toStartOfHour", [time])])
        case "minute":
            return ast.Call("toUnixTimestamp", [ast.Call("toStartOfMinute", [time])])


def first_units(scan: Scan, of_first: Sequence[ast.Alias] = ()) -> tuple[ast.SelectQuery, ast.Expr]:
    """The units of a measure of firsts, and which of them count.

    A row has the `unit`, the time of its `first` event, the values of the breakdown and, from the first event, what
    is asked for by `of_first`.
    """
    measure = scan.measure
    assert measure.unit is not None
    unit = ast.Alias(measure.unit, "unit")
    first = ast.Alias(ast.Call("min", [TIMESTAMP]), "first")
    columns = _breakdown_columns(scan)
    keys: list[ast.Alias] = [unit]
    conditions: list[ast.Expr] = []
    found = [ast.Alias(_of_first(each.expr), each.alias) for each in of_first]
    if measure.first == "in range":
        where = conjunction([in_period(scan), scan.event, scan.filters, measure.where])
        keys.extend(columns)
    else:
        # All of history up to the end of the period: an earlier first event takes its unit out of it.
        until = ast.CompareOperation(TIMESTAMP, ast.Constant(scan.period.date_to), "<=")
        fits_first = measure.first == "matching"
        where = conjunction([until, scan.event, scan.filters if fits_first else TRUE, measure.where])
        conditions.append(ast.CompareOperation(_FIRST, ast.Constant(scan.period.filter_from), ">="))
        columns = [ast.Alias(_of_first(column.expr), column.alias) for column in columns]
        if not fits_first and scan.filters is not TRUE:
            # As a number: argMin would pass over an event for which a filter in HogQL gives NULL.
            fits = ast.Call("if", [scan.filters, ast.Constant(1), ast.Constant(0)])
            columns.append(ast.Alias(_of_first(fits), "fits"))
            conditions.append(ast.CompareOperation(ast.Field(["fits"]), ast.Constant(1), "=="))
    return _grouped([unit, *columns, first, *found], _EVENTS, where, keys), conjunction(conditions)


def _first_query(scan: Scan) -> ast.SelectQuery:
    """Units counted in the bucket of their first event."""
    units, condition = first_units(scan)
    keys = [*_named("bucket", bucket_of(_FIRST, scan)), *(ast.Field([each.alias]) for each in _breakdown_columns(scan))]
    return _grouped([*keys, ast.Alias(scan.measure.value, "value")], ast.JoinExpr(units), condition, keys)


def _active_query(scan: Scan) -> ast.SelectQuery:
    """Units with an event on the bucket's first day or in the days before it."""
    measure, period = scan.measure, scan.period
    assert measure.unit is not None
    if not period.buckets:
        first_day = last_day = period.date_from.date()
    else:
        first_day, last_day = period.buckets[0].date(), period.buckets[-1].date()
    looking_back = replace(
        period,
        filter_from=start_of_day(first_day - timedelta(days=measure.active_days - 1), period.timezone),
    )
    columns = _breakdown_columns(scan)
    keys = [ast.Alias(measure.unit, "unit"), *columns]
    days = ast.Alias(ast.Call("groupUniqArray", [ast.Call("toDate", [TIMESTAMP])]), "days")
    where = conjunction([in_period(replace(scan, period=looking_back)), scan.event, scan.filters, measure.where])
    units = _grouped([*keys, days], _EVENTS, where, keys)
    in_range = ast.And(
        [
            ast.CompareOperation(_BUCKET, ast.Constant(first_day), ">="),
            ast.CompareOperation(_BUCKET, ast.Constant(last_day), "<="),
        ]
    )
    outer_keys = [_BUCKET, *(ast.Field([column.alias]) for column in columns)]
    query = _grouped([*outer_keys, ast.Alias(ast.Call("count"), "value")], ast.JoinExpr(units), in_range, outer_keys)
    query.array_join_op = "ARRAY JOIN"
    query.array_join_list = [ast.Alias(_days_counted(measure.active_days), "bucket")]
    return query


def _days_counted(active_days: int) -> ast.Expr:
    """Of a unit's `days`, all the days it counts on, each once: far cheaper than distinct units of each day."""
    later = ast.Lambda(["days_later"], ast.Call("addDays", [_DAY, _OFFSET]))
    after_one = ast.Call("arrayMap", [later, ast.Call("range", [ast.Constant(active_days)])])
    after_each = ast.Call("arrayMap", [ast.Lambda(["day"], after_one), ast.Field(["days"])])
    return ast.Call("arrayDistinct", [ast.Call("arrayFlatten", [after_each])])


def _is_count(measure: Measure) -> bool:
    """Whether the number is whole and never missing."""
    return isinstance(measure.value, ast.Call) and measure.value.name == "count"


def _breakdown_columns(scan: Scan) -> list[ast.Alias]:
    return [ast.Alias(value, f"breakdown_{index}") for index, value in enumerate(scan.breakdowns)]


def _of_first(expr: ast.Expr) -> ast.Expr:
    return ast.Call("argMin", [expr, TIMESTAMP])


def _named(name: str, expr: ast.Expr | None) -> list[ast.Alias]:
    return [] if expr is None else [ast.Alias(expr, name)]


def _grouped(
    select: Sequence[ast.Expr],
    source: ast.JoinExpr,
    where: ast.Expr,
    keys: Sequence[ast.Expr],
) -> ast.SelectQuery:
    by: list[ast.Expr] = [ast.Field([key.alias]) if isinstance(key, ast.Alias) else key for key in keys]
    return ast.SelectQuery(
        select=list(select), select_from=source, where=None if where is TRUE else where, group_by=by or None
    )
