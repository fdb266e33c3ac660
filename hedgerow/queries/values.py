"""Rows of the event store as plain JSON values.

Datetimes are ISO 8601 in the project's time zone (`Z` for UTC), UUIDs and decimals text, NaN and infinities null,
tuples lists, integers of at most 64 bits numbers and wider ones text.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

Encode = Callable[[Any], Any]

_WIDEST_NUMBER = 2**64 - 1
_NARROWEST_NUMBER = -(2**63)
_LOW_CARDINALITY = re.compile(r"LowCardinality\(((?:[^()]|\([^()]*\))*)\)")
_TRANSPARENT_WRAPPERS = ("Nullable(", "LowCardinality(")
# Values of these types are JSON values already.
_PLAIN_TYPES = ("String", "Bool", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "Enum")


def plain_rows(rows: Iterable[Sequence[Any]], types: Sequence[str], timezone: str) -> list[list[Any]]:
    """The rows with each cell as a JSON value; `types` are the engine's names of the columns' types."""
    zone = ZoneInfo(timezone)
    encoders = [(index, encode) for index, name in enumerate(types) if (encode := _encoder(name, zone)) is not None]
    plain = [list(row) for row in rows]
    for index, encode in encoders:
        for row in plain:
            if row[index] is not None:
                row[index] = encode(row[index])
    return plain


def plain_value(value: Any, zone: tzinfo) -> Any:
    """A value of any type as a JSON value, where the engine's name of its type is not at hand."""
    return _plain(value, zone)


def plain_type(name: str) -> str:
    """The engine's name of a type without how its values are stored: `String` for `LowCardinality(String)`."""
    return _LOW_CARDINALITY.sub(r"\1", name)


def plain_datetime(value: datetime, zone: tzinfo) -> str:
    """ISO 8601 with the zone's offset; a datetime without a zone is in UTC."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    text = value.astimezone(zone).isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _encoder(type_name: str, zone: tzinfo) -> Encode | None:
    """What turns a value of the type into a JSON value; None when it is one already."""
    while type_name.startswith(_TRANSPARENT_WRAPPERS):
        type_name = type_name.partition("(")[2].removesuffix(")")
    if type_name.partition("(")[0] in _PLAIN_TYPES or type_name.startswith("Enum"):
        return None
    if type_name.startswith("DateTime"):
        return lambda value: plain_datetime(value, zone)
    if type_name.startswith("Float"):
        return _finite
    if type_name == "UUID":
        return str
    return lambda value: _plain(value, zone)


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _plain(value: Any, zone: tzinfo) -> Any:
    """A JSON value for a value of any type."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if _NARROWEST_NUMBER <= value <= _WIDEST_NUMBER else str(value)
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, datetime):
        return plain_datetime(value, zone)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(_plain(key, zone)): _plain(item, zone) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, zone) for item in value]
    if isinstance(value, bytes):
        return value.rstrip(b"\0").decode("utf-8", "replace")
    return str(value)
