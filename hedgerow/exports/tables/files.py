"""Tables as files, written row by row: however many rows there are, only a few are in memory.

Which columns there are is known when the last row has been seen, so rows are first kept in a compressed file.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

import orjson
import zstandard

from hedgerow.exports.errors import InvalidExportError
from hedgerow.exports.tables.cells import Cell, Columns, cell, safe, values_of
from hedgerow.exports.tables.headings import headings

MOST_COLUMNS = 100_000
"""Of a CSV file; more are a mistake."""
MOST_XLSX_COLUMNS = 18_278
_COLUMNS_OF_A_SHEET = 16_384
_ROWS_OF_A_SHEET = 1_048_576
_LONGEST_XLSX_TEXT = 32_767
_CHUNK = 256 * 1024
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

NO_ROWS = ("error", "No data available or unable to format for export.")

Progress = Callable[[int], None]
"""Told how many rows have been read."""


def csv_file(
    rows: Iterable[Mapping[str, Any]],
    chosen: Sequence[str] | None,
    zone: tzinfo,
    folder: Path,
    progress: Progress,
    *,
    has_headings: bool = False,
) -> Iterator[bytes]:
    """A table as CSV: UTF-8, commas, lines that end with CR LF. `folder` is for what has to be kept meanwhile. With
    `has_headings` its columns are called as in `headings`.

    Raises InvalidExportError for too many columns, and what the rows raise.
    """
    table = _Kept(rows, zone, folder, progress)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    for row in table.lines(chosen, has_headings=has_headings):
        writer.writerow(row)
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")


def xlsx_file(
    rows: Iterable[Mapping[str, Any]],
    chosen: Sequence[str] | None,
    zone: tzinfo,
    folder: Path,
    progress: Progress,
    *,
    has_headings: bool = False,
) -> Iterator[bytes]:
    """A table as an Excel workbook of one sheet; see `csv_file`. Raises InvalidExportError for what no sheet holds."""
    import xlsxwriter  # here, as it takes longer to load than the rest of the exports and is seldom wanted

    table = _Kept(rows, zone, folder, progress)
    place = folder / "table.xlsx"
    options = {"constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(place), options) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(table.lines(chosen, has_headings=has_headings)):
            if number == 0:
                _check_columns(len(row))
            if number == _ROWS_OF_A_SHEET:
                raise InvalidExportError(
                    f"Export exceeds the maximum of {_ROWS_OF_A_SHEET - 1:,} rows. Try fewer rows or use CSV format "
                    "instead."
                )
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, _CONTROL.sub("", value)[:_LONGEST_XLSX_TEXT])
                elif value is not None:
                    sheet.write_number(number, column, value)
    with place.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def json_file(rows: Iterable[Mapping[str, Any]], progress: Progress) -> Iterator[bytes]:
    """The rows as a JSON array of objects, nothing flattened."""
    parts: list[bytes] = [b"["]
    size = 0
    for number, row in enumerate(rows):
        parts.append((b",\n" if number else b"") + orjson.dumps(row, default=str, option=orjson.OPT_NON_STR_KEYS))
        size += len(parts[-1])
        if size >= _CHUNK:
            yield b"".join(parts)
            parts, size = [], 0
        progress(number + 1)
    yield b"".join([*parts, b"]"])


def _check_columns(count: int) -> None:
    if count > _COLUMNS_OF_A_SHEET:
        most = MOST_XLSX_COLUMNS if count > MOST_XLSX_COLUMNS else _COLUMNS_OF_A_SHEET
        raise InvalidExportError(
            f"Export exceeds the maximum of {most:,} columns. Try exporting fewer columns or use CSV format instead."
        )


class _Kept:
    """Rows flattened to cells and kept on disk, each as the numbers of its columns and its cells in turn."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], zone: tzinfo, folder: Path, progress: Progress) -> None:
        self._columns = Columns()
        self._place = folder / "rows.zst"
        self._count = 0
        with zstandard.open(self._place, "wb", cctx=zstandard.ZstdCompressor(level=1)) as file:
            for row in rows:
                cells = self._cells(row, zone)
                file.write(orjson.dumps(cells) + b"\n")
                self._count += 1
                if len(self._columns.places) > MOST_COLUMNS:
                    raise InvalidExportError(
                        f"Export exceeds the maximum of {MOST_COLUMNS:,} columns. Try exporting fewer columns."
                    )
                progress(self._count)

    def lines(self, chosen: Sequence[str] | None, *, has_headings: bool) -> Iterator[list[Cell]]:
        """The head, then the rows. A table without rows says so, or has one empty row where columns were chosen."""
        named = headings if has_headings else list
        if not self._count:
            yield [safe(name) for name in (named(chosen) if chosen else NO_ROWS[:1])]
            yield [None] * len(chosen) if chosen else [NO_ROWS[1]]
            return
        columns = self._columns.arranged(chosen)
        yield [safe(name) for name in named([name for name, _ in columns])]
        straight = [number for _, number in columns]
        places: dict[int, list[int]] = {}
        for at, number in enumerate(straight):
            if number is not None:
                places.setdefault(number, []).append(at)
        with zstandard.open(self._place, "rb") as file:
            for line in io.BufferedReader(file, _CHUNK):
                kept = orjson.loads(line)
                if kept[::2] == straight:
                    yield kept[1::2]
                    continue
                row: list[Cell] = [None] * len(columns)
                for number, value in zip(kept[::2], kept[1::2], strict=True):
                    for at in places.get(number, ()):
                        row[at] = value
                yield row

    def _cells(self, row: Mapping[str, Any], zone: tzinfo) -> list[Any]:
        place = self._columns.place
        cells: list[Any] = []
        for name, value in values_of(row):
            cells += (place(name), cell(value, zone))
        return cells
