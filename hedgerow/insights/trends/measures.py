"""What the maths of a series asks of the event store."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from hedgerow.hogql import ast
from hedgerow.hogql.parse import parse_expr
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import TRUE
from hedgerow.insights.properties import property_field
from hedgerow.insights.series import ActionsNode, EventsNode, GroupNode
from hedgerow.insights.trends.request import TrendsQuery

PERSON = ast.Field(["person_id"])
TIMESTAMP = ast.Field(["timestamp"])
AMOUNT = ast.Field(["amount"])

_ACTIVE_DAYS = {"weekly_active": 7, "monthly_active": 30}
_SAME_AS_DAU = {"weekly_active": ("week", "month"), "monthly_active": ("month",)}
_PERCENTILES = {"median": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99}
_PROPERTY_KINDS = {
    "event_properties": "event",
    "person_properties": "person",
    "session_properties": "session",
    "group_properties": "group",
}


@dataclass(frozen=True)
class Measure:
    """One number from many events.

    Without a `unit`, `value` is an aggregate over events. With one, events are first brought together by unit (and
    bucket and breakdown): `value` is then an aggregate over the `amount` of each unit.
    """

    value: ast.Expr
    adds_up: bool = False
    """Whether the number of two disjoint sets of events is the sum of their numbers."""
    where: ast.Expr = field(default_factory=lambda: TRUE)
    """Events that do not fit this have no part in the number."""
    unit: ast.Expr | None = None
    amount: ast.Expr | None = None
    active_days: int = 0
    """A bucket counts units with an event on its first day or in the days before, as many days in all as this."""
    first: Literal["in range", "matching", "ever"] | None = None
    """Units count in the bucket of their first event only: the first of those in range, the first of all time that
    fits the filters, or the first of all time, which then has to fit the filters."""
    group_type_index: int | None = None
    """The type of the groups that are counted; None if it is not groups."""


def measure_of(node: EventsNode | ActionsNode | GroupNode, query: TrendsQuery) -> Measure:
    """The measure of a series; without maths its events are counted.

    Raises InsightError where the maths lacks what it needs, HogQLError for an expression that cannot be read.
    """
    math = node.math or "total"
    if math == "dau" and query.aggregation_group_type_index is not None:
        return _unique_groups(query.aggregation_group_type_index, query)
    if math in _ACTIVE_DAYS:
        if query.bucket_interval in _SAME_AS_DAU[math]:
            return _unique(PERSON, query)
        # One number for the whole range is the distinct persons of the last days: the range is moved, not the maths.
        days = _ACTIVE_DAYS[math]
        return Measure(_distinct(PERSON), unit=None if query.is_total else PERSON, active_days=days)
    match math:
        case "total":
            return _COUNT
        case "dau":
            return _unique(PERSON, query)
        case "unique_session":
            session = ast.Field(["$session_id"])
            return Measure(_distinct(session), where=_is_not_empty(session))
        case "unique_group":
            return _unique_groups(node.math_group_type_index, query)
        case "first_time_for_user":
            return Measure(ast.Call("count"), adds_up=True, unit=PERSON, first="ever")
        case "first_matching_event_for_user":
            return Measure(ast.Call("count"), adds_up=True, unit=PERSON, first="matching")
        case "hogql":
            if not node.math_hogql:
                raise InsightError("The maths 'hogql' needs an expression in math_hogql.")
            return Measure(parse_expr(node.math_hogql))
    if math.endswith("_count_per_actor"):
        statistic = _statistic(math.removesuffix("_count_per_actor"), AMOUNT)
        return Measure(statistic, unit=PERSON, amount=ast.Call("count"))
    return _property_measure(math, node)


_COUNT = Measure(ast.Call("count"), adds_up=True)


def _unique(unit: ast.Expr, query: TrendsQuery) -> Measure:
    where = TRUE if unit is PERSON else _is_not_empty(unit)
    if query.is_cumulative:
        return Measure(ast.Call("count"), where=where, unit=unit, first="in range")
    return Measure(_distinct(unit), where=where)


def _unique_groups(index: int | None, query: TrendsQuery) -> Measure:
    return replace(_unique(_group(index), query), group_type_index=index)


def _property_measure(math: str, node: EventsNode | ActionsNode | GroupNode) -> Measure:
    name = node.math_property
    if not name:
        return _COUNT
    if name == "$session_duration":
        session = ast.Field(["$session_id"])
        duration = ast.Call("any", [ast.Field(["session", "$session_duration"])])
        return Measure(_statistic(math, AMOUNT), where=_is_not_empty(session), unit=session, amount=duration)
    if name == "$time":
        number: ast.Expr = ast.Call("toFloat", [ast.Call("toUnixTimestamp", [TIMESTAMP])])
    else:
        kind = _PROPERTY_KINDS[node.math_property_type or "event_properties"]
        number = ast.Call("toFloat", [property_field(kind, name, node.math_group_type_index)])
    return Measure(_statistic(math, number), adds_up=math == "sum")


def _statistic(name: str, number: ast.Expr) -> ast.Expr:
    if name in _PERCENTILES:
        level = ast.Constant(_PERCENTILES[name])
        return ast.Call("quantileExactInclusive", [number], params=[level])
    return ast.Call(name, [number])


def _distinct(field: ast.Expr) -> ast.Expr:
    return ast.Call("count", [field], distinct=True)


def _group(index: int | None) -> ast.Field:
    if index is None:
        raise InsightError("Counting groups needs a group type: set math_group_type_index.")
    return ast.Field([f"$group_{index}"])


def _is_not_empty(field: ast.Expr) -> ast.Expr:
    return ast.CompareOperation(field, ast.Constant(""), "!=")
