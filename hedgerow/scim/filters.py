"""Filters of lists: `userName eq "ada" and active eq true` becomes a condition on the records."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from scim2_models import SCIMException, ScimFilter
from scim2_models.path import (
    AttrPath,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)
from scim2_models.path import CompareOperator as Operator

from hedgerow.api.asked import is_whole
from hedgerow.api.views import is_uuid

MOST_LETTERS = 1_000
MOST_BRACKETS = 20
ANYTHING = "anything"
"""The column of an attribute that is not kept, and is never a reason to leave something out: the type of an address."""

Columns = Mapping[str, tuple[str, type]]
"""The attributes that filters may name, in lower case, as the column each is read from and the type of its values."""

_ALWAYS, _NEVER = Q(pk__isnull=False), Q(pk__in=[])
_ORDERS = {Operator.gt: "gt", Operator.ge: "gte", Operator.lt: "lt", Operator.le: "lte"}
_PARTS = {Operator.co: "contains", Operator.sw: "startswith", Operator.ew: "endswith"}


class NoFilter(Exception):  # noqa: N818 - what it is, not a fault of ours
    """The text is no filter, or one about something that is not known."""


def condition(text: str, columns: Columns) -> Q:
    """The condition that a filter says. Raises NoFilter.

    Letters of ASCII match in either case. Those of other scripts match exactly: databases take some of them for others.
    """
    if len(text) > MOST_LETTERS or text.count("(") > MOST_BRACKETS:
        raise NoFilter
    try:
        return _Conditions(columns).visit(ScimFilter(text).ast)
    except SCIMException as error:
        raise NoFilter from error


class _Conditions(FilterVisitor[Q]):
    def __init__(self, columns: Columns, within: str = "") -> None:
        self.columns = columns
        self.within = within

    def visit_comparison(self, node: Comparison) -> Q:
        column, kind = self._column(node.attr_path)
        if column == ANYTHING:
            return _ALWAYS
        return _compared(column, kind, node.op, node.value)

    def visit_present(self, node: Present) -> Q:
        column, kind = self._column(node.attr_path)
        if column == ANYTHING or kind is bool:
            return _ALWAYS
        return ~_compared(column, kind, Operator.eq, None)

    def visit_not(self, node: Not) -> Q:
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        first, *others = (self.visit(term) for term in node.terms)
        for other in others:
            first = first & other if node.op == LogicalOperator.and_ else first | other
        return first

    def visit_value_path(self, node: ValuePath) -> Q:
        return _Conditions(self.columns, within=f"{_name(node.attr_path)}.").visit(node.val_filter)

    def _column(self, path: AttrPath) -> tuple[str, type]:
        found = self.columns.get(self.within + _name(path))
        if found is None:
            raise NoFilter
        return found


def _name(path: AttrPath) -> str:
    return f"{path.attr}.{path.sub_attr}".lower() if path.sub_attr else path.attr.lower()


def _compared(column: str, kind: type, operator: Operator, value: Any) -> Q:
    if operator == Operator.ne:
        return ~_compared(column, kind, Operator.eq, value)
    if value is None and operator == Operator.eq:
        return Q(**{column: ""}) if kind is str else Q(**{f"{column}__isnull": True})
    if kind is bool:
        return _is_flag(column, operator, value)
    if not isinstance(value, str) or "\0" in value:
        raise NoFilter
    if kind in (int, UUID):
        return _is_id(column, kind, operator, value)
    if operator in _ORDERS:
        return Q(**{f"{column}__{_ORDERS[operator]}": value})
    if operator in _PARTS:
        return Q(**{f"{column}__{'i' if value.isascii() else ''}{_PARTS[operator]}": value})
    return Q(Exact(Lower(column), value.lower())) if value.isascii() else Q(**{column: value})


def _is_flag(column: str, operator: Operator, value: Any) -> Q:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        value = value.lower() == "true"
    if operator != Operator.eq or not isinstance(value, bool):
        raise NoFilter
    return Q(**{column: value})


def _is_id(column: str, kind: type, operator: Operator, value: str) -> Q:
    if operator != Operator.eq:
        raise NoFilter
    is_one = is_whole(value) if kind is int else is_uuid(value)
    return Q(**{column: kind(value)}) if is_one else _NEVER
