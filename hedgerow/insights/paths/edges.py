"""The edges of paths: how often an item is followed by another, and after what time."""

from __future__ import annotations

from hedgerow.hogql import ast
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.paths.request import PathsQuery
from hedgerow.insights.paths.sessions import ITEM, TIME, session_paths
from hedgerow.insights.tree import call, column, compared, member, minus, number, over, plus

_STEP, _ITEM, _NEXT, _VALUE = column("step"), column("item"), column("next_item"), column("value")


def edges_query(query: PathsQuery, events: ast.SelectQuery) -> ast.SelectQuery:
    """Rows `(step, item, next item, occurrences, mean milliseconds)`, the most frequent first, as many as asked for.

    Steps are counted from 1. Of edges that occur equally often those come first whose `<step>_<item>` do, as texts.
    """
    path = column("path")
    gap = over(
        "arrayMap",
        ["time", "next_time"],
        minus(column("next_time"), column("time")),
        call("arrayPopBack", member(path, TIME)),
        call("arrayPopFront", member(path, TIME)),
    )
    milliseconds = ast.ArithmeticOperation(call("avg", column("gap")), number(1_000), "/")
    return ast.SelectQuery(
        select=[_STEP, _ITEM, _NEXT, ast.Alias(call("count"), "value"), milliseconds],
        select_from=ast.JoinExpr(session_paths(query, events)),
        array_join_op="ARRAY JOIN",
        array_join_list=[
            ast.Alias(call("arrayEnumerate", gap), "step"),
            ast.Alias(call("arrayPopBack", member(path, ITEM)), "item"),
            ast.Alias(call("arrayPopFront", member(path, ITEM)), "next_item"),
            ast.Alias(gap, "gap"),
        ],
        group_by=[_STEP, _ITEM, _NEXT],
        having=_is_asked_for(query),
        order_by=[
            ast.OrderExpr(_VALUE, "DESC"),
            ast.OrderExpr(_key(_STEP, _ITEM)),
            ast.OrderExpr(_key(plus(_STEP, number(1)), _NEXT)),
        ],
        limit=ast.Constant(query.edge_limit),
    )


def _is_asked_for(query: PathsQuery) -> ast.Expr | None:
    least, most = query.pathsFilter.minEdgeWeight, query.pathsFilter.maxEdgeWeight
    condition = conjunction(
        [
            TRUE if not least else compared(_VALUE, ">=", number(least)),
            TRUE if not most else compared(_VALUE, "<=", number(most)),
        ]
    )
    return None if condition is TRUE else condition


def _key(step: ast.Expr, item: ast.Expr) -> ast.Expr:
    return call("concat", call("toString", step), ast.Constant("_"), item)
