"""Window functions and what stands after OVER."""

from typing import TYPE_CHECKING

from hedgerow.hogql import ast
from hedgerow.hogql.arguments import call_sql, checked_arguments, result_type
from hedgerow.hogql.errors import ResolutionError, UnsupportedError
from hedgerow.hogql.functions import WINDOW, canonical_name, find_aggregate
from hedgerow.hogql.values import Value

if TYPE_CHECKING:
    from hedgerow.hogql.expressions import Expressions


def window_call(expressions: "Expressions", node: ast.WindowFunction) -> Value:
    """A window function, or an aggregate over a window."""
    function, suffix = WINDOW.get(canonical_name(node.name)), ""
    if function is None:
        found = find_aggregate(node.name)
        if found is None:
            raise ResolutionError(f"Unsupported function call '{node.name}(...)'", node.start, node.end)
        function, suffix = found
    if node.over_identifier is not None:
        over = expressions.scope.windows.get(node.over_identifier)
        if over is None:
            raise ResolutionError(f"Unknown window: {node.over_identifier}", node.start, node.end)
    else:
        over = f"({window_sql(expressions, node.over_expr or ast.WindowExpr())})"
    arguments = checked_arguments(expressions, node, function, suffix, node.args)
    sql = call_sql(expressions, node, function.clickhouse + suffix, arguments, node.params)
    return Value(f"{sql} OVER {over}", result_type(function, arguments))


def window_sql(expressions: "Expressions", node: ast.WindowExpr) -> str:
    """What stands in the brackets of a window."""
    parts = []
    if node.partition_by:
        parts.append("PARTITION BY " + ", ".join(value.sql for value in expressions.values(node.partition_by)))
    if node.order_by:
        parts.append("ORDER BY " + ", ".join(order_sql(expressions, each) for each in node.order_by))
    if node.frame_start:
        frame = _frame(expressions, node.frame_start)
        if node.frame_end:
            frame = f"BETWEEN {frame} AND {_frame(expressions, node.frame_end)}"
        parts.append(f"{'RANGE' if node.frame_method == 'RANGE' else 'ROWS'} {frame}")
    return " ".join(parts)


def order_sql(expressions: "Expressions", node: ast.OrderExpr) -> str:
    """An item of ORDER BY."""
    if node.order not in ("ASC", "DESC"):
        raise UnsupportedError(f"Unknown order: {node.order}", node.start, node.end)
    sql = f"{expressions.value(node.expr).sql} {node.order}"
    if node.with_fill is None:
        return sql
    sql += " WITH FILL"
    fill = node.with_fill
    for word, expr in (("FROM", fill.from_value), ("TO", fill.to_value), ("STEP", fill.step_value)):
        if expr is not None:
            sql += f" {word} {expressions.value(expr).sql}"
    return sql


def _frame(expressions: "Expressions", node: ast.WindowFrameExpr) -> str:
    if node.frame_type == "CURRENT ROW":
        return "CURRENT ROW"
    if node.frame_type not in ("PRECEDING", "FOLLOWING"):
        raise UnsupportedError("Unknown frame of a window.", node.start, node.end)
    count = node.frame_value
    if isinstance(count, ast.Constant):
        count = count.value if isinstance(count.value, int) else None
    elif isinstance(count, ast.Expr):
        raise UnsupportedError("The frame of a window must be a number of rows.", node.start, node.end)
    return f"{'UNBOUNDED' if count is None else int(count)} {node.frame_type}"
