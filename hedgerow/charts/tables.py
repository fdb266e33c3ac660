"""Numbers that are no chart, drawn: a big number, a row of figures, a table."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hedgerow.charts.answers import column_types, results_of, retention_parts, source_of
from hedgerow.charts.columns import NUMERIC_TYPE
from hedgerow.charts.specification import duration
from hedgerow.charts.svg import document, element, fitted, text, text_width
from hedgerow.charts.theme import Look
from hedgerow.charts.totals import is_compared, series_name, total_rows

MOST_ROWS = 200
_SIZE, _ROW, _PAD = 13, 28, 10
_WIDEST, _TIGHT_PAD = 320, 4


@dataclass(frozen=True)
class Figure:
    """A number that stands alone: what it is of, the number, and in words what it was before."""

    title: str
    number: str
    before: str = ""
    is_good: bool | None = None


@dataclass(frozen=True)
class Table:
    """Rows of text; `numeric` columns stand at the right. `shades`, from 0 to 1, colour cells by row and column."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Sequence[bool]
    shades: Mapping[tuple[int, int], float] = field(default_factory=dict)


def figures_of(query: Mapping[str, Any], response: Mapping[str, Any]) -> list[Figure]:
    """The figures of an answer that is shown by figures alone: bare numbers and the overview of a web site."""
    asked, results = source_of(query), results_of(response)
    if asked.get("kind") == "WebOverviewQuery":
        return [_overview_figure(item) for item in results]
    if (asked.get("trendsFilter") or {}).get("display") == "BoldNumber" and asked.get("kind") == "TrendsQuery":
        return _bare_number(results)
    if query.get("display") == "BoldNumber" and results and isinstance(results[0], list) and results[0]:
        return [Figure(str((response.get("columns") or [""])[0]), cell_text(results[0][0]))]
    return []


def table_of(query: Mapping[str, Any], response: Mapping[str, Any]) -> Table:
    """The table of an answer: the shares of retention, the totals of series, or any rows."""
    asked = source_of(query)
    results: Any = results_of(response)
    if asked.get("kind") == "RetentionQuery":
        return _retention_table(asked, {**response, "results": results})
    if asked.get("kind") == "TrendsQuery":
        rows = [[series_name(each), cell_text(_total(each))] for each in results[:MOST_ROWS]]
        return Table(["Series", "Total"], rows, [False, True])
    return _rows_table(response, results if isinstance(results, list) else [results])


def figures_svg(figures: Sequence[Figure], width: float, height: float, look: Look) -> str:
    """The figures beside each other, as large as there is room for."""
    parts, share = [], width / len(figures)
    widest = max(text_width(figure.number, 1, bold=True) for figure in figures)
    size = min(72.0, height * 0.36, (share - 24) / max(widest, 1))
    for at, figure in enumerate(figures):
        middle = share * (at + 0.5)
        centred: dict[str, Any] = {"text_anchor": "middle", "width": share - 16}
        base = height * 0.56
        if len(figures) > 1:
            parts.append(text(figure.title, middle, base - size - 10, 14, look.muted, **centred))
        parts.append(text(figure.number, middle, base, size, look.ink, text_anchor="middle", font_weight=600))
        if figure.before:
            fill = look.muted if figure.is_good is None else look.accent if figure.is_good else look.alert
            parts.append(text(figure.before, middle, base + 14 + size * 0.22, 14, fill, **centred))
    return document(width, height, *parts)


def table_svg(table: Table, width: float, height: float, look: Look) -> str:
    """As many rows and columns of the table as there is room for, and in words how many more there are."""
    grid = _grid(table, width)
    columns = len(grid.widths)
    fitting = max(1, int((height - _ROW) // _ROW))
    shown = len(table.rows) if len(table.rows) <= fitting else fitting - 1
    parts = [_line(table.columns[:columns], table, grid, 0, look, is_head=True)]
    for at in range(max(shown, 0)):
        parts.append(_shaded(table, grid, at, look))
        parts.append(_line(table.rows[at][:columns], table, grid, at + 1, look, is_head=False))
    left_out = {"row": len(table.rows) - shown, "column": len(table.columns) - columns}
    hidden = [f"{count:,} more {what}{'' if count == 1 else 's'}" for what, count in left_out.items() if count]
    if hidden:
        y = min((shown + 1) * _ROW + 19, height - 6)
        parts.append(text(" and ".join(hidden), grid.pad, y, 12, look.muted))
    return document(width, height, *parts)


def cell_text(value: Any) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _overview_figure(item: Mapping[str, Any]) -> Figure:
    forms: dict[str, Callable[[Any], str]] = {
        "duration_s": duration,
        "percentage": lambda value: f"{value:.1f} %" if value is not None else "–",
    }
    number = forms.get(str(item.get("kind")), cell_text)(item.get("value"))
    change = item.get("changeFromPreviousPct")
    if change is None:
        return Figure(str(item["key"]).capitalize(), number)
    is_good = None if not change else (change > 0) != bool(item.get("isIncreaseBad"))
    return Figure(str(item["key"]).capitalize(), number, f"{change:+d} %", is_good)


def _bare_number(results: Sequence[Mapping[str, Any]]) -> list[Figure]:
    rows = total_rows(results)
    current = [row for row in rows if row["period"] == "Current"]
    if len(current) != 1:
        return []
    before = [row["value"] for row in rows if row["period"] == "Previous"] if is_compared(rows) else []
    words = f"{cell_text(before[0])} in the time before" if before else ""
    return [Figure(current[0]["series"], cell_text(current[0]["value"]), words)]


def _total(result: Mapping[str, Any]) -> Any:
    return result.get("aggregated_value", result.get("count"))


def _retention_table(query: Mapping[str, Any], response: Mapping[str, Any]) -> Table:
    columns, blocks, _ = retention_parts(query, response)
    rows: list[list[str]] = []
    shades: dict[tuple[int, int], float] = {}
    for block in blocks:
        _, _, dates = retention_parts(query, {"results": block.rows})
        lines = [(block.name or "Mean", "", block.means)]
        lines += [
            (date, cell_text(row["values"][0]["count"]), shares)
            for date, row, shares in zip(dates, block.rows, block.shares, strict=True)
        ]
        for name, people, shares in lines:
            for at, value in enumerate(shares):
                if value is not None:
                    shades[len(rows), at + 2] = value / 100
            rows.append([name, people, *(_share(value, people) for value in shares)])
    heads = ["Began", "People", *(column.label for column in columns)]
    return Table(heads, rows, [False, *([True] * (len(heads) - 1))], shades)


def _share(value: float | None, people: str) -> str:
    """A share of those who began: empty where the time has not come yet, a dash where nobody began."""
    return "" if value is None else "–" if people == "0" else f"{value:.0f} %"


def _rows_table(response: Mapping[str, Any], results: Sequence[Any]) -> Table:
    if results and isinstance(results[0], Mapping):
        columns = list(map(str, results[0]))
        rows = [[each.get(name) for name in columns] for each in results[:MOST_ROWS]]
    else:
        rows = [list(each) if isinstance(each, list | tuple) else [each] for each in results[:MOST_ROWS]]
        width = max((len(row) for row in rows), default=0)
        columns = [str(name) for name in response.get("columns") or []][:width]
        columns += [f"Column {at + 1}" for at in range(len(columns), width)]
        rows = [row + [None] * (width - len(row)) for row in rows]
    types = column_types(response)
    numeric = [
        bool(NUMERIC_TYPE.match(types[at])) if len(types) == len(columns) else _are_numbers(row[at] for row in rows)
        for at in range(len(columns))
    ]
    return Table(columns, [[cell_text(value) for value in row] for row in rows], numeric)


def _are_numbers(values: Any) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)


def _grid(table: Table, width: float) -> "_Grid":
    """The columns that fit, standing closer where that makes all of them fit; else the last ones are left out."""
    texts = []
    for at, name in enumerate(table.columns):
        cells = [text_width(row[at][:80], _SIZE) for row in table.rows[:40]]
        texts.append(min(_WIDEST, max([text_width(name, 12, bold=True), *cells])))
    pad = next((each for each in (_PAD, _TIGHT_PAD) if sum(texts) + 2 * each * len(texts) <= width), _PAD)
    needed = [each + 2 * pad for each in texts]
    if sum(needed) > width and needed:
        needed[0] = max(min(needed[0], 110), needed[0] - (sum(needed) - width))
    kept: list[float] = []
    for each in needed:
        if kept and sum(kept) + each > width:
            break
        kept.append(min(each, width))
    spare = width - sum(kept)
    return _Grid([each + spare * each / sum(kept) for each in kept], pad)


@dataclass(frozen=True)
class _Grid:
    """The widths of the columns that are shown, and how far their text stands from their edges."""

    widths: Sequence[float]
    pad: float


def _line(cells: Sequence[str], table: Table, grid: _Grid, at: int, look: Look, *, is_head: bool) -> str:
    y, x, parts = at * _ROW, 0.0, []
    size, fill, weight = (12, look.muted, 600) if is_head else (_SIZE, look.ink, None)
    for cell, is_number, width in zip(cells, table.numeric, grid.widths, strict=False):
        words = fitted(cell, size, width - 2 * grid.pad, bold=is_head)
        place: dict[str, Any] = {"x": x + grid.pad}
        if is_number:
            place = {"x": x + width - grid.pad, "text_anchor": "end"}
        parts.append(text(words, y=y + 19, size=size, fill=fill, font_weight=weight, **place))
        x += width
    stroke = {"stroke": look.line, "stroke_width": 1.5 if is_head else 1}
    return "".join([*parts, element("line", x1=0, x2=x, y1=y + _ROW, y2=y + _ROW, **stroke)])


def _shaded(table: Table, grid: _Grid, row: int, look: Look) -> str:
    parts, x = [], 0.0
    for at, width in enumerate(grid.widths):
        share = table.shades.get((row, at))
        if share:
            box = {"x": x + 1, "y": (row + 1) * _ROW + 1, "width": width - 2, "height": _ROW - 2, "rx": 3}
            parts.append(element("rect", **box, fill=look.palette[0], fill_opacity=round(0.06 + 0.5 * share, 3)))
        x += width
    return "".join(parts)
