"""Trees back to HogQL text, in one normal form: for the `hogql` of a response and for names of columns."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from hedgerow.hogql import ast
from hedgerow.hogql.errors import UnsupportedError

_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
    "\a": "\\a",
    "\v": "\\v",
}
_OPERATORS = {"==": "="}
_LOOSENESS = {
    ast.Alias: 9,
    ast.Lambda: 9,
    ast.Or: 6,
    ast.And: 5,
    ast.Not: 4,
    ast.CompareOperation: 3,
    ast.BetweenExpr: 3,
    ast.IsDistinctFrom: 3,
    ast.ArithmeticOperation: 2,
}


def hogql_text(node: ast.Node) -> str:
    """The HogQL text of a tree; parsed again it gives an equal tree."""
    write = _WRITE.get(type(node))
    if write is None:
        raise UnsupportedError(f"{type(node).__name__} has no text.", node.start, node.end)
    return write(node)


def identifier(name: str) -> str:
    """The name as it stands in a query, in backticks if it needs them."""
    if _PLAIN.fullmatch(name) and name.lower() not in ("null", "true", "false", "inf", "nan"):
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "``") + "`"


def column_name(node: ast.Expr) -> str:
    """What a column of a result is called: its alias, the last part of a name, or the text of the expression."""
    if isinstance(node, ast.Alias):
        return node.alias
    if isinstance(node, ast.Field):
        return node.chain[-1]
    if isinstance(node, ast.ArrayAccess) and isinstance(node.property, ast.Constant):
        value = node.property.value
        if isinstance(value, str) and isinstance(node.array, ast.Field):
            return value
    return hogql_text(node)


def _inside(node: ast.Expr, parent: ast.Expr) -> str:
    text = _in_list(node)
    looseness = _LOOSENESS.get(type(node), 0)
    # Operators of one level lean to the left; a bracket too many does no harm.
    return f"({text})" if looseness and looseness >= _LOOSENESS.get(type(parent), 1) else text


def _list(nodes: Any) -> str:
    return ", ".join(_in_list(node) for node in nodes)


def _in_list(node: ast.Node) -> str:
    text = hogql_text(node)
    return f"({text})" if isinstance(node, (ast.SelectQuery, ast.SelectSetQuery)) else text


def _constant(node: ast.Constant) -> str:
    value = node.value
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return {"inf": "inf", "-inf": "-inf", "nan": "nan"}.get(str(value), repr(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"toDateTime('{value.isoformat(sep=' ')}')"
    if isinstance(value, date):
        return f"toDate('{value.isoformat()}')"
    if isinstance(value, UUID):
        return f"toUUID('{value}')"
    return "'" + "".join(_ESCAPES.get(letter, letter) for letter in value) + "'"


def _field(node: ast.Field) -> str:
    return ".".join(part if part == "*" else identifier(part) for part in node.chain)


def _compare(node: ast.CompareOperation) -> str:
    if node.is_null_comparison_style:
        return f"{_inside(node.left, node)} IS {'NOT ' if node.op == '!=' else ''}NULL"
    operator = _OPERATORS.get(node.op, node.op.upper())
    return f"{_inside(node.left, node)} {operator} {_inside(node.right, node)}"


def _joined(word: str) -> Callable[[Any], str]:
    def write(node: Any) -> str:
        if not node.exprs:
            return "true" if word == "AND" else "false"
        return f" {word} ".join(_inside(each, node) for each in node.exprs)

    return write


def _call(node: ast.Call) -> str:
    params = f"({_list(node.params)})" if node.params is not None else ""
    order = f" ORDER BY {_list(node.order_by)}" if node.order_by else ""
    text = f"{node.name}{params}({'DISTINCT ' if node.distinct else ''}{_list(node.args)}{order})"
    return f"{text} FILTER (WHERE {hogql_text(node.filter_expr)})" if node.filter_expr else text


def _window_function(node: ast.WindowFunction) -> str:
    params = f"({_list(node.params)})" if node.params is not None else ""
    over = node.over_identifier or f"({_window(node.over_expr or ast.WindowExpr())})"
    return f"{node.name}{params}({_list(node.args)}) OVER {over}"


def _window(node: ast.WindowExpr) -> str:
    parts = []
    if node.partition_by:
        parts.append(f"PARTITION BY {_list(node.partition_by)}")
    if node.order_by:
        parts.append(f"ORDER BY {_list(node.order_by)}")
    if node.frame_start:
        frame = _frame(node.frame_start)
        if node.frame_end:
            frame = f"BETWEEN {frame} AND {_frame(node.frame_end)}"
        parts.append(f"{node.frame_method or 'ROWS'} {frame}")
    return " ".join(parts)


def _frame(node: ast.WindowFrameExpr) -> str:
    if node.frame_type == "CURRENT ROW":
        return node.frame_type
    value = node.frame_value
    count = "UNBOUNDED" if value is None else hogql_text(value) if isinstance(value, ast.Node) else str(value)
    return f"{count} {node.frame_type}"


def _order(node: ast.OrderExpr) -> str:
    text = f"{hogql_text(node.expr)} {node.order}"
    if node.with_fill is None:
        return text
    fill = node.with_fill
    parts = (("FROM", fill.from_value), ("TO", fill.to_value), ("STEP", fill.step_value))
    return f"{text} WITH FILL" + "".join(f" {word} {hogql_text(value)}" for word, value in parts if value)


def _select(node: ast.SelectQuery) -> str:
    parts = []
    if node.ctes:
        parts.append("WITH " + ("RECURSIVE " if any(c.recursive for c in node.ctes) else "") + _list(node.ctes))
    parts.append(f"SELECT {'DISTINCT ' if node.distinct else ''}{_list(node.select)}")
    if node.select_from:
        parts.append(f"FROM {_join(node.select_from)}")
    if node.array_join_list:
        parts.append(f"{node.array_join_op or 'ARRAY JOIN'} {_list(node.array_join_list)}")
    for word, expr in (("PREWHERE", node.prewhere), ("WHERE", node.where)):
        if expr:
            parts.append(f"{word} {hogql_text(expr)}")
    if node.group_by_mode == "all":
        parts.append("GROUP BY ALL")
    elif node.group_by:
        mode = (node.group_by_mode or "").upper()
        parts.append(f"GROUP BY {mode}({_list(node.group_by)})" if mode else f"GROUP BY {_list(node.group_by)}")
    for word, expr in (("HAVING", node.having), ("QUALIFY", node.qualify)):
        if expr:
            parts.append(f"{word} {hogql_text(expr)}")
    if node.window_exprs:
        windows = (f"{identifier(name)} AS ({_window(each)})" for name, each in node.window_exprs.items())
        parts.append("WINDOW " + ", ".join(windows))
    if node.order_by:
        parts.append(f"ORDER BY {_list(node.order_by)}")
    if node.limit_by:
        offset = f" OFFSET {hogql_text(node.limit_by.offset_value)}" if node.limit_by.offset_value else ""
        parts.append(f"LIMIT {hogql_text(node.limit_by.n)}{offset} BY {_list(node.limit_by.exprs)}")
    return " ".join([*parts, *_limits(node)])


def _limits(node: ast.SelectQuery | ast.SelectSetQuery) -> list[str]:
    parts = []
    if node.limit:
        ties = " WITH TIES" if isinstance(node, ast.SelectQuery) and node.limit_with_ties else ""
        parts.append(f"LIMIT {hogql_text(node.limit)}{ties}")
    if node.offset:
        parts.append(f"OFFSET {hogql_text(node.offset)}")
    return parts


def _select_set(node: ast.SelectSetQuery) -> str:
    text = f"({hogql_text(node.initial_select_query)})"
    for each in node.subsequent_select_queries:
        text += f" {each.set_operator} ({hogql_text(each.select_query)})"
    return " ".join([text, *_limits(node)])


def _join(node: ast.JoinExpr) -> str:
    table = hogql_text(node.table)
    if isinstance(node.table, (ast.SelectQuery, ast.SelectSetQuery)):
        table = f"({table})"
    if node.table_args is not None:
        table += f"({_list(node.table_args)})"
    if node.alias:
        table += f" AS {identifier(node.alias)}"
    if node.column_aliases:
        table += "(" + ", ".join(identifier(name) for name in node.column_aliases) + ")"
    if node.table_final:
        table += " FINAL"
    if node.sample:
        table += f" SAMPLE {_ratio(node.sample.sample_value)}"
    if node.constraint:
        table += f" {node.constraint.constraint_type} {hogql_text(node.constraint.expr)}"
    if node.next_join:
        table += f" {node.next_join.join_type or 'JOIN'} {_join(node.next_join)}"
    return table


def _ratio(node: ast.RatioExpr) -> str:
    return hogql_text(node.left) + (f"/{hogql_text(node.right)}" if node.right else "")


def _cte(node: ast.CTE) -> str:
    if node.cte_type == "column":
        return f"{hogql_text(node.expr)} AS {identifier(node.name)}"
    columns = f"({', '.join(identifier(name) for name in node.columns)})" if node.columns else ""
    return f"{identifier(node.name)}{columns} AS ({hogql_text(node.expr)})"


def _columns(node: ast.ColumnsExpr) -> str:
    if node.all_columns:
        return f"* EXCLUDE ({', '.join(identifier(name) for name in node.exclude or [])})"
    return f"COLUMNS({_list(node.columns or [])})"


def _values(node: ast.ValuesQuery) -> str:
    return "(VALUES " + ", ".join(f"({_list(row)})" for row in node.rows) + ")"


def _tuple(node: ast.Tuple) -> str:
    return f"tuple({_list(node.exprs)})" if len(node.exprs) < 2 else f"({_list(node.exprs)})"


def _slice(node: ast.ArraySlice) -> str:
    start = hogql_text(node.start_expr) if node.start_expr else ""
    end = hogql_text(node.end_expr) if node.end_expr else ""
    return f"{_inside(node.array, node)}[{start}:{end}]"


def _lambda(node: ast.Lambda) -> str:
    return f"({', '.join(identifier(name) for name in node.args)}) -> {hogql_text(node.expr)}"


_WRITE: dict[type[ast.Node], Callable[[Any], str]] = {
    ast.Constant: _constant,
    ast.Field: _field,
    ast.Placeholder: lambda node: f"{{{hogql_text(node.expr)}}}",
    ast.Alias: lambda node: f"{_inside(node.expr, node)} AS {identifier(node.alias)}",
    ast.ArithmeticOperation: lambda node: f"{_inside(node.left, node)} {node.op} {_inside(node.right, node)}",
    ast.CompareOperation: _compare,
    ast.BetweenExpr: lambda node: (
        f"{_inside(node.expr, node)} {'NOT ' if node.negated else ''}BETWEEN"
        f" {_inside(node.low, node)} AND {_inside(node.high, node)}"
    ),
    ast.IsDistinctFrom: lambda node: (
        f"{_inside(node.left, node)} IS {'NOT ' if node.negated else ''}DISTINCT FROM {_inside(node.right, node)}"
    ),
    ast.And: _joined("AND"),
    ast.Or: _joined("OR"),
    ast.Not: lambda node: f"NOT {_inside(node.expr, node)}",
    ast.Call: _call,
    ast.ExprCall: lambda node: f"{_inside(node.expr, node)}({_list(node.args)})",
    ast.Lambda: _lambda,
    ast.WindowFunction: _window_function,
    ast.TypeCast: lambda node: f"CAST({hogql_text(node.expr)} AS {node.type_name})",
    ast.TryCast: lambda node: f"TRY_CAST({hogql_text(node.expr)} AS {node.type_name})",
    ast.Array: lambda node: f"[{_list(node.exprs)}]",
    ast.Tuple: _tuple,
    ast.Dict: lambda node: "{" + ", ".join(f"{hogql_text(k)}: {hogql_text(v)}" for k, v in node.items) + "}",
    ast.ArrayAccess: lambda node: f"{_inside(node.array, node)}[{hogql_text(node.property)}]",
    ast.TupleAccess: lambda node: f"{_inside(node.tuple, node)}.{node.index}",
    ast.ArraySlice: _slice,
    ast.ColumnsExpr: _columns,
    ast.OrderExpr: _order,
    ast.SelectQuery: _select,
    ast.SelectSetQuery: _select_set,
    ast.ValuesQuery: _values,
    ast.CTE: _cte,
}
