"""Short ways to write HogQL that is mostly about arrays of tuples, as that of funnels and paths is."""

from __future__ import annotations

from collections.abc import Sequence

from hedgerow.hogql import ast


def column(name: str) -> ast.Field:
    """A column, alias or argument of a lambda."""
    return ast.Field([name])


def number(value: int) -> ast.Constant:
    """A whole number."""
    return ast.Constant(value)


def call(name: str, *arguments: ast.Expr) -> ast.Call:
    """A call of a function."""
    return ast.Call(name, list(arguments))


def member(tuple_: ast.Expr, index: int) -> ast.TupleAccess:
    """A member of a tuple, counted from 1."""
    return ast.TupleAccess(tuple_, index)


def row(*members: ast.Expr) -> ast.Tuple:
    """A tuple."""
    return ast.Tuple(list(members))


def compared(left: ast.Expr, op: str, right: ast.Expr) -> ast.CompareOperation:
    """A comparison."""
    return ast.CompareOperation(left, right, op)


def is_not_zero(value: ast.Expr) -> ast.CompareOperation:
    """The condition that a number is not 0, which in arrays of times stands for "never"."""
    return compared(value, "!=", number(0))


def minus(left: ast.Expr, right: ast.Expr) -> ast.ArithmeticOperation:
    """A difference."""
    return ast.ArithmeticOperation(left, right, "-")


def plus(left: ast.Expr, right: ast.Expr) -> ast.ArithmeticOperation:
    """A sum."""
    return ast.ArithmeticOperation(left, right, "+")


def choice(condition: ast.Expr, then: ast.Expr, otherwise: ast.Expr) -> ast.Call:
    """One of two values."""
    return call("if", condition, then, otherwise)


def over(function: str, arguments: Sequence[str], value: ast.Expr, *arrays: ast.Expr) -> ast.Call:
    """`arrayMap`, `arrayFilter` and the like: `value` for the members of `arrays`, which it knows by `arguments`."""
    return call(function, ast.Lambda(list(arguments), value), *arrays)


def every(conditions: Sequence[ast.Expr]) -> ast.Expr:
    """All of the conditions, of which there is at least one."""
    return conditions[0] if len(conditions) == 1 else ast.And(list(conditions))


def some(conditions: Sequence[ast.Expr]) -> ast.Expr:
    """Any of the conditions, of which there is at least one."""
    return conditions[0] if len(conditions) == 1 else ast.Or(list(conditions))


def select_from(source: ast.SelectQuery, columns: Sequence[str | ast.Alias]) -> ast.SelectQuery:
    """A query over another one: its columns by name, and new ones."""
    return ast.SelectQuery(
        select=[column(each) if isinstance(each, str) else each for each in columns],
        select_from=ast.JoinExpr(source),
    )
