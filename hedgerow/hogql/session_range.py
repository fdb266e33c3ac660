"""Keeps queries that ask for sessions of some days from going through all events.

A session is put together from its events. Where WHERE limits the time of the events, or of the sessions' start (by
`$start_timestamp` of the sessions, or by `session.$start_timestamp` of events), only events within that range and a
margin on each side are read; sessions that last longer than the margin would be cut.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hedgerow.hogql import ast
from hedgerow.hogql.database import EVENTS, SESSIONS
from hedgerow.hogql.sources import NarrowedTable, StoredTable
from hedgerow.hogql.walk import nodes

if TYPE_CHECKING:
    from hedgerow.hogql.expressions import Expressions

MARGIN_DAYS = 2
"""SDKs end a session after a day at most; the other day is for clocks that were put right meanwhile."""

_LOWER = {">=": True, ">": True, "<=": False, "<": False}
_MIRRORED = {">=": "<=", ">": "<", "<=": ">=", "<": ">"}


def narrow_sessions(expressions: "Expressions", query: ast.SelectQuery) -> None:
    """Limit the events that the sessions of this SELECT are made of, by its WHERE."""
    for name, source in expressions.scope.sources:
        if isinstance(source, StoredTable) and source.table is EVENTS:
            fields, sessions = [["timestamp"], ["session", "$start_timestamp"]], source.joined("sessions")
        elif isinstance(source, NarrowedTable) and source.table is SESSIONS:
            fields, sessions = [["$start_timestamp"]], [source]
        else:
            continue
        fields = [chain for chain in fields if chain[0] not in expressions.scope.aliases]
        if not sessions:
            continue
        for is_lower, bound in _bounds(query, fields, name):
            moment = expressions.value(bound)
            if moment.type.kind == "String" and moment.constant is not None:
                moment = expressions.value(ast.Call("toDateTime", [bound]))
            if moment.type.kind not in ("DateTime", "Date"):
                continue
            for each in sessions:
                alias = each.inner.alias
                limit = (
                    f">= {moment.sql} - toIntervalDay({MARGIN_DAYS})"
                    if is_lower
                    else f"<= {moment.sql} + toIntervalDay({MARGIN_DAYS + (moment.type.kind == 'Date')})"
                )
                each.inner.conditions.append(f"{alias}.timestamp {limit}")


def _bounds(query: ast.SelectQuery, fields: Sequence[list[str]], table: str | None) -> Iterator[tuple[bool, ast.Expr]]:
    """Whether it is the lower bound, and the bound, for each condition that must hold for a row."""
    for node in _conjuncts(query.where):
        if isinstance(node, ast.BetweenExpr) and not node.negated and _is_field(node.expr, fields, table):
            sides = [(">=", node.low), ("<=", node.high)]
        elif isinstance(node, ast.CompareOperation) and node.op in _LOWER:
            if _is_field(node.left, fields, table):
                sides = [(node.op, node.right)]
            elif _is_field(node.right, fields, table):
                sides = [(_MIRRORED[node.op], node.left)]
            else:
                continue
        else:
            continue
        for op, bound in sides:
            if not any(isinstance(each, (ast.Field, ast.SelectQuery)) for each in nodes(bound)):
                yield _LOWER[op], bound


def _conjuncts(node: ast.Expr | None) -> Iterator[ast.Expr]:
    if isinstance(node, ast.And):
        for each in node.exprs:
            yield from _conjuncts(each)
    elif node is not None:
        yield node


def _is_field(node: ast.Expr, fields: Sequence[list[str]], table: str | None) -> bool:
    chain = node.chain if isinstance(node, ast.Field) else None
    return any(chain in (field, [table, *field]) for field in fields)
