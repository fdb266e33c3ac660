"""Uploaded lists: which column names persons, and the values in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Final

from hedgerow.api.errors import ValidationError
from hedgerow.cohorts.models import ImportBatch

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_VALUES: Final = 1_000_000

EMPTY: Final = "CSV file is empty. Please upload a CSV file with at least one row of data."
NO_ID_COLUMN: Final = (
    "Multi-column CSV must contain at least one column with a supported ID header: 'person_id', 'Person .id' (PostHog"
    " export format), 'distinct_id', 'distinct-id', or 'email'. Found columns: {}"
)
NO_VALUES: Final = (
    "CSV file contains no valid person IDs, distinct IDs, or email addresses. Please ensure your file has data rows"
    " with person IDs, distinct IDs, or email addresses."
)
NOT_UTF8: Final = "CSV file encoding is not supported. Please save your file as UTF-8 and try again."
UNREADABLE: Final = "CSV file format is invalid. Please check your file format and try again."

Column = ImportBatch.Column

_HEADERS: dict[Column, frozenset[str]] = {
    Column.PERSON_ID: frozenset({"person_id", "person-id", "person .id", "person.id"}),
    Column.DISTINCT_ID: frozenset({"distinct_id", "distinct-id"}),
    Column.EMAIL: frozenset({"email", "e-mail"}),
}
"""What the head of a column may be called, in any case; looked for in this order."""

_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UploadedList:
    """Values that name persons, each once."""

    column: Column
    values: Sequence[str]


def read_list(file: IO[bytes]) -> UploadedList:
    """The list in a CSV file. Raises ValidationError for what is none, or too large."""
    rows = [row for row in _rows(file) if any(row)]
    if not rows:
        raise ValidationError(EMPTY, attr="csv")
    if sum(map(bool, rows[0])) == 1:
        found = _single_column(rows)
    else:
        column, place = _place(rows)
        found = UploadedList(column, [row[place] for row in rows[1:] if len(row) > place and row[place]])
    values = list(dict.fromkeys(found.values))
    if not values:
        raise ValidationError(NO_VALUES, attr="csv")
    if len(values) > MAX_VALUES:
        raise ValidationError(f"CSV file has more than {MAX_VALUES} rows.", attr="csv")
    return UploadedList(found.column, values)


def _rows(file: IO[bytes]) -> list[list[str]]:
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValidationError(f"CSV file is larger than {MAX_BYTES // 1024**2} MiB.", attr="csv")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValidationError(NOT_UTF8, attr="csv") from None
    if "\0" in text:
        raise ValidationError(UNREADABLE, attr="csv")
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error:
        raise ValidationError(UNREADABLE, attr="csv") from None


def _single_column(rows: list[list[str]]) -> UploadedList:
    """Without a head that is known, all rows are distinct ids."""
    cells = [next((cell for cell in row if cell), "") for row in rows]
    for column, headers in _HEADERS.items():
        if cells[0].lower() in headers:
            return UploadedList(column, cells[1:])
    return UploadedList(Column.DISTINCT_ID, cells)


def _place(rows: list[list[str]]) -> tuple[Column, int]:
    heads = [head.lower() for head in rows[0]]
    for column, headers in _HEADERS.items():
        for place, head in enumerate(heads):
            if head in headers or (column is Column.PERSON_ID and head == "id" and _holds_uuids(rows, place)):
                return column, place
    raise ValidationError(NO_ID_COLUMN.format(", ".join(head for head in rows[0] if head)), attr="csv")


def _holds_uuids(rows: list[list[str]], place: int) -> bool:
    return len(rows) > 1 and len(rows[1]) > place and _UUID.fullmatch(rows[1][place]) is not None
