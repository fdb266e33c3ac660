"""Columns of lists, which clients write in HogQL: what they are and in which order rows come by default."""

import re
from collections.abc import Sequence

from hedgerow.hogql import ast
from hedgerow.hogql.functions import find_aggregate
from hedgerow.hogql.parse import parse_expr, parse_order
from hedgerow.hogql.walk import nodes

_LABEL = re.compile(r"--[^'\"`\n]*$")


def without_label(text: str) -> str:
    """A column without the `-- Label` that may end it."""
    return _LABEL.sub("", text).strip()


def column(text: str) -> ast.Expr:
    """The expression of a column; the name it gives itself does not count. Raises HogQLError."""
    expression = parse_expr(text)
    return expression.expr if isinstance(expression, ast.Alias) else expression


def has_aggregate(tree: ast.Node) -> bool:
    """Whether something in it adds up rows."""
    return any(isinstance(node, ast.Call) and find_aggregate(node.name) for node in nodes(tree))


def split_conditions(texts: Sequence[str] | None) -> tuple[list[ast.Expr], list[ast.Expr]]:
    """Conditions written in HogQL: those on rows, and those on what rows add up to. Raises HogQLError."""
    where: list[ast.Expr] = []
    having: list[ast.Expr] = []
    for text in texts or ():
        condition = parse_expr(text)
        (having if has_aggregate(condition) else where).append(condition)
    return where, having


def row_order(
    order_by: Sequence[str] | None, columns: Sequence[ast.Expr], newest: ast.Expr | None
) -> list[ast.OrderExpr]:
    """The order asked for; else the largest count or aggregate first, else `newest` first, else the first column."""
    if order_by:
        return [parse_order(text) for text in order_by]
    aggregates = [each for each in columns if has_aggregate(each)]
    counts = [each for each in aggregates if each == ast.Call("count")]
    if aggregates:
        return [ast.OrderExpr((counts or aggregates)[0], order="DESC")]
    if newest is not None:
        return [ast.OrderExpr(newest, order="DESC")]
    return [ast.OrderExpr(columns[0], order="ASC")]


def all_of(conditions: Sequence[ast.Expr]) -> ast.Expr | None:
    """The conditions as what stands in WHERE or HAVING; None if there are none."""
    return ast.And(list(conditions)) if len(conditions) > 1 else conditions[0] if conditions else None
