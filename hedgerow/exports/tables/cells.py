"""Rows of any shape to cells: nested values become columns of their own, and values what a spreadsheet can hold."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from math import isfinite
from typing import Any

import orjson

Cell = str | int | float | None
"""What stands in a table; None is an empty cell."""

NESTED = (dict, list, tuple, set, frozenset)
"""What has values inside."""

MOST_DISTINCT_IDS = 10
"""Further distinct ids of a person are told by their number only."""
_DEEPEST = 50
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WIDEST_NUMBER, _NARROWEST_NUMBER = 2**63 - 1, -(2**63)


def flattened(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The values inside, each with its path: `a.b` for the key of an object, `a.0` for the place in an array.

    Objects and arrays without anything in them give nothing. What is nested very deeply stays JSON.
    """
    if isinstance(value, Mapping):
        members: Iterator[tuple[Any, Any]] = iter(_shortened(value).items())
    elif isinstance(value, list | tuple | set | frozenset):
        members = iter(enumerate(value))
    else:
        yield name, value
        return
    if depth > _DEEPEST:
        yield name, orjson.dumps(value, default=str).decode()
        return
    for key, member in members:
        yield from flattened(member, f"{name}.{key}" if name else str(key), depth + 1)


def values_of(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """All values of a row, each with the name of its column."""
    for name, value in row.items():
        if isinstance(value, NESTED):
            yield from flattened(value, name)
        else:
            yield name, value


def _shortened(value: Mapping[Any, Any]) -> Mapping[Any, Any]:
    ids = value.get("distinct_ids")
    if not isinstance(ids, list) or len(ids) <= MOST_DISTINCT_IDS:
        return value
    shown: dict[Any, Any] = dict(enumerate(ids[:MOST_DISTINCT_IDS]))
    return {**value, "distinct_ids": {**shown, "total": f"Note: {len(ids)} distinct_ids in total"}}


def cell(value: Any, zone: tzinfo) -> Cell:
    """A single value as a cell; times are text in the zone.

    Text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    if isinstance(value, str):
        return safe(value)
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return value if _NARROWEST_NUMBER <= value <= _WIDEST_NUMBER else str(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, datetime):
        return str((value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(zone))
    if isinstance(value, bytes):
        return safe(value.rstrip(b"\0").decode("utf-8", "replace"))
    return str(value)


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _holder(name: str) -> str:
    """What the columns have in common that stand together: the object they are of, also within the `*` of a list."""
    first, _, rest = name.partition(".")
    return f"*.{rest.partition('.')[0]}" if first == "*" else first


class Columns:
    """The columns that rows turn out to have, in the order in which they are found."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def place(self, name: str) -> int:
        """The number of a column, which it keeps."""
        return self.places.setdefault(name, len(self.places))

    def arranged(self, chosen: Sequence[str] | None) -> list[tuple[str, int | None]]:
        """The columns of the table, as name and number; None for one that no row has.

        Those that begin alike (`properties.a`, `properties.b`) stand together. `chosen` names which there are, and in
        which order: for each name what is below it, then the column itself.
        """
        if not chosen:
            groups: dict[str, list[str]] = {}
            for name in self.places:
                groups.setdefault(_holder(name), []).append(name)
            return [(name, self.places[name]) for group in groups.values() for name in group]
        found: list[tuple[str, int | None]] = []
        for asked in chosen:
            names = [name for name in self.places if name.startswith(f"{asked}.")]
            names += [asked] if asked in self.places or not names else []
            found += [(name, self.places.get(name)) for name in names]
        return found
