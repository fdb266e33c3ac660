"""One number for the whole range per series: bars, a pie, or the bare number."""

from collections.abc import Mapping, Sequence
from typing import Any

from hedgerow.charts.specification import BAR, NONE, NONE_TEXT, NUMBER_FORMAT, OTHER, OTHER_TEXT, Specification, point

MAX_SLICES = 12


def series_name(result: Mapping[str, Any]) -> str:
    """What people read for a series: its label, with the words for "other" and "no value"."""
    label = str(result.get("label") or "")
    return label.replace(OTHER, OTHER_TEXT).replace(NONE, NONE_TEXT)


def names_of(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the series, each once."""
    return list(dict.fromkeys(series_name(result) for result in results))


def period_of(result: Mapping[str, Any]) -> str:
    """Which of two compared periods a result is of."""
    return "Previous" if result.get("compare_label") == "previous" else "Current"


def point_of(result: Mapping[str, Any], day: str | None = None) -> str:
    """What names the actors behind a result or one of its days; empty where no single series is behind it."""
    action = result.get("action")
    if not action:
        return ""
    breakdown = result.get("breakdown_value")
    return point(series=action.get("order") or 0, day=day, compare=result.get("compare_label"), breakdown=breakdown)


def total_rows(results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row for each result."""
    return [
        {
            "series": series_name(result),
            "period": period_of(result),
            "value": result.get("aggregated_value") or 0,
            "point": point_of(result),
        }
        for result in results
    ]


def number(results: Sequence[Mapping[str, Any]]) -> Specification:
    """The number itself; of two periods the previous one stands below. Several series are bars."""
    rows = total_rows(results)
    current = [row for row in rows if row["period"] == "Current"]
    if len(current) > 1:
        return bars(results)
    before = [row | {"text": f"{row['value']:,g} in the time before"} for row in rows if row["period"] == "Previous"]
    mark: Specification = {"type": "text", "align": "center", "baseline": "middle"}
    return {
        "height": 200,
        "data": {"values": current},
        "layer": [
            {
                "mark": {**mark, "fontSize": 72, "fontWeight": 600},
                "encoding": {"text": {"field": "value", "type": "quantitative", "format": NUMBER_FORMAT}},
            },
            {
                "data": {"values": before},
                "mark": {**mark, "fontSize": 15, "dy": 62},
                "encoding": {"text": {"field": "text", "type": "nominal"}},
            },
        ],
        "view": {"stroke": None},
    }


def bars(results: Sequence[Mapping[str, Any]]) -> Specification:
    """A bar for each series, the longest first; of two periods one below the other."""
    rows = total_rows(results)
    names = names_of(results)
    encoding: Specification = {
        "y": {
            "field": "series",
            "type": "nominal",
            "sort": names,
            "axis": {"title": None, "labelLimit": 220, "domain": False, "grid": False},
        },
        "x": {
            "field": "value",
            "type": "quantitative",
            "axis": {"title": None, "format": NUMBER_FORMAT, "tickCount": 6},
        },
        "color": {"field": "series", "type": "nominal", "legend": None, "scale": {"domain": names}},
        "opacity": period_opacity(rows),
        "tooltip": _tooltip(rows),
    }
    if is_compared(rows):
        encoding["yOffset"] = {"field": "period", "type": "nominal", "sort": ["Current", "Previous"]}
    return {"height": 40 * len(rows) + 40, "data": {"values": rows}, "mark": BAR, "encoding": encoding}


def pie(results: Sequence[Mapping[str, Any]]) -> Specification:
    """A ring of the current period's shares; the smallest of many slices are put together."""
    rows = sorted(
        (row for row in total_rows(results) if row["period"] == "Current" and row["value"] > 0),
        key=lambda row: -row["value"],
    )
    if len(rows) > MAX_SLICES:
        rest = sum(row["value"] for row in rows[MAX_SLICES - 1 :])
        small = {"series": f"{len(rows) - MAX_SLICES + 1} smaller ones", "period": "Current", "point": ""}
        rows = [*rows[: MAX_SLICES - 1], {**small, "value": rest}]
    whole = sum(row["value"] for row in rows)
    for row in rows:
        row["share"] = f"{100 * row['value'] / whole:.1f} %"
    names = [row["series"] for row in rows]
    return {
        "height": 340,
        "data": {"values": rows},
        "encoding": {
            "theta": {"field": "value", "type": "quantitative", "stack": True},
            "order": {"field": "value", "type": "quantitative", "sort": "descending"},
            "color": {"field": "series", "type": "nominal", "scale": {"domain": names}, "legend": {"title": None}},
            "tooltip": [*_tooltip([]), {"field": "share", "title": "Share"}],
        },
        "layer": [
            {"mark": {"type": "arc", "innerRadius": {"expr": "min(width, height) * 0.24"}, "padAngle": 0.008}},
            {
                "transform": [{"filter": f"datum.value >= {whole * 0.05}"}],
                "mark": {"type": "text", "radius": {"expr": "min(width, height) * 0.385"}, "fontWeight": 600},
                "encoding": {"text": {"field": "share"}, "color": {"value": "#ffffff"}},
            },
        ],
    }


def is_compared(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rows are of two periods."""
    return len({row["period"] for row in rows}) > 1


def period_opacity(rows: Sequence[Mapping[str, Any]]) -> Specification:
    """The previous period fainter than the current one."""
    if not is_compared(rows):
        return {"value": 1}
    return {"condition": {"test": "datum.period == 'Previous'", "value": 0.4}, "value": 1}


def _tooltip(rows: Sequence[Mapping[str, Any]]) -> list[Specification]:
    fields: list[Specification] = [
        {"field": "series", "title": "Series"},
        {"field": "value", "title": "Value", "format": NUMBER_FORMAT},
    ]
    return [*fields, {"field": "period", "title": "Period"}] if is_compared(rows) else fields
