"""Calls of functions: those with rules of their own here, all others by the tables of `functions`."""

from typing import TYPE_CHECKING

from hedgerow.hogql import ast
from hedgerow.hogql.arguments import call_sql, check_count, checked_arguments, present_text, result_type, stays_text
from hedgerow.hogql.conversions import alike
from hedgerow.hogql.errors import ResolutionError, UnsupportedError
from hedgerow.hogql.functions import RULED, SCALAR, WINDOW, canonical_name, find_aggregate
from hedgerow.hogql.special_calls import SPECIAL
from hedgerow.hogql.types import UNKNOWN
from hedgerow.hogql.values import Value

if TYPE_CHECKING:
    from hedgerow.hogql.expressions import Expressions

_ABSENT = {
    "convertCurrency": "this server has no exchange rates",
    "recording_button": "this server has no recordings yet",
    "uniqueSurveySubmissionsFilter": "this server has no surveys yet",
    "lookupDomainType": "read `$channel_type` of a session or `$virt_initial_channel_type` of a person instead",
    "lookupPaidSourceType": "read `$channel_type` of a session or `$virt_initial_channel_type` of a person instead",
}


def call_value(expressions: "Expressions", node: ast.Call) -> Value:
    """A function called outside a window. Raises ResolutionError for a name that is not listed."""
    name = canonical_name(node.name)
    compile_call = SPECIAL.get(name)
    if compile_call is not None and not (node.distinct or node.params or node.filter_expr):
        check_count(node, node.name, len(node.args), RULED[name].least, RULED[name].most)
        return compile_call(expressions, node)
    if name in _ABSENT:
        raise UnsupportedError(f"'{name}' is not available: {_ABSENT[name]}.", node.start, node.end)
    if find_aggregate(node.name) is not None:
        return _aggregate(expressions, node)
    function = SCALAR.get(name)
    if function is None:
        hint = " without OVER" if name in WINDOW else ""
        raise ResolutionError(f"Unsupported function call '{node.name}(...)'{hint}", node.start, node.end)
    if node.distinct or node.filter_expr or node.order_by:
        raise ResolutionError(f"Function '{node.name}' does not aggregate", node.start, node.end)
    arguments = checked_arguments(expressions, node, function, "", node.args)
    if function.result.endswith("s!") or function.result == "Array!":
        arguments = [present_text(argument) for argument in arguments]
    if name in _CHOICES:
        first = _CHOICES[name]
        arguments = arguments[:first] + alike(expressions.compilation, arguments[first:])
    sql = call_sql(expressions, node, function.clickhouse, arguments, node.params)
    value = Value(sql, result_type(function, arguments))
    if name in _CHOICES and function.result in ("second", "same?"):
        chosen = arguments[_CHOICES[name] :]
        type = next((each.type for each in chosen if each.type.kind != "Null"), UNKNOWN)
        value.type = type.not_null().or_null(_choice_nullable(name, chosen))
    value.untyped = stays_text(function.result, arguments)
    return value


_CHOICES = {"if": 1, "ifNull": 0, "coalesce": 0, "nullIf": 0, "greatest": 0, "least": 0}


def _choice_nullable(name: str, chosen: list[Value]) -> bool:
    if name in ("ifNull", "coalesce"):
        return chosen[-1].nullable
    return name == "nullIf" or any(value.nullable for value in chosen)


def _aggregate(expressions: "Expressions", node: ast.Call) -> Value:
    found = find_aggregate(node.name)
    assert found is not None
    function, suffix = found
    nodes = list(node.args)
    if function.name == "count" and len(nodes) == 1 and isinstance(nodes[0], ast.Field) and nodes[0].chain == ["*"]:
        nodes = []
    if node.order_by:
        raise UnsupportedError("ORDER BY in an aggregate is not supported.", node.start, node.end)
    clickhouse = function.clickhouse
    if node.distinct:
        if clickhouse == "count":
            clickhouse, function = "uniqExact", find_aggregate("uniqExact")[0]  # type: ignore[index]
        elif "Distinct" not in suffix:
            suffix = "Distinct" + suffix
    if node.filter_expr is not None:
        if suffix.endswith("If"):
            nodes[-1] = ast.And([nodes[-1], node.filter_expr])
        else:
            nodes.append(node.filter_expr)
            suffix += "If"
    arguments = checked_arguments(expressions, node, function, suffix, nodes)
    sql = call_sql(expressions, node, clickhouse + suffix, arguments, node.params)
    type = result_type(function, arguments)
    if "OrNull" in suffix:
        type = type.or_null()
    if "ForEach" in suffix or "Array" in suffix:
        type = UNKNOWN
    return Value(sql, type, untyped=stays_text(function.result, arguments))
