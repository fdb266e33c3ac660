"""What the queries of a retention table depend on, and the columns of their parts.

A **start** is an actor's row, with the breakdown's value if there is one and, where returns are counted in windows of
fixed length, the moment in microseconds from which they count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hedgerow.hogql import ast
from hedgerow.insights.breakdowns import OTHER
from hedgerow.insights.dates import ResolvedRange
from hedgerow.insights.ranges import is_within
from hedgerow.insights.retention.request import RetentionType

TIMESTAMP = ast.Field(["timestamp"])
START, STARTS, RETURNS = ast.Field(["start"]), ast.Field(["starts"]), ast.Field(["returns"])
ROW, COLUMN, VALUE, EACH = ast.Field(["row"]), ast.Field(["column"]), ast.Field(["value"]), ast.Field(["each"])


@dataclass(frozen=True)
class Table:
    """Everything the queries of a retention table depend on."""

    kind: RetentionType
    period: ResolvedRange
    actor: ast.Expr
    kept: ast.Expr
    """The conditions on events of every kind."""
    named: ast.Expr
    """The event or action of the target alone, its filters left aside."""
    target: ast.Expr
    returning: ast.Expr
    occurrences: int
    columns: int
    brackets: Sequence[int]
    is_cumulative: bool
    amount: ast.Expr | None = None
    """The number summed up or averaged over events, if any."""
    value: ast.Expr | None = None
    """The breakdown's value of an event, if there is a breakdown."""
    window: int | None = None
    """The length in microseconds of the windows in which returns are counted; None for intervals of the calendar."""


def row_columns(table: Table) -> list[ast.Expr]:
    """The value, if there is a breakdown, and the row of `start`."""
    row = ast.Alias(row_of(table), "row")
    return [row] if table.value is None else [ast.Alias(ast.TupleAccess(START, 2), "value"), row]


def value_columns(table: Table) -> list[ast.Expr]:
    """The value, if there is a breakdown."""
    return [] if table.value is None else [VALUE]


def row_of(table: Table) -> ast.Expr:
    """The row of `start`."""
    return START if table.value is None and table.window is None else ast.TupleAccess(START, 1)


def place_of(table: Table, start: ast.Expr) -> ast.Expr:
    """A start without its moment."""
    if table.window is None:
        return start
    row = ast.TupleAccess(start, 1)
    return row if table.value is None else ast.Tuple([row, ast.TupleAccess(start, 2)])


def has_bare_starts(table: Table) -> bool:
    """Whether `starts` are rows and nothing else."""
    return table.value is None and table.window is None


def shown_value(value: ast.Expr, shown: Sequence[str] | None) -> ast.Expr:
    """The value of a breakdown; OTHER for one that is not among those that are shown, None for all."""
    if shown is None:
        return value
    is_shown = ast.CompareOperation(value, ast.Tuple([ast.Constant(each) for each in shown]), "in")
    return ast.Call("if", [is_shown, value, ast.Constant(OTHER)])


def in_period(table: Table) -> ast.Expr:
    """Whether an event is in the range."""
    return is_within(TIMESTAMP, table.period.filter_from, table.period.date_to)


def fields_of(columns: Sequence[ast.Alias]) -> list[ast.Expr]:
    """The columns, as a query around theirs names them."""
    return [ast.Field([each.alias]) for each in columns]


def constant(value: int) -> ast.Constant:
    """A whole number."""
    return ast.Constant(value)


def minus(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    """The difference."""
    return ast.ArithmeticOperation(left, right, "-")


def greater(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    """Whether the left one is greater."""
    return ast.CompareOperation(left, right, ">")


def equal(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    """Whether they are the same."""
    return ast.CompareOperation(left, right, "==")
