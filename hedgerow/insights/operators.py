"""What each operator of a property filter means, as a HogQL condition.

A property has a value or is missing (absent or JSON null). Text comes as it is; numbers, booleans, lists and objects
are compared as their JSON text, or as numbers and times where the operator, the value or the property's definition
says so. The negative operators (`is_not`, `not_icontains`, `not_regex`, `not_in`, `semver_neq`, `is_not_set`) match a
missing property; no other operator does.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from hedgerow.hogql import ast
from hedgerow.insights.dates import floor, next_bucket, parse_moment
from hedgerow.insights.errors import InsightError
from hedgerow.insights.versions import VERSION_OPERATORS, version_condition

Operator = Literal[
    "exact",
    "is_not",
    "icontains",
    "not_icontains",
    "icontains_multi",
    "not_icontains_multi",
    "regex",
    "not_regex",
    "gt",
    "gte",
    "lt",
    "lte",
    "min",
    "max",
    "between",
    "not_between",
    "is_set",
    "is_not_set",
    "is_date_exact",
    "is_date_before",
    "is_date_after",
    "in",
    "not_in",
    "is_cleaned_path_exact",
    "semver_eq",
    "semver_neq",
    "semver_gt",
    "semver_gte",
    "semver_lt",
    "semver_lte",
    "semver_tilde",
    "semver_caret",
    "semver_wildcard",
    "flag_evaluates_to",
]

POSITIVE_OF: dict[str, str] = {
    "is_not": "exact",
    "not_icontains": "icontains",
    "not_icontains_multi": "icontains_multi",
    "not_regex": "regex",
    "not_in": "in",
    "semver_neq": "semver_eq",
    "is_not_set": "is_set",
}
"""The negative operators: each is exactly what its positive one is not."""

TRUE = ast.Constant(True)

_ORDER = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "min": ">=", "max": "<="}
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?")


@dataclass(frozen=True)
class Clock:
    """What relative dates in filter values count from."""

    now: datetime
    timezone: str
    week_start_day: int = 0


@dataclass(frozen=True)
class Operand:
    """The left side of a filter: the value as text, as a number and as a time, and how it was declared."""

    text: ast.Expr
    number: ast.Expr
    moment: ast.Expr
    is_set: ast.Expr
    declared: str | None = None
    """`Numeric`, `Boolean`, `DateTime`, `String`, or None where nothing is known."""


def condition(operand: Operand, operator: Operator, value: Any, clock: Clock) -> ast.Expr:
    """The HogQL condition `operand operator value`.

    An empty list, and a missing value where the operator needs one, make the condition true: the filter is not
    finished. Raises InsightError for a value the operator cannot work with.
    """
    if operator == "flag_evaluates_to" or value == []:
        return TRUE
    if operator == "is_set":
        return operand.is_set
    if value is None and operator in ("exact", "in"):
        return negation(operand.is_set)
    if operator in POSITIVE_OF:
        return negation(condition(operand, POSITIVE_OF[operator], value, clock))  # type: ignore[arg-type]
    if value is None:
        return TRUE
    return _CONDITIONS[operator](operand, operator, value, clock)


def negation(expr: ast.Expr) -> ast.Expr:
    """The opposite of a condition, in its plainest form."""
    opposite = {"==": "!=", "!=": "==", "in": "not in", "ilike": "not ilike", "=~": "!~"}
    if isinstance(expr, ast.CompareOperation) and expr.op in opposite:
        return ast.CompareOperation(expr.left, expr.right, opposite[expr.op], expr.is_null_comparison_style)
    return ast.Not(expr)


def conjunction(exprs: Sequence[ast.Expr]) -> ast.Expr:
    """All of the conditions; true if there are none."""
    return _joined([expr for expr in exprs if expr is not TRUE], ast.And, TRUE)


def disjunction(exprs: Sequence[ast.Expr]) -> ast.Expr:
    """Any of the conditions; true if one of them always is, and if there are none."""
    if any(expr is TRUE for expr in exprs):
        return TRUE
    return _joined(list(exprs), ast.Or, TRUE)


def _joined(exprs: list[ast.Expr], node: Callable[[list[ast.Expr]], ast.Expr], empty: ast.Expr) -> ast.Expr:
    if not exprs:
        return empty
    return exprs[0] if len(exprs) == 1 else node(exprs)


def _exact(operand: Operand, operator: str, value: Any, clock: Clock) -> ast.Expr:
    if operator == "in" and not isinstance(value, list):
        raise InsightError("The 'in' operator needs a list of values.")
    numbers: list[float] = []
    texts: list[str] = []
    moments: list[datetime] = []
    for item in _items(value):
        if operand.declared == "DateTime" and isinstance(item, str) and _DATE.fullmatch(item):
            moments.append(_moment(item, clock))
            continue
        number = _as_number(item) if operand.declared == "Numeric" or not isinstance(item, str) else None
        if number is None:
            texts.append(_as_text(item))
        else:
            numbers.append(number)
    sides: list[tuple[ast.Expr, Sequence[str | float | datetime]]] = [
        (operand.text, texts),
        (operand.number, numbers),
        (operand.moment, moments),
    ]
    return disjunction([_equals_any(left, values) for left, values in sides if values])


def _equals_any(left: ast.Expr, values: Sequence[str | float | datetime]) -> ast.Expr:
    if len(values) == 1:
        return ast.CompareOperation(left, ast.Constant(values[0]), "==")
    return ast.CompareOperation(left, ast.Tuple([ast.Constant(value) for value in values]), "in")


def _contains(operand: Operand, operator: str, value: Any, clock: Clock) -> ast.Expr:
    patterns = ["%" + re.sub(r"([\\%_])", r"\\\1", _as_text(item)) + "%" for item in _items(value)]
    return disjunction([ast.CompareOperation(operand.text, ast.Constant(pattern), "ilike") for pattern in patterns])


def _regex(operand: Operand, operator: str, value: Any, clock: Clock) -> ast.Expr:
    return disjunction(
        [ast.CompareOperation(operand.text, ast.Constant(_as_text(item)), "=~") for item in _items(value)]
    )


def _ordered(operand: Operand, operator: str, value: Any, clock: Clock) -> ast.Expr:
    return disjunction([_ordered_by(operand, _ORDER[operator], item, clock) for item in _items(value)])


def _ordered_by(operand: Operand, op: str, value: Any, clock: Clock) -> ast.Expr:
    number = _as_number(value)
    if number is not None and operand.declared != "DateTime":
        return ast.CompareOperation(operand.number, ast.Constant(number), op)
    text = _as_text(value)
    if operand.declared == "DateTime" or _DATE.fullmatch(text):
        return ast.CompareOperation(operand.moment, ast.Constant(_moment(text, clock)), op)
    # Text is compared with text only: a number is neither before nor after 'abc'.
    is_text = ast.CompareOperation(operand.number, ast.Constant(None), "==", is_null_comparison_style=True)
    return ast.And([is_text, ast.CompareOperation(operand.text, ast.Constant(text), op)])


def _between(operand: Operand, operator: str, value: Any, clock: Clock) -> ast.Expr:
    if not isinstance(value, list) or len(value) != 2:
        raise InsightError(f"{operator} operator requires a two-element array [min, max]")
    low, high = _as_number(value[0]), _as_number(value[1])
    if low is None or high is None:
        raise InsightError(f"{operator} operator requires numeric values")
    if low > high:
        raise InsightError(f"{operator} operator requires min value to be less than or equal to max value")
    if operator == "between":
        return ast.And([_compare(operand.number, ">=", low), _compare(operand.number, "<=", high)])
    return ast.Or([_compare(operand.number, "<", low), _compare(operand.number, ">", high)])


def _date(operand: Operand, operator: str, value: Any, clock: Clock) -> ast.Expr:
    return disjunction([_date_condition(operand, operator, item, clock) for item in _items(value)])


def _date_condition(operand: Operand, operator: str, value: Any, clock: Clock) -> ast.Expr:
    moment = parse_moment(_as_text(value), ZoneInfo(clock.timezone), clock.now, clock.week_start_day)
    if operator != "is_date_exact":
        return _compare(operand.moment, "<" if operator == "is_date_before" else ">", moment.at)
    if moment.is_bare_date or (moment.unit and moment.unit in "dwmqy"):
        day = floor(moment.at, "day")
        return ast.And([_compare(operand.moment, ">=", day), _compare(operand.moment, "<", next_bucket(day, "day"))])
    return _compare(operand.moment, "==", moment.at)


def _version(operand: Operand, operator: str, value: Any, clock: Clock) -> ast.Expr:
    return disjunction([version_condition(operand.text, operator, _as_text(item)) for item in _items(value)])


def _compare(left: ast.Expr, op: str, value: float | datetime) -> ast.Expr:
    return ast.CompareOperation(left, ast.Constant(value), op)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _as_text(value: Any) -> str:
    """A value as the JSON text a property would have; text as it is, a float that is whole without `.0`."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _moment(text: str, clock: Clock) -> datetime:
    return parse_moment(text, ZoneInfo(clock.timezone), clock.now, clock.week_start_day).at


_CONDITIONS: dict[str, Callable[[Operand, str, Any, Clock], ast.Expr]] = {
    "exact": _exact,
    "in": _exact,
    "is_cleaned_path_exact": _exact,
    "icontains": _contains,
    "icontains_multi": _contains,
    "regex": _regex,
    **dict.fromkeys(_ORDER, _ordered),
    "between": _between,
    "not_between": _between,
    "is_date_exact": _date,
    "is_date_before": _date,
    "is_date_after": _date,
    **dict.fromkeys(VERSION_OPERATORS, _version),
}
