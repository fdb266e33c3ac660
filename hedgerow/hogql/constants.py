"""Values of a query as bound parameters, and text as points in time."""

import uuid
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from hedgerow.hogql import ast
from hedgerow.hogql.errors import ResolutionError
from hedgerow.hogql.types import BOOLEAN, DATE, DATETIME, FLOAT, INTEGER, NULL, STRING, UUID
from hedgerow.hogql.values import Compilation, Value

# The narrowest type, as the engine takes for a literal: it goes together with every wider one.
_INTEGER_TYPES = (
    *(("UInt8", 0, 8), ("UInt16", 0, 16), ("UInt32", 0, 32), ("UInt64", 0, 64)),
    *(("Int8", 7, 7), ("Int16", 15, 15), ("Int32", 31, 31), ("Int64", 63, 63), ("Int128", 127, 127)),
    ("Int256", 255, 255),
)


def constant_value(compilation: Compilation, node: ast.Constant) -> Value:
    """The constant as it is. Raises ResolutionError for integers no type can hold."""
    value = node.value
    if value is None:
        return Value("NULL", NULL, constant=node)
    if isinstance(value, bool):
        return Value("true" if value else "false", BOOLEAN, constant=node)
    if isinstance(value, int):
        return Value(compilation.bind(value, _integer_type(node, value)), INTEGER, constant=node)
    if isinstance(value, float):
        # The text of a float that is no number is no literal the engine reads everywhere; as text it is.
        return Value(f"toFloat64({compilation.bind(repr(value), 'String')})", FLOAT, constant=node)
    if isinstance(value, datetime):
        return Value(instant(compilation, value), DATETIME, constant=node)
    if isinstance(value, date):
        return Value(f"toDate({compilation.bind(value.isoformat(), 'String')})", DATE, constant=node)
    if isinstance(value, uuid.UUID):
        return Value(f"toUUID({compilation.bind(str(value), 'String')})", UUID, constant=node)
    return Value(compilation.bind(value, "String"), STRING, constant=node)


def _integer_type(node: ast.Constant, value: int) -> str:
    for name, below, above in _INTEGER_TYPES:
        if (-(1 << below) if below else 0) <= value < 1 << above:
            return name
    raise ResolutionError("The number is too large.", node.start, node.end)


def instant(compilation: Compilation, moment: datetime) -> str:
    """A point in time, shown in the project's zone; without a zone of its own it is in the project's."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(compilation.context.timezone))
    text = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f").rjust(26, "0")
    sql = f"toDateTime64({compilation.bind(text, 'String')}, 6, 'UTC')"
    return sql if compilation.context.timezone == "UTC" else f"toTimeZone({sql}, {compilation.timezone})"


@lru_cache(maxsize=1024)
def parse_instant(text: str) -> datetime | None:
    """The date, with or without time and offset, in ISO 8601 or with a blank for the T; None if it is none."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def as_instant(compilation: Compilation, node: ast.Constant) -> str:
    """A text constant as a point in time. Raises ResolutionError if it is none."""
    moment = parse_instant(str(node.value))
    if moment is None:
        raise ResolutionError(f"Not a date or time: '{node.value}'.", node.start, node.end)
    return instant(compilation, moment)


def as_date(compilation: Compilation, node: ast.Constant) -> str:
    """A text constant to compare with a date: a date, or if it has a time of day, that point in time."""
    moment = parse_instant(str(node.value))
    if moment is None:
        raise ResolutionError(f"Not a date: '{node.value}'.", node.start, node.end)
    if moment.time() == time() and moment.tzinfo is None:
        return f"toDate({compilation.bind(moment.date().isoformat(), 'String')})"
    return instant(compilation, moment)
