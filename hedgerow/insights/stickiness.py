"""Stickiness: on how many intervals of a range actors were active, as the number of actors for each such number.

An actor is active in an interval whose number of its events meets the criteria, by default one or more; an interval
without any event is never active, whatever the criteria. Actors are persons, groups (maths `unique_group`) or the
values of a HogQL expression (maths `hogql`); events without a group or a value are left aside. With an `intervalCount`
of n, n intervals following each other count as one, from the first of the range on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_expr
from hedgerow.insights.actors import COLUMNS, Actors, Asking, Point, event_columns, is_among, nobody
from hedgerow.insights.answering import Answering
from hedgerow.insights.buckets import bucket_number
from hedgerow.insights.dates import CompareFilter, ResolvedRange, previous, resolve
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.question import QuestionOverTime
from hedgerow.insights.ranges import first_event, is_within, shown_range
from hedgerow.insights.selection import PERSON, group_key, is_not_empty, kept_events, series_events
from hedgerow.insights.series import (
    ActionsNode,
    EventsNode,
    GroupNode,
    Series,
    missing_actions,
    named_series,
    series_event,
    series_label,
)

MAX_SERIES = 26

_COMPARISONS = {"gte": ">=", "lte": "<=", "exact": "=="}
_TIMESTAMP = ast.Field(["timestamp"])
_EVENTS = ast.JoinExpr(ast.Field(["events"]))
_ACTOR, _INTERVAL, _INTERVALS = ast.Field(["actor"]), ast.Field(["interval"]), ast.Field(["intervals"])


class Criteria(BaseModel):
    """What the number of an actor's events in an interval must be for the actor to be active in it."""

    operator: Literal["gte", "lte", "exact"] = "gte"
    value: int = Field(1, ge=0)


class StickinessFilter(BaseModel):
    """How actors are counted. Keys about looks alone are kept but mean nothing here."""

    model_config = ConfigDict(extra="allow")

    stickinessCriteria: Criteria | None = None  # noqa: N815
    computedAs: Literal["non_cumulative", "cumulative"] | None = None  # noqa: N815


class StickinessQuery(QuestionOverTime):
    """A question for stickiness."""

    kind: Literal["StickinessQuery"] = "StickinessQuery"
    series: Annotated[list[Series], Field(max_length=MAX_SERIES)]
    intervalCount: int | None = Field(1, ge=1)  # noqa: N815
    compareFilter: CompareFilter | None = None  # noqa: N815
    stickinessFilter: StickinessFilter | None = None  # noqa: N815

    @property
    def is_cumulative(self) -> bool:
        """Whether actors active more often count as well."""
        return self.stickinessFilter is not None and self.stickinessFilter.computedAs == "cumulative"


def answer(
    query: StickinessQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a StickinessQuery; see `hedgerow.insights.answering` for how rows are handed in.

    Gives `results` (the series of the range, then those of the range compared with), `resolved_date_range` and
    `resolved_compare_date_range`. Raises InsightError and HogQLError for mistakes in the request.
    """
    _check(query)
    query = query.model_copy(update={"series": named_series(query.series, context)})
    earliest = yield from first_event(query.dateRange)
    periods = _periods(query, context, now, earliest)
    kept = kept_events(query.properties, query.filterTestAccounts, test_account_filters, context, now)
    asked = [
        intervals_query(query, node, period, conjunction([series_events(node, context, now), kept]))
        for period in periods
        if period.buckets
        for node in query.series
    ]
    found = iter((yield asked) if asked else [])
    results = []
    for period, name in zip(periods, ("current", "previous"), strict=False):
        compared: dict[str, Any] = {"compare": True, "compare_label": name} if len(periods) > 1 else {}
        for order, node in enumerate(query.series):
            actors = {row[0]: row[1] for row in next(found)} if period.buckets else {}
            results.append({**_result(query, order, node, actors, _length(query, period)), **compared})
    return {
        **missing_actions(query.series, context),
        "results": results,
        "resolved_date_range": shown_range(periods[0]),
        "resolved_compare_date_range": shown_range(periods[1]) if len(periods) > 1 else None,
    }


def actors(
    query: StickinessQuery,
    point: Point,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Asking:
    """The actors active in as many intervals as the point's `day` says; without a `day` all that are active in any.

    The point's `operator` says whether in exactly so many, as many or more, or at most so many; by default as the
    question counts. Their events are those in the intervals they are active in. Raises InsightError as `answer` does.
    """
    _check(query)
    if not 0 <= point.series < len(query.series):
        raise InsightError(f"There is no series {point.series}: the insight has {len(query.series)}.")
    if isinstance(point.day, str) and not (point.day.isascii() and point.day.isdigit() and len(point.day) < 10):
        raise InsightError(f"The day must be a number of intervals, not '{point.day}'.")
    earliest = yield from first_event(query.dateRange)
    periods = _periods(query, context, now, earliest)
    if point.compare == "previous" and len(periods) < 2:
        raise InsightError("There is no previous period: the insight does not compare.")
    period = periods[1 if point.compare == "previous" else 0]
    node = query.series[point.series]
    index = node.math_group_type_index if node.math == "unique_group" else None
    if not period.buckets:
        return nobody(index)
    kept = kept_events(query.properties, query.filterTestAccounts, test_account_filters, context, now)
    of_series = conjunction([series_events(node, context, now), kept])
    operator = point.operator or ("gte" if query.is_cumulative else "exact")
    rows = ast.SelectQuery(
        select=[ast.Alias(_ACTOR, "actor_id"), *(ast.Field([name]) for name in COLUMNS[1:])],
        select_from=ast.JoinExpr(_by_actor(query, node, period, of_series, event_columns())),
    )
    if point.day is not None:
        rows.where = ast.CompareOperation(_INTERVALS, ast.Constant(int(point.day)), _COMPARISONS[operator])
    actor, _ = _actor(node)
    events = [_active_events(node, period, of_series), is_among(actor, rows)]
    if _criteria(query) != Criteria():
        active = _active_intervals(query, node, period, of_series)
        pairs = ast.SelectQuery(select=[_ACTOR, _INTERVAL], select_from=ast.JoinExpr(active))
        events.append(ast.CompareOperation(ast.Tuple([actor, _interval(query, period)]), pairs, "in"))
    return Actors(rows, index, events=conjunction(events))


def intervals_query(
    query: StickinessQuery, node: EventsNode | ActionsNode | GroupNode, period: ResolvedRange, events: ast.Expr
) -> ast.SelectQuery:
    """The number of actors for each number of intervals they were active in: rows `(intervals, actors)`."""
    return ast.SelectQuery(
        select=[_INTERVALS, ast.Call("count")],
        select_from=ast.JoinExpr(_by_actor(query, node, period, events)),
        group_by=[_INTERVALS],
    )


def _check(query: StickinessQuery) -> None:
    if query.bucket_interval == "week" and (query.intervalCount or 1) > 1:
        raise InsightError("Weeks cannot be taken together: use an intervalCount of 1.")


def _by_actor(
    query: StickinessQuery,
    node: EventsNode | ActionsNode | GroupNode,
    period: ResolvedRange,
    events: ast.Expr,
    columns: Sequence[ast.Alias] = (),
) -> ast.SelectQuery:
    """Each actor with the number of intervals it was active in, and aggregates over its events in these."""
    if _criteria(query) != Criteria():
        together = [ast.Alias(_merged(each), each.alias) for each in columns]
        return ast.SelectQuery(
            select=[_ACTOR, ast.Alias(ast.Call("count"), "intervals"), *together],
            select_from=ast.JoinExpr(_active_intervals(query, node, period, events, columns)),
            group_by=[_ACTOR],
        )
    counted = ast.Call("count", [_interval(query, period)], distinct=True)
    return ast.SelectQuery(
        select=[ast.Alias(_actor(node)[0], "actor"), ast.Alias(counted, "intervals"), *columns],
        select_from=_EVENTS,
        where=_active_events(node, period, events),
        group_by=[_ACTOR],
    )


def _active_intervals(
    query: StickinessQuery,
    node: EventsNode | ActionsNode | GroupNode,
    period: ResolvedRange,
    events: ast.Expr,
    columns: Sequence[ast.Alias] = (),
) -> ast.SelectQuery:
    """Each interval in which an actor's number of events meets the criteria."""
    criteria = _criteria(query)
    return ast.SelectQuery(
        select=[ast.Alias(_actor(node)[0], "actor"), ast.Alias(_interval(query, period), "interval"), *columns],
        select_from=_EVENTS,
        where=_active_events(node, period, events),
        group_by=[_ACTOR, _INTERVAL],
        having=ast.CompareOperation(ast.Call("count"), ast.Constant(criteria.value), _COMPARISONS[criteria.operator]),
    )


def _merged(column: ast.Alias) -> ast.Expr:
    """One of the columns of events over several intervals, from those of each."""
    assert isinstance(column.expr, ast.Call)
    if column.alias == "event_count":
        return ast.Call("sum", [ast.Field([column.alias])])
    return ast.Call(f"{column.expr.name}Array", [ast.Field([column.alias])], column.expr.params)


def _active_events(node: EventsNode | ActionsNode | GroupNode, period: ResolvedRange, events: ast.Expr) -> ast.Expr:
    """The condition on events that count for their actor."""
    _, has_actor = _actor(node)
    return conjunction([is_within(_TIMESTAMP, period.filter_from, period.date_to), events, has_actor])


def _interval(query: StickinessQuery, period: ResolvedRange) -> ast.Expr:
    number = bucket_number(_TIMESTAMP, period)
    if (query.intervalCount or 1) > 1:
        return ast.Call("intDiv", [number, ast.Constant(query.intervalCount)])
    return number


def _criteria(query: StickinessQuery) -> Criteria:
    return (query.stickinessFilter and query.stickinessFilter.stickinessCriteria) or Criteria()


def _actor(node: EventsNode | ActionsNode | GroupNode) -> tuple[ast.Expr, ast.Expr]:
    """What is counted, and the condition that an event has one."""
    if node.math == "unique_group":
        key = group_key(node.math_group_type_index)
        return key, is_not_empty(key)
    if node.math != "hogql":
        return PERSON, TRUE
    if not node.math_hogql:
        raise InsightError("The maths 'hogql' needs an expression in math_hogql.")
    value = parse_expr(node.math_hogql)
    return value, ast.CompareOperation(value, ast.Constant(None), "!=", is_null_comparison_style=True)


def _periods(
    query: StickinessQuery, context: ProjectContext, now: datetime, earliest: datetime | None
) -> list[ResolvedRange]:
    dates, compare = query.dates, query.compareFilter or CompareFilter()
    week_start_day = context.week_start_day
    current = resolve(
        dates, query.bucket_interval, context.timezone, now, week_start_day=week_start_day, earliest=earliest
    )
    if not compare.compare or dates.date_from == "all":
        return [current]
    return [current, previous(current, compare.compare_to)]


def _length(query: StickinessQuery, period: ResolvedRange) -> int:
    """How many intervals the range has; the last may be cut short."""
    return -(-len(period.buckets) // (query.intervalCount or 1))


def _result(
    query: StickinessQuery,
    order: int,
    node: EventsNode | ActionsNode | GroupNode,
    actors: Mapping[int, int],
    length: int,
) -> dict[str, Any]:
    days = range(1, length + 1)
    exactly = [actors.get(day, 0) for day in days]
    ending = " or more" if query.is_cumulative else ""
    return {
        "action": {
            "order": order,
            "type": "actions" if node.kind == "ActionsNode" else "events",
            "name": series_label(node),
            "id": series_event(node),
            "custom_name": node.custom_name,
        },
        "label": series_label(node),
        "count": sum(exactly),
        "data": _or_more(exactly) if query.is_cumulative else exactly,
        "days": list(days),
        "labels": [f"{day} {query.bucket_interval}{'' if day == 1 else 's'}{ending}" for day in days],
    }


def _or_more(exactly: Sequence[int]) -> list[int]:
    backwards: Iterable[int] = accumulate(reversed(exactly))
    return list(backwards)[::-1]
