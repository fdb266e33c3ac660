"""The parser's JSON to nodes."""

from dataclasses import fields
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.errors import QueryTooComplexError, UnsupportedError

MAX_LEVELS = 130
"""Deepest tree that is compiled. Long chains of one operator lean to the left, one level an operator."""

_UNSUPPORTED = {
    "HogQLXTag": "Tags are not supported in queries.",
    "HogQLXAttribute": "Tags are not supported in queries.",
    "PivotExpr": "PIVOT is not supported.",
    "UnpivotExpr": "UNPIVOT is not supported.",
    "GroupingSet": "GROUPING SETS are not supported.",
    "InterpolateExpr": "INTERPOLATE is not supported.",
    "NamedArgument": "Named arguments are not supported.",
    "Block": "A block of statements is not supported in queries.",
}
_NODES: dict[str, type[ast.Node]] = {
    name: node for name, node in vars(ast).items() if isinstance(node, type) and issubclass(node, ast.Node)
}
_FIELDS = {name: frozenset(each.name for each in fields(node)) for name, node in _NODES.items()}
_SPECIAL_NUMBERS = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}


def node_from_json(value: dict[str, Any]) -> ast.Node:
    """The node of the parser's object. Raises UnsupportedError or QueryTooComplexError."""
    return _node(value, 0)


def _node(value: dict[str, Any], level: int) -> ast.Node:
    name = value["node"]
    start, end = _offset(value.get("start")), _offset(value.get("end"))
    if level > MAX_LEVELS:
        raise QueryTooComplexError("The query is nested too deeply, or a chain of operators is too long.", start, end)
    node_class = _NODES.get(name)
    if node_class is None:
        raise UnsupportedError(_UNSUPPORTED.get(name, f"{name} is not supported in queries."), start, end)
    if node_class is ast.Field:
        return ast.Field(value["chain"], start=start, end=end)
    if node_class is ast.Constant:
        return ast.Constant(_constant(value), start=start, end=end)
    known = _FIELDS[name]
    members = {}
    for key, member in value.items():
        if key in ("node", "start", "end"):
            continue
        if key not in known:
            if member in (None, False, []):
                continue
            if not (name == "WindowFunction" and key == "exprs"):
                raise UnsupportedError(f"{key.replace('_', ' ').upper()} is not supported.", start, end)
        members[key] = _member(member, level + 1)
    if node_class is ast.WindowFunction:
        _window_arguments(members)
    return node_class(**members, start=start, end=end)


def _member(value: Any, level: int) -> Any:
    if isinstance(value, dict):
        if "node" in value:
            return _node(value, level)
        return {key: _member(each, level) for key, each in value.items()}
    if isinstance(value, list):
        return [_member(each, level) for each in value]
    return value


def _offset(position: Any) -> int | None:
    return position["offset"] if position else None


def _constant(value: dict[str, Any]) -> ast.ConstantValue:
    constant: ast.ConstantValue = value["value"]
    if value.get("value_type") == "number" and isinstance(constant, str):
        return _SPECIAL_NUMBERS[constant] if constant in _SPECIAL_NUMBERS else int(constant)
    return constant


def _window_arguments(members: dict[str, Any]) -> None:
    # The parser puts the arguments of a plain function in `exprs`; with parameters, those are in `exprs`.
    exprs = members.pop("exprs", None)
    if exprs and members.get("args"):
        members["params"] = exprs
    elif exprs:
        members["args"] = exprs
