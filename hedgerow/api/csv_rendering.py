"""Lists as CSV: UTF-8, a header, a line for each row, nested values taken apart."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rest_framework.renderers import BaseRenderer

_STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class CSVRenderer(BaseRenderer):
    """Writes the rows of an answer (its `results`, its items, or itself as one row) for `?format=csv`."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of the body; none when there is no content."""
        if data is None:
            return b""
        rows = data.get("results", data) if isinstance(data, Mapping) else data
        return csv_text(rows if isinstance(rows, list) else [rows]).encode()


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV. An object's member is a column `a.b`, an array's item `a.0`; null is an empty cell.

    Columns stand in the order in which they first occur, those of one object or array together. Text that a spreadsheet
    would take for a formula is preceded by `'`.
    """
    flat = [dict(_cells("", row)) for row in rows]
    found = dict.fromkeys(name for row in flat for name in row)
    holders = {holder: place for place, holder in enumerate(dict.fromkeys(map(_holder, found)))}
    columns = sorted(found, key=lambda name: holders[_holder(name)])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(map(_harmless, columns))
    writer.writerows([_harmless(row.get(name)) for name in columns] for row in flat)
    return text.getvalue()


def _cells(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    items: Iterable[tuple[Any, Any]]
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield name, value
        return
    for key, item in items:
        yield from _cells(f"{name}.{key}" if name else str(key), item)


def _holder(name: str) -> str:
    return name.partition(".")[0]


def _harmless(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(_STARTS_OF_FORMULAS) else value
