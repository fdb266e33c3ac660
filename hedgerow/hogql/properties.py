"""Values of JSON properties: how they are read from their sub-columns, and what they are converted to.

A missing property and null are NULL. A string is itself (an empty one too); numbers and booleans are their text;
objects and arrays are their JSON. A property whose definition has a type is converted to it, NULL where that cannot be.
"""

import re
from collections.abc import Mapping, Sequence

from hedgerow.hogql.types import BOOLEAN, DATETIME, FLOAT, JSON, STRING
from hedgerow.hogql.values import Compilation, Value

# Names that stand between backticks as they are; others, which are rare, are looked up in the raw text.
_PLAIN_NAME = re.compile(r"[^`\\\[\]^:{}\x00-\x1f\x7f]+")


def json_column(
    compilation: Compilation, column: str, raw: str, types: Mapping[str, str], *, exact: bool = True
) -> Value:
    """Properties of a row being read: the raw text, with members read from sub-columns of `column`.

    Text that may be an object or an array costs several times what plain text does; without `exact`, a property of the
    type `String` is taken to be never one.
    """

    def member(path: Sequence[str]) -> Value:
        if not all(_PLAIN_NAME.fullmatch(name) for name in path):
            return json_text_member(compilation, raw, path)
        kind = types.get(path[0], "") if len(path) == 1 else ""
        parts = ".".join(f"`{name.replace('.', '%2E')}`" for name in path)
        text = f"CAST({column}.{parts}, 'Nullable(String)')"
        if kind and not (exact and kind == "String"):
            return typed_property(compilation, text, kind, _stored_number(f"{column}.{parts}"))
        # An object has no value of its own, only paths below it; an array's text is not JSON.
        whole = f"{column}.^{parts}"
        sql = (
            f"multiIf(isNull({text}), if(notEmpty(JSONAllPaths({whole})), toJSONString({whole}), NULL),"
            f" startsWith({text}, '[') AND isNull({column}.{parts}.:String), toJSONString({column}.{parts}), {text})"
        )
        return _text(compilation, sql)

    return Value(raw, JSON, members=member)


def json_text(compilation: Compilation, sql: str) -> Value:
    """JSON held as text, with members extracted from it."""
    return Value(sql, JSON, members=lambda path: json_text_member(compilation, sql, path))


def json_text_member(compilation: Compilation, sql: str, path: Sequence[str | int]) -> Value:
    """What is at `path` (names, or positions from 1) of JSON text."""
    at = ", ".join([sql, *(compilation.bind(part, "Int64" if isinstance(part, int) else "String") for part in path)])
    return _text(
        compilation,
        f"multiIf(JSONType({at}) = 'String', toNullable(JSONExtractString({at})),"
        f" JSONType({at}) = 'Null', NULL, JSONExtractRaw({at}))",
    )


def typed_property(compilation: Compilation, text: str, kind: str, number: str = "") -> Value:
    """The property's text converted to the type of its definition; see ProjectContext for the kinds.

    `number` is SQL for the property as a number where there is a quicker way to it than through its text.
    """
    if kind in ("Numeric", "Duration"):
        return Value(number or f"toFloat64OrNull({text})", FLOAT.or_null())
    if kind == "Boolean":
        return Value(
            f"multiIf(lower({text}) = 'true', toNullable(true), lower({text}) = 'false', toNullable(false), NULL)",
            BOOLEAN.or_null(),
        )
    if kind == "DateTime":
        return Value(parsed_instant(compilation, text), DATETIME.or_null())
    return _text(compilation, text)


def parsed_instant(compilation: Compilation, text: str) -> str:
    """Text, or the seconds since 1970, as a point in time; without an offset it is in the project's time zone."""
    return f"parseDateTime64BestEffortOrNull({text}, 6, {compilation.timezone})"


def _stored_number(column: str) -> str:
    # Numbers are stored as numbers: read so, they cost half of what their text does.
    return (
        f"coalesce({column}.:Float64, toFloat64({column}.:Int64), toFloat64({column}.:UInt64),"
        f" toFloat64OrNull({column}.:String))"
    )


def _text(compilation: Compilation, sql: str) -> Value:
    return Value(sql, STRING.or_null(), untyped=True, members=lambda path: json_text_member(compilation, sql, path))
