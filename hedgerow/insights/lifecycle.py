"""Lifecycle: in each interval, how many active actors are new, returning or resurrecting, and how many went dormant.

An actor active in an interval is **new** if it was created in that interval; else **returning** if it was active in
the interval before; else **resurrecting**. An actor not active in the interval after one it was active in is
**dormant** there, counted below zero. Actors are persons, or groups of a type; an actor whose record is gone is never
new. Events that were sent without a person's profile do not count.

Intervals count as a whole, also where the range begins in the middle of one; the one before the range is looked at as
well, to know who returns.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actors import Actors, Asking, Point, event_columns, is_among, nobody
from hedgerow.insights.actors.days import find_bucket
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.buckets import bucket_before, bucket_number
from hedgerow.insights.dates import ResolvedRange, resolve
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
    series_id,
    series_label,
)

Status = Literal["new", "returning", "resurrecting", "dormant"]

STATUSES: tuple[Status, ...] = ("new", "returning", "resurrecting", "dormant")
"""In the order of the results."""

_NEW, _RETURNING, _RESURRECTING, _DORMANT = range(4)
_NOT_DORMANT = -1
_FAR = 1 << 30
"""Further from any interval's number than one."""

_TIMESTAMP = ast.Field(["timestamp"])
_ACTIVE = ast.Field(["active"])
_INTERVAL, _STATUS = ast.Field(["interval"]), ast.Field(["status"])
_AT, _OTHER = ast.Field(["at"]), ast.Field(["other"])


class LifecycleFilter(BaseModel):
    """How the answer is shown (`toggledLifecycles` and looks): kept, but the answer always has all four results."""

    model_config = ConfigDict(extra="allow")

    toggledLifecycles: list[Status] | None = None  # noqa: N815


class LifecycleQuery(QuestionOverTime):
    """A question for the lifecycle of one series."""

    kind: Literal["LifecycleQuery"] = "LifecycleQuery"
    series: Annotated[list[Series], Field(max_length=26)]
    lifecycleFilter: LifecycleFilter | None = None  # noqa: N815
    aggregation_group_type_index: int | None = Field(None, ge=0, le=4)


def answer(
    query: LifecycleQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a LifecycleQuery; see `hedgerow.insights.answering` for how rows are handed in.

    Gives `results`, one for each status (none without a series), and `resolved_date_range`. Raises InsightError and
    HogQLError for mistakes in the request.
    """
    if len(query.series) > 1:
        raise InsightError("A lifecycle has one series only.")
    period = yield from _period(query, context, now)
    results: list[dict[str, Any]] = []
    for node in named_series(query.series, context):
        kept = kept_events(query.properties, query.filterTestAccounts, test_account_filters, context, now)
        events = conjunction([series_events(node, context, now), kept])
        counts: dict[tuple[int, int], int] = {}
        if period.buckets:
            (rows,) = yield [statuses_query(period, events, query.aggregation_group_type_index)]
            counts = {(at - 1, status): actors for at, status, actors in rows}
        results = [_result(node, period, status, counts) for status in STATUSES]
    return {
        "results": results,
        "resolved_date_range": shown_range(period),
        **missing_actions(query.series, context),
    }


def actors(
    query: LifecycleQuery,
    point: Point,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Asking:
    """The actors behind a point, given by `day` and `status`; without one of them, those of all days or statuses.

    Their events are those of the day, so that the dormant have none. Raises InsightError as `answer` does.
    """
    if len(query.series) != 1:
        raise InsightError("A lifecycle has one series only.")
    period = yield from _period(query, context, now)
    index = query.aggregation_group_type_index
    if not period.buckets:
        return nobody(index)
    kept = kept_events(query.properties, query.filterTestAccounts, test_account_filters, context, now)
    events = conjunction([series_events(query.series[0], context, now), kept])
    longer = _with_interval_before(period)
    number = bucket_number(_TIMESTAMP, longer)
    in_point: ast.Expr = ast.CompareOperation(number, ast.Constant(1), ">=")
    conditions: list[ast.Expr] = []
    if point.day is not None:
        place = find_bucket(point.day, period, now).place
        at = ast.Constant(0 if place is None else place + 1)
        in_point = ast.CompareOperation(number, at, "==")
        conditions.append(ast.CompareOperation(_INTERVAL, at, "=="))
    if point.status is not None:
        status = ast.Constant(STATUSES.index(point.status))
        conditions.append(ast.CompareOperation(_STATUS, status, "=="))
    columns = event_columns(in_point)
    found = [ast.Alias(ast.Call("any", [ast.Field(["actors", column.alias])]), column.alias) for column in columns]
    rows = _each_status(period, events, index, columns)
    rows.select = [ast.Alias(ast.Field(["actors", "actor"]), "actor_id"), *found]
    rows.where = conjunction([_in_range(period), *conditions])
    rows.group_by = [ast.Field(["actor_id"])]
    active = _active_events(longer, events, index)
    return Actors(rows, index, events=conjunction([active, in_point, is_among(_actor(index), rows)]))


def statuses_query(period: ResolvedRange, events: ast.Expr, group_type_index: int | None) -> ast.SelectQuery:
    """The number of actors in each interval with each status: rows `(interval, place in STATUSES, actors)`.

    The interval before the range is number 0, the first of the range is number 1.
    """
    rows = _each_status(period, events, group_type_index)
    rows.select = [_INTERVAL, _STATUS, ast.Call("count")]
    rows.where = _in_range(period)
    rows.group_by = [_INTERVAL, _STATUS]
    return rows


def _period(
    query: LifecycleQuery, context: ProjectContext, now: datetime
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], ResolvedRange]:
    earliest = yield from first_event(query.dateRange)
    return resolve(
        query.dates,
        query.bucket_interval,
        context.timezone,
        now,
        week_start_day=context.week_start_day,
        earliest=earliest,
    )


def _with_interval_before(period: ResolvedRange) -> ResolvedRange:
    start = bucket_before(period.buckets[0], period.interval, period.week_start_day)
    return replace(period, date_from=start, filter_from=start)


def _each_status(
    period: ResolvedRange, events: ast.Expr, group_type_index: int | None, columns: Sequence[ast.Alias] = ()
) -> ast.SelectQuery:
    """A row for each `interval` in which an actor has a `status`, from `actors`, which has the `columns` as well."""
    longer = _with_interval_before(period)
    joined = ast.JoinExpr(
        _active_actors(longer, events, group_type_index, columns),
        alias="actors",
        next_join=ast.JoinExpr(
            _created_actors(longer, group_type_index),
            alias="created",
            join_type="LEFT ANY JOIN",
            constraint=ast.JoinConstraint(
                ast.CompareOperation(ast.Field(["actors", "actor"]), ast.Field(["created", "id"]), "==")
            ),
        ),
    )
    intervals = ast.Call("arrayConcat", [_ACTIVE, _each("at", _sum(_AT, 1), _ACTIVE)])
    return ast.SelectQuery(
        select=[],
        select_from=joined,
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(intervals, "interval"), ast.Alias(_statuses(), "status")],
    )


def _in_range(period: ResolvedRange) -> ast.Expr:
    return ast.And(
        [
            ast.CompareOperation(_STATUS, ast.Constant(_NOT_DORMANT), "!="),
            ast.CompareOperation(_INTERVAL, ast.Constant(1), ">="),
            ast.CompareOperation(_INTERVAL, ast.Constant(len(period.buckets)), "<="),
        ]
    )


def _statuses() -> ast.Expr:
    """The actor's status in each of its active intervals, then in the interval after each."""
    before = ast.Call("arrayPushFront", [ast.Call("arrayPopBack", [_ACTIVE]), ast.Constant(-_FAR)])
    after = ast.Call("arrayPushBack", [ast.Call("arrayPopFront", [_ACTIVE]), ast.Constant(_FAR)])
    is_new = ast.CompareOperation(ast.Field(["created", "born"]), _AT, "==")
    follows = ast.CompareOperation(_OTHER, _sum(_AT, -1), "==")
    when_active = ast.Call(
        "multiIf",
        [is_new, ast.Constant(_NEW), follows, ast.Constant(_RETURNING), ast.Constant(_RESURRECTING)],
    )
    is_followed = ast.CompareOperation(_OTHER, _sum(_AT, 1), "==")
    afterwards = ast.Call("if", [is_followed, ast.Constant(_NOT_DORMANT), ast.Constant(_DORMANT)])
    return ast.Call(
        "arrayConcat",
        [
            ast.Call("arrayMap", [ast.Lambda(["at", "other"], when_active), _ACTIVE, before]),
            ast.Call("arrayMap", [ast.Lambda(["at", "other"], afterwards), _ACTIVE, after]),
        ],
    )


def _active_actors(
    period: ResolvedRange, events: ast.Expr, group_type_index: int | None, columns: Sequence[ast.Alias]
) -> ast.SelectQuery:
    """Each actor with the numbers of the intervals it was active in, ascending."""
    active = ast.Call("arraySort", [ast.Call("groupUniqArray", [bucket_number(_TIMESTAMP, period)])])
    return ast.SelectQuery(
        select=[ast.Alias(_actor(group_type_index), "actor"), ast.Alias(active, "active"), *columns],
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=_active_events(period, events, group_type_index),
        group_by=[ast.Field(["actor"])],
    )


def _active_events(period: ResolvedRange, events: ast.Expr, group_type_index: int | None) -> ast.Expr:
    """The condition on events that make their actors active."""
    actor = _actor(group_type_index)
    without_profile = ast.Tuple([ast.Constant("propertyless"), ast.Constant("force_upgrade")])
    return conjunction(
        [
            is_within(_TIMESTAMP, period.filter_from, period.date_to),
            events,
            ast.CompareOperation(ast.Field(["person_mode"]), without_profile, "not in"),
            TRUE if actor is PERSON else is_not_empty(actor),
        ]
    )


def _actor(group_type_index: int | None) -> ast.Field:
    return PERSON if group_type_index is None else group_key(group_type_index)


def _created_actors(period: ResolvedRange, group_type_index: int | None) -> ast.SelectQuery:
    """The actors created since the period began, each with the number of the interval."""
    created_at = ast.Field(["created_at"])
    where: list[ast.Expr] = [ast.CompareOperation(created_at, ast.Constant(period.filter_from), ">=")]
    if group_type_index is not None:
        where.append(ast.CompareOperation(ast.Field(["index"]), ast.Constant(group_type_index), "=="))
    return ast.SelectQuery(
        select=[
            ast.Alias(ast.Field(["id" if group_type_index is None else "key"]), "id"),
            ast.Alias(bucket_number(created_at, period), "born"),
        ],
        select_from=ast.JoinExpr(ast.Field(["persons" if group_type_index is None else "groups"])),
        where=conjunction(where),
    )


def _result(
    node: EventsNode | ActionsNode | GroupNode,
    period: ResolvedRange,
    status: Status,
    counts: Mapping[tuple[int, int], int],
) -> dict[str, Any]:
    label = series_label(node)
    place = STATUSES.index(status)
    sign = -1 if status == "dormant" else 1
    data = [float(sign * counts.get((at, place), 0)) for at in range(len(period.buckets))]
    # Intervals count as a whole, so the first week is not shown as cut short.
    shown = replace(period, date_from=period.buckets[0]) if period.buckets else period
    return {
        "action": {
            "id": series_id(node),
            "name": label,
            "type": "actions" if node.kind == "ActionsNode" else "events",
            "order": 0,
            "math": "total",
        },
        "label": f"{label} - {status}",
        "status": status,
        "data": data,
        "count": sum(data),
        "labels": shown.labels,
        "days": shown.days,
    }


def _each(name: str, expr: ast.Expr, array: ast.Expr) -> ast.Expr:
    return ast.Call("arrayMap", [ast.Lambda([name], expr), array])


def _sum(left: ast.Expr, number: int) -> ast.Expr:
    return ast.ArithmeticOperation(left, ast.Constant(number), "+")
