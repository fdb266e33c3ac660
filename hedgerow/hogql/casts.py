"""`CAST(x AS type)`, `x::type` and the functions that convert."""

from hedgerow.hogql import ast
from hedgerow.hogql.conversions import as_text, as_time
from hedgerow.hogql.errors import UnsupportedError
from hedgerow.hogql.types import BOOLEAN, DATE, DATETIME, FLOAT, INTEGER, STRING, UNKNOWN, UUID, Type, array_of
from hedgerow.hogql.values import Compilation, Value

_TARGETS = {
    **dict.fromkeys(("int", "integer", "bigint", "smallint", "tinyint", "int8", "int16", "int32", "int64"), "Integer"),
    **dict.fromkeys(("uint8", "uint16", "uint32", "uint64"), "Integer"),
    **dict.fromkeys(("float", "double", "real", "float32", "float64", "numeric", "decimal"), "Float"),
    **dict.fromkeys(("string", "text", "varchar", "char"), "String"),
    **dict.fromkeys(("bool", "boolean"), "Boolean"),
    **dict.fromkeys(("datetime", "timestamp", "datetime64"), "DateTime"),
    "date": "Date",
    "uuid": "UUID",
}
_ITEMS = {"Integer": INTEGER, "Float": FLOAT, "String": STRING, "Boolean": BOOLEAN}


def cast_value(compilation: Compilation, node: ast.TypeCast | ast.TryCast, value: Value) -> Value:
    """The value as the type the query names; what cannot be converted is NULL."""
    kind = _TARGETS.get(node.type_name)
    if kind is None:
        raise UnsupportedError(f"Unsupported type: {node.type_name}", node.start, node.end)
    return converted(compilation, value, kind)


def cast_with_arguments(compilation: Compilation, node: ast.ExprCall, cast: ast.TypeCast, value: Value) -> Value:
    """`x::Nullable(Float64)` and the like, which the parser reads as a call of `x::nullable`."""
    name, first = cast.type_name, node.args[0] if node.args else None
    if name in ("nullable", "lowcardinality") and len(node.args) == 1:
        kind = _TARGETS.get(_type_name(first))
        if kind is not None:
            return converted(compilation, value, kind)
    if name == "array" and len(node.args) == 1 and (kind := _TARGETS.get(_type_name(first))) in _ITEMS:
        item = _ITEMS[kind]
        return Value(f"CAST({value.sql}, 'Array({item.name(compilation.context.timezone)})')", array_of(item))
    numbers = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, int)]
    if name == "datetime64" and numbers[:1]:
        return to_datetime(compilation, value)
    if name == "decimal" and len(numbers) == len(node.args) == 2 and 0 <= numbers[1] <= 18:
        return to_decimal(compilation, value, numbers[1])
    raise UnsupportedError(f"Unsupported type: {name}(…)", node.start, node.end)


def _type_name(node: ast.Expr | None) -> str:
    return node.chain[0].lower() if isinstance(node, ast.Field) and len(node.chain) == 1 else ""


def converted(compilation: Compilation, value: Value, kind: str) -> Value:
    """The value as a type by our name for it; what cannot be converted is NULL."""
    text = value.type.kind == "String"
    if kind == "String":
        return as_text(value)
    if kind == "DateTime":
        return to_datetime(compilation, value)
    if kind == "Date":
        return to_date(compilation, value)
    if kind == "Float":
        return _by_function(value, "toFloat64OrNull" if text else "toFloat64", FLOAT, text)
    if kind == "Integer":
        if text:
            # Text such as 1.5 is a number too, and is cut.
            cut = f"accurateCastOrNull(trunc(toFloat64OrNull({value.sql})), 'Int64')"
            return Value(f"coalesce(toInt64OrNull({value.sql}), {cut})", INTEGER.or_null())
        return _by_function(value, "toInt64", INTEGER, False)
    if kind == "UUID":
        return value if value.type.kind == "UUID" else Value(f"toUUIDOrNull({as_text(value).sql})", UUID.or_null())
    if value.type.kind == "Boolean":
        return value
    return Value(f"accurateCastOrNull({value.sql}, 'Bool')", BOOLEAN.or_null())


def to_datetime(compilation: Compilation, value: Value) -> Value:
    """A point in time shown in the project's zone: from text, a date (its midnight), or seconds since 1970."""
    if value.type.kind == "DateTime":
        return value
    if value.type.kind == "String":
        return as_time(compilation, value)
    return Value(f"toDateTime64({value.sql}, 6, {compilation.timezone})", DATETIME.or_null(value.nullable))


def to_date(compilation: Compilation, value: Value) -> Value:
    """The date of a point in time in the project's zone, or of text."""
    moment = as_time(compilation, value) if value.type.kind == "String" else value
    return Value(f"toDate({moment.sql})", DATE.or_null(moment.nullable))


def to_decimal(compilation: Compilation, value: Value, scale: int) -> Value:
    """A decimal number with `scale` digits after the point."""
    return Value(f"toDecimal64OrNull({as_text(value).sql}, {int(scale)})", UNKNOWN)


def _by_function(value: Value, function: str, type: Type, always_null: bool) -> Value:
    if value.type.kind == "Unknown":
        return Value(f"accurateCastOrNull({value.sql}, '{type.name('')}')", type.or_null())
    return Value(f"{function}({value.sql})", type.or_null(always_null or value.nullable))
