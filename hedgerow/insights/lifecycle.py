"""Lifecycle: in each interval, how many active actors are new, returning or resurrecting, and how many went dormant.

An actor active in an interval is **new** if it was created in that interval; else **returning** if it was active in
the interval before; else **resurrecting**. An actor not active in the interval after one it was active in is
**dormant** there, counted below zero. Actors are persons, or groups of a type; an actor whose record is gone is never
new. Events that were sent without a person's profile do not count.

Intervals count as a whole, also where the range begins in the middle of one; the one before the range is looked at as
well, to know who returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.answering import Answering
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
    earliest = yield from first_event(query.dateRange)
    period = resolve(
        query.dates,
        query.bucket_interval,
        context.timezone,
        now,
        week_start_day=context.week_start_day,
        earliest=earliest,
    )
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


def statuses_query(period: ResolvedRange, events: ast.Expr, group_type_index: int | None) -> ast.SelectQuery:
    """The number of actors in each interval with each status: rows `(interval, place in STATUSES, actors)`.

    The interval before the range is number 0, the first of the range is number 1.
    """
    start = bucket_before(period.buckets[0], period.interval, period.week_start_day)
    longer = replace(period, date_from=start, filter_from=start)
    joined = ast.JoinExpr(
        _active_actors(longer, events, group_type_index),
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
    at, status = ast.Field(["interval"]), ast.Field(["status"])
    intervals = ast.Call("arrayConcat", [_ACTIVE, _each("at", _sum(_AT, 1), _ACTIVE)])
    in_range = ast.And(
        [
            ast.CompareOperation(status, ast.Constant(_NOT_DORMANT), "!="),
            ast.CompareOperation(at, ast.Constant(1), ">="),
            ast.CompareOperation(at, ast.Constant(len(period.buckets)), "<="),
        ]
    )
    return ast.SelectQuery(
        select=[at, status, ast.Call("count")],
        select_from=joined,
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(intervals, "interval"), ast.Alias(_statuses(), "status")],
        where=in_range,
        group_by=[at, status],
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


def _active_actors(period: ResolvedRange, events: ast.Expr, group_type_index: int | None) -> ast.SelectQuery:
    """Each actor with the numbers of the intervals it was active in, ascending."""
    actor = PERSON if group_type_index is None else group_key(group_type_index)
    without_profile = ast.Tuple([ast.Constant("propertyless"), ast.Constant("force_upgrade")])
    where = conjunction(
        [
            is_within(_TIMESTAMP, period.filter_from, period.date_to),
            events,
            ast.CompareOperation(ast.Field(["person_mode"]), without_profile, "not in"),
            TRUE if actor is PERSON else is_not_empty(actor),
        ]
    )
    active = ast.Call("arraySort", [ast.Call("groupUniqArray", [bucket_number(_TIMESTAMP, period)])])
    return ast.SelectQuery(
        select=[ast.Alias(actor, "actor"), ast.Alias(active, "active")],
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=where,
        group_by=[ast.Field(["actor"])],
    )


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
