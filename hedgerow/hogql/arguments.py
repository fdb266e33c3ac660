"""Arguments of functions: how many, of which kind, and the type that comes out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hedgerow.hogql import ast
from hedgerow.hogql.conversions import as_boolean, as_number, as_text, as_time
from hedgerow.hogql.errors import ResolutionError
from hedgerow.hogql.functions import PARAMETRIC, Function
from hedgerow.hogql.types import FLOAT, INTEGER, STRING, UNKNOWN, Type, array_of
from hedgerow.hogql.values import Value

if TYPE_CHECKING:
    from hedgerow.hogql.expressions import Expressions

AnyCall = ast.Call | ast.WindowFunction

_LISTS = {"Strings": array_of(STRING), "Integers": array_of(INTEGER), "Floats": array_of(FLOAT)}


def check_count(node: AnyCall, name: str, count: int, least: int, most: int | None) -> None:
    """Raise ResolutionError if a call has too few or too many arguments."""
    if count < least or (most is not None and count > most):
        expected = f"at least {least}" if most is None else str(least) if least == most else f"{least} to {most}"
        raise ResolutionError(
            f"Function '{name}' expects {expected} argument{'' if expected == '1' else 's'}, found {count}",
            node.start,
            node.end,
        )


def checked_arguments(
    expressions: "Expressions", node: AnyCall, function: Function, suffix: str, nodes: Sequence[ast.Expr]
) -> list[Value]:
    """The compiled arguments, converted to what the function takes; `suffix` are an aggregate's combinators."""
    conditional = suffix.endswith("If")
    least = function.least + conditional
    most = None if function.most is None else function.most + conditional
    check_count(node, node.name, len(nodes), least, most)
    values = compiled_arguments(expressions, nodes)
    last = len(values) - 1
    return [
        _as(expressions, value, "bool" if conditional and index == last else function.argument(index))
        for index, value in enumerate(values)
    ]


def compiled_arguments(expressions: "Expressions", nodes: Sequence[ast.Expr]) -> list[Value]:
    """The arguments; what a lambda is called with is taken from the arrays after it."""
    if not any(isinstance(node, ast.Lambda) for node in nodes):
        return expressions.values(nodes)
    rest = {index: expressions.value(node) for index, node in enumerate(nodes) if not isinstance(node, ast.Lambda)}
    arrays = [rest[index] for index in sorted(rest)]
    return [
        _lambda(expressions, node, arrays) if isinstance(node, ast.Lambda) else rest[index]
        for index, node in enumerate(nodes)
    ]


def call_sql(
    expressions: "Expressions",
    node: AnyCall,
    clickhouse: str,
    arguments: Sequence[Value],
    params: Sequence[ast.Expr] | None,
) -> str:
    """The text of a call."""
    parameters = ""
    if params:
        base = next((name for name in PARAMETRIC if node.name.startswith(name)), None)
        if base is None:
            raise ResolutionError(f"Function '{node.name}' takes no parameters", node.start, node.end)
        parameters = "(" + ", ".join(_parameter(expressions, each) for each in params) + ")"
    return f"{clickhouse}{parameters}({', '.join(argument.sql for argument in arguments)})"


def _parameter(expressions: "Expressions", node: ast.Expr) -> str:
    if not isinstance(node, ast.Constant) or node.value is None:
        raise ResolutionError("A parameter of a function must be a constant.", node.start, node.end)
    if isinstance(node.value, int) and not isinstance(node.value, bool) and 0 <= node.value < 1 << 64:
        return expressions.compilation.bind(node.value, "UInt64")
    return expressions.value(node).sql


def result_type(function: Function, arguments: Sequence[Value]) -> Type:
    """The type of what a function gives for these arguments."""
    rule = function.result.rstrip("?!")
    if function.result.endswith("!"):
        nullable = False
    else:
        nullable = function.result.endswith("?") or any(argument.nullable for argument in arguments)
    first = arguments[0].type if arguments else UNKNOWN
    if rule == "same":
        type = first
    elif rule == "second":
        type = arguments[1].type if len(arguments) > 1 else UNKNOWN
    elif rule == "last":
        type = arguments[-1].type
    elif rule == "item":
        type = first.item or UNKNOWN
    elif rule == "list":
        type = array_of(first)
    else:
        type = _LISTS.get(rule) or Type(rule)
    if type.kind == "Unknown":
        return UNKNOWN
    return type.not_null().or_null(nullable)


def present_text(value: Value) -> Value:
    """Text as it goes into an array, which cannot be NULL in the engine: what is missing is empty."""
    if value.nullable and value.type.kind in ("String", "JSON"):
        return Value(f"ifNull({value.sql}, '')", value.type.not_null())
    return value


def stays_text(result: str, arguments: Sequence[Value]) -> bool:
    """Whether a result is the text of a property: `any(properties.x)` is as much so as `properties.x`."""
    if result.rstrip("?!") == "same":
        return bool(arguments) and arguments[0].untyped
    if result == "second":
        return (
            len(arguments) > 1
            and any(value.untyped for value in arguments)
            and all(value.untyped or value.type.kind in ("String", "Null", "Boolean") for value in arguments)
        )
    return False


def _as(expressions: "Expressions", value: Value, kind: str) -> Value:
    if kind == "number":
        return as_number(value)
    if kind == "bool":
        return as_boolean(value)
    if kind in ("text", "unit"):
        return as_text(value)
    if kind == "time":
        return as_time(expressions.compilation, value)
    if kind == "seconds":
        moment = as_time(expressions.compilation, value)
        return replace(moment, sql=f"toDateTime({moment.sql})") if moment.type.kind == "DateTime" else moment
    return value


def _lambda(expressions: "Expressions", node: ast.Lambda, arrays: Sequence[Value]) -> Value:
    names = {name: expressions.compilation.name("l") for name in node.args}
    items = [array.type.item for array in arrays]
    single = items[0] if len(items) == 1 and len(names) == 1 else None
    arguments = {
        name: Value(sql, single or (items[index] if index < len(items) else None) or UNKNOWN)
        for index, (name, sql) in enumerate(names.items())
    }
    expressions.scope.lambdas.append(arguments)
    try:
        body = expressions.value(node.expr)
    finally:
        expressions.scope.lambdas.pop()
    return Value(f"({', '.join(names.values())}) -> {body.sql}", array_of(body.type))
