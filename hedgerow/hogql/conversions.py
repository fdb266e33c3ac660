"""Values converted to what the place they stand in needs."""

from hedgerow.hogql import ast
from hedgerow.hogql.constants import as_date, as_instant
from hedgerow.hogql.errors import ResolutionError
from hedgerow.hogql.properties import parsed_instant
from hedgerow.hogql.types import BOOLEAN, DATE, DATETIME, FLOAT, NULL, STRING, UUID, Type
from hedgerow.hogql.values import Compilation, Value

NUMBERS = frozenset({"Integer", "Float"})


def as_number(value: Value) -> Value:
    """Text of a property as a number, NULL if it is none; anything else as it is."""
    if value.untyped:
        return Value(f"toFloat64OrNull({value.sql})", FLOAT.or_null())
    return value


def as_boolean(value: Value) -> Value:
    """A condition: the text of a property is true if it is `true`."""
    if value.untyped:
        return Value(f"ifNull(lower({value.sql}) = 'true', false)", BOOLEAN)
    return value


def as_text(value: Value) -> Value:
    """The value as text."""
    if value.type.kind in ("String", "JSON", "Unknown", "Null"):
        return value
    return Value(f"toString({value.sql})", STRING.or_null(value.nullable))


def as_time(compilation: Compilation, value: Value) -> Value:
    """Text as a point in time in the project's zone, NULL if it is none; a constant must be one (ResolutionError)."""
    if value.constant is not None and isinstance(value.constant.value, str):
        return Value(as_instant(compilation, value.constant), DATETIME)
    if value.type.kind == "String":
        return Value(parsed_instant(compilation, value.sql), DATETIME.or_null())
    return value


def to_compare(compilation: Compilation, value: Value, other: Type) -> Value:
    """The value as something that can be compared with, or stand beside, a value of the type `other`."""
    kind = other.kind
    text = value.constant.value if value.constant is not None else None
    if value.untyped:
        return _property_to_compare(compilation, value, kind)
    if isinstance(text, str):
        assert value.constant is not None
        if kind == "DateTime":
            return Value(as_instant(compilation, value.constant), DATETIME)
        if kind == "Date":
            return Value(as_date(compilation, value.constant), DATE)
        if kind in NUMBERS:
            return Value(f"toFloat64OrNull({value.sql})", FLOAT.or_null())
        if kind == "Boolean" and text.lower() in ("true", "false"):
            return Value(text.lower(), BOOLEAN)
        if kind == "UUID":
            return Value(f"toUUIDOrNull({value.sql})", UUID.or_null())
    if kind == "String" and value.type.kind in ("Integer", "Float", "Boolean", "UUID"):
        return as_text(value)
    if value.type.kind == "Date" and kind == "DateTime":
        return Value(f"toDateTime64({value.sql}, 6, {compilation.timezone})", DATETIME.or_null(value.nullable))
    return value


def _property_to_compare(compilation: Compilation, value: Value, kind: str) -> Value:
    if kind in NUMBERS:
        return as_number(value)
    if kind == "Boolean":
        return Value(
            f"multiIf(lower({value.sql}) = 'true', true, lower({value.sql}) = 'false', false, NULL)", BOOLEAN.or_null()
        )
    if kind in ("DateTime", "Date"):
        return as_time(compilation, value)
    if kind == "UUID":
        return Value(f"toUUIDOrNull({value.sql})", UUID.or_null())
    return value


def alike(compilation: Compilation, values: list[Value]) -> list[Value]:
    """Values that become one column: texts of properties become numbers beside a number, and so on.

    Beside text that cannot become a number or a time, everything becomes text.
    """
    leading = next((v.type for v in values if not v.untyped and v.type.kind not in ("String", "Null", "Unknown")), None)
    if leading is None:
        return values
    if any(_is_only_text(compilation, v, leading) for v in values):
        return [as_text(v) for v in values]
    values = [v if v.type == NULL else to_compare(compilation, v, leading) for v in values]
    if {"Integer", "Float"} <= {v.type.kind for v in values}:
        return [_as_float(v) if v.type.kind == "Integer" else v for v in values]
    return values


def _is_only_text(compilation: Compilation, value: Value, leading: Type) -> bool:
    if value.untyped or value.type.kind != "String":
        return False
    text = value.constant.value if value.constant is not None else None
    if not isinstance(text, str):
        return True
    try:
        if leading.kind in NUMBERS:
            float(text)
        elif leading.kind in ("DateTime", "Date"):
            as_instant(compilation, ast.Constant(text))
        elif leading.kind == "Boolean":
            return text.lower() not in ("true", "false")
    except (ValueError, ResolutionError):
        return True
    return False


def _as_float(value: Value) -> Value:
    return Value(f"toFloat64({value.sql})", FLOAT.or_null(value.nullable))
