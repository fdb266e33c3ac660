"""The results of a dashboard's insights, one after the other, as values or as tables of text."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.presenting import Context, ordered_tiles, reader, shown_tile, tiles_context

MOST_LINES = 500
"""Lines of a table of text; how many more rows there are is said beneath it."""

_TOLD = ("id", "short_id", "name", "derived_name")


def insight_results(dashboard: Dashboard, context: Context, *, as_text: bool) -> Iterator[dict[str, Any]]:
    """What each insight on the dashboard answers, in reading order."""
    of_tiles = tiles_context(context)
    for order, tile in enumerate(ordered_tiles(dashboard, reader(context))):
        if tile.insight is None:
            continue
        shown = shown_tile(tile, order, of_tiles)
        insight = shown["insight"]
        result = insight.get("result")
        if as_text:
            result = _text(shown, result)
        yield {"id": tile.pk, "insight": {**{name: insight.get(name) for name in _TOLD}, "result": result}}


def text_table(result: Any, columns: Sequence[str] | None = None) -> str:
    """A result as lines of cells, with a head; what is no table is told as it is."""
    if isinstance(result, dict):
        return _lines(["name", "value"], [[name, value] for name, value in result.items()])
    if not isinstance(result, list):
        return _cell(result)
    if not result:
        return "No data."
    first = result[0]
    if columns:
        return _lines(list(columns), [row if isinstance(row, list) else [row] for row in result])
    if not isinstance(first, dict):
        return _lines([], [row if isinstance(row, list) else [row] for row in result])
    if isinstance(first.get("values"), list):
        return _cohorts(result)
    if isinstance(first.get("data"), list) and first["data"]:
        return _series(result)
    return _lines(*_records(result))


def _text(shown: Mapping[str, Any], result: Any) -> str:
    if shown.get("error"):
        return f"Error: {shown['error']['message']}"
    if result is None:
        return "Not computed yet."
    return text_table(result, shown["insight"].get("columns"))


def _series(result: Sequence[Mapping[str, Any]]) -> str:
    """Numbers over time: a line for each day, a column for each series."""
    times = next((series.get(name) for name in ("days", "labels") for series in result if series.get(name)), None)
    longest = max(len(series.get("data") or []) for series in result)
    rows = []
    for index in range(longest):
        moment = times[index] if times and index < len(times) else index
        numbers = [series["data"][index] if index < len(series.get("data") or []) else None for series in result]
        rows.append([moment, *numbers])
    return _lines(["date", *(_title(series) for series in result)], rows)


def _cohorts(result: Sequence[Mapping[str, Any]]) -> str:
    """Retention: a line for each cohort, a column for each interval after it."""
    rows = [[row.get("label"), *(each.get("count") for each in row.get("values") or [])] for row in result]
    width = max(len(row) for row in rows)
    return _lines(["cohort", *map(str, range(width - 1))], rows)


def _records(result: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    """Anything else, such as the steps of a funnel: the plain values of each."""
    rows = [row for row in result if isinstance(row, dict)]
    names = [
        name
        for name in dict.fromkeys(name for row in rows for name in row)
        if not any(isinstance(row.get(name), (dict, list)) for row in rows)
    ]
    return names, [[row.get(name) for name in names] for row in rows]


def _title(series: Mapping[str, Any]) -> str:
    label = _cell(series.get("label") or "value")
    compared = series.get("compare_label")
    return f"{label} ({compared})" if compared else label


def _lines(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [" | ".join(map(_cell, row)) for row in ([head] if head else []) + list(rows[:MOST_LINES])]
    if len(rows) > MOST_LINES:
        lines.append(f"… and {len(rows) - MOST_LINES} more")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()).replace("|", "\\|")
