"""Who is behind a number of a trend: the actors with an event that is counted there.

These are persons, or groups where groups are counted. A point of a cumulative display holds everyone up to its day;
where active users are counted, everyone of the days it looks back on. A day outside of the range stands for its
interval as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actors import Actors, Asking, Point, event_columns
from hedgerow.insights.actors.breakdowns import breakdown_texts, is_other
from hedgerow.insights.actors.days import find_bucket, is_between
from hedgerow.insights.answering import Row
from hedgerow.insights.dates import ResolvedRange, start_of_day
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.trends.answer import asked_scans, breakdown_limit
from hedgerow.insights.trends.build import Scan, bucket_of, first_units, in_period, ranked_query
from hedgerow.insights.trends.build import is_other as is_beyond
from hedgerow.insights.trends.measures import PERSON, TIMESTAMP
from hedgerow.insights.trends.request import UNSUPPORTED_DISPLAYS, TrendsQuery

_EVENTS = ast.JoinExpr(ast.Field(["events"]))
_FIRST_EVENT = ast.Field(["first_event"])
_InPoint = Callable[[ast.Expr], ast.Expr]
"""The condition that what happens at a time counts at the point."""
_EVENT = ("timestamp", "uuid", "$session_id", "$window_id")


def actors(
    query: TrendsQuery,
    point: Point,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Asking:
    """The actors behind a point, given by `day` (none: the whole range), `series`, `breakdown` and `compare`.

    Raises InsightError for a point the answer does not have, and as `answer` does.
    """
    if query.display in UNSUPPORTED_DISPLAYS:
        raise InsightError(f"The display '{query.display}' is not supported.")
    if not 0 <= point.series < len(query.series):
        raise InsightError(f"There is no series {point.series}: the insight has {len(query.series)}.")
    periods, scans = yield from asked_scans(query, context, now, test_account_filters)
    is_previous = point.compare == "previous"
    if is_previous and len(periods) < 2:
        raise InsightError("There is no previous period: the insight does not compare.")
    scan = scans[point.series + (len(query.series) if is_previous else 0)]
    current = periods[0].range if is_previous else None
    values: list[ast.Expr] = [ast.Field([f"breakdown_{index}"]) for index in range(len(scan.breakdowns))]
    of_value: ast.Expr = TRUE
    is_of_first = scan.measure.first in ("matching", "ever")
    if scan.breakdowns and point.breakdown is not None:
        on_row = replace(scan, breakdowns=tuple(values)) if is_of_first else scan
        of_value = yield from _of_value(query, scan, on_row, breakdown_texts(point.breakdown))

    def in_point(time: ast.Expr) -> ast.Expr:
        return _in_point(query, scan, point, now, current, time)

    return _first_timers(scan, in_point, of_value) if is_of_first else _performers(scan, in_point, of_value)


def _of_value(
    query: TrendsQuery, scan: Scan, on_row: Scan, texts: tuple[str, ...]
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], ast.Expr]:
    """The condition that the breakdown has this value, on the breakdown's columns of `on_row`."""
    if is_other(texts):
        (rows,) = yield [ranked_query(scan, breakdown_limit(query))]
        return is_beyond(on_row, [tuple(shown) for shown, _ in rows if not is_other(tuple(shown))])
    if len(texts) != len(on_row.breakdowns):
        raise InsightError(f"The breakdown needs {len(on_row.breakdowns)} values.")
    return conjunction(
        [
            ast.CompareOperation(value, ast.Constant(text), "==")
            for value, text in zip(on_row.breakdowns, texts, strict=True)
        ]
    )


def _in_point(
    query: TrendsQuery, scan: Scan, point: Point, now: datetime, current: ResolvedRange | None, time: ast.Expr
) -> ast.Expr:
    """The condition that what happens at a time counts at the point."""
    if query.is_total or point.day is None:
        return in_period(replace(scan, is_total=True), time)
    period, days = scan.period, scan.measure.active_days
    bucket = find_bucket(point.day, period, now, current)
    if days:
        # Counted by the day the interval begins on, and not cut where the range begins.
        last = bucket.start.date()
        since = start_of_day(last - timedelta(days=days - 1), period.timezone)
        before = start_of_day(last + timedelta(days=1), period.timezone)
        until = ast.CompareOperation(time, ast.Constant(period.date_to), "<=")
        return conjunction([is_between(time, since, before, None), TRUE if bucket.place is None else until])
    hour = bucket_of(time, scan) if period.has_broken_hours and bucket.place is not None else None
    if hour is not None and period.interval == "hour":
        # Such hours do not begin where the one before ends.
        is_in_hour = ast.CompareOperation(
            hour, ast.Constant(int(bucket.start.timestamp())), "<=" if query.is_cumulative else "=="
        )
        return conjunction([in_period(scan, time), is_in_hour])
    since = period.filter_from if query.is_cumulative else bucket.start
    return is_between(time, since, bucket.end, None if bucket.place is None else period)


def _performers(scan: Scan, in_point: _InPoint, of_value: ast.Expr) -> Actors:
    """Everyone with an event that is counted."""
    index = scan.measure.group_type_index
    actor = PERSON if index is None else ast.Field([f"$group_{index}"])
    events = conjunction([in_point(TIMESTAMP), scan.event, scan.filters, scan.measure.where, of_value])
    query = ast.SelectQuery(
        select=[ast.Alias(actor, "actor_id"), *event_columns()],
        select_from=_EVENTS,
        where=events,
        group_by=[ast.Field(["actor_id"])],
    )
    return Actors(query, index, events=events)


def _first_timers(scan: Scan, in_point: _InPoint, of_value: ast.Expr) -> Actors:
    """Everyone whose first event is counted, which is the only one of theirs."""
    first_event = ast.Tuple([ast.Field([name]) for name in ("distinct_id", *_EVENT)])
    units, condition = first_units(scan, [ast.Alias(first_event, "first_event")])
    of_first = conjunction([in_point(ast.Field(["first"])), condition, of_value])
    matching = ast.Tuple([ast.TupleAccess(_FIRST_EVENT, place) for place in range(2, len(_EVENT) + 2)])
    query = ast.SelectQuery(
        select=[
            ast.Alias(ast.Field(["unit"]), "actor_id"),
            ast.Alias(ast.Constant(1), "event_count"),
            ast.Alias(ast.Array([ast.TupleAccess(_FIRST_EVENT, 1)]), "event_distinct_ids"),
            ast.Alias(ast.Array([matching]), "matching_events"),
        ],
        select_from=ast.JoinExpr(units),
        where=of_first,
    )
    ids = ast.SelectQuery(select=[ast.TupleAccess(_FIRST_EVENT, 3)], select_from=ast.JoinExpr(units), where=of_first)
    return Actors(query, events=ast.And([in_point(TIMESTAMP), ast.CompareOperation(ast.Field(["uuid"]), ids, "in")]))
