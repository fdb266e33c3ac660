"""A trends answer as one Vega-Lite specification, for pages, pictures and mails alike.

The specification carries its data. Times are written as if the project's wall clock were UTC and drawn on UTC scales,
so every reader sees the project's days and hours, whatever zone the reader's machine is in.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from hedgerow.charts.specification import BAR, NUMBER_FORMAT, Specification, colour, frame, value_axis
from hedgerow.charts.totals import (
    bars,
    is_compared,
    names_of,
    number,
    period_of,
    period_opacity,
    pie,
    point_of,
    series_name,
)
from hedgerow.charts.world import world_map

Chart = Literal["line", "area", "bar", "grouped", "totals", "pie", "number", "world"]

CHARTS: dict[str, Chart] = {
    "ActionsLineGraph": "line",
    "ActionsLineGraphCumulative": "line",
    "ActionsAreaGraph": "area",
    "ActionsBar": "bar",
    "ActionsStackedBar": "bar",
    "ActionsUnstackedBar": "grouped",
    "ActionsBarValue": "totals",
    "ActionsTable": "totals",
    "ActionsPie": "pie",
    "WorldMap": "world",
    "BoldNumber": "number",
}
"""How each `display` of a query is drawn; one that is not named here is a line, several numbers are bars."""

_TOTALS = {"totals": bars, "pie": pie, "number": number, "world": world_map}

AXIS_FORMATS = {"minute": "%H:%M", "hour": "%-d %b, %H:%M", "day": "%-d %b", "week": "%-d %b", "month": "%b %Y"}


def trends_chart(
    response: Mapping[str, Any], *, display: str = "ActionsLineGraph", interval: str = "day", now: datetime
) -> Specification:
    """The Vega-Lite 6 specification of a trends answer.

    `response` is the body of a trends query, with its `results` and `timezone`; `now` (aware) decides whether the last
    bucket is still growing, which is drawn dashed or faint. An answer without results gives a chart without marks.
    """
    kind = CHARTS.get(display, "line")
    results = list(response.get("results") or [])
    specification = frame(describe(results, kind, interval))
    if kind in _TOTALS:
        return specification | _TOTALS[kind](results)
    zone = ZoneInfo(str(response.get("timezone") or "UTC"))
    rows = series_rows(results, interval, now.astimezone(zone))
    names = names_of(results)
    if kind in ("bar", "grouped"):
        return specification | bar_marks(rows, names, interval, grouped=kind == "grouped")
    return specification | line_marks(rows, names, interval, area=kind == "area")


def bucket_is_complete(start: datetime, interval: str, now: datetime) -> bool:
    """Whether the bucket that begins at `start` has ended at `now`; both on the same wall clock."""
    if interval == "month":
        following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        following = start + timedelta(**{f"{interval}s": 1})
    return following <= now


def series_rows(results: Sequence[Mapping[str, Any]], interval: str, now: datetime) -> list[dict[str, Any]]:
    """One row for each point of each series; `now` is in the project's zone.

    A point of a comparison's previous period stands where the current period's point of the same rank stands, and
    keeps its own date in `date`.
    """
    wall_clock = now.replace(tzinfo=None)
    current_days: list[str] = next(
        (result["days"] for result in results if result.get("compare_label") != "previous"), []
    )
    rows: list[dict[str, Any]] = []
    for result in results:
        previous = result.get("compare_label") == "previous"
        days: list[str] = result["days"]
        points = list(zip(days, result.get("labels") or days, result.get("data") or [], strict=False))
        for rank, (day, label, value) in enumerate(points):
            complete = bucket_is_complete(datetime.fromisoformat(day), interval, wall_clock)
            if previous and rank >= len(current_days):
                break
            rows.append(
                {
                    "time": _as_utc(current_days[rank] if previous else day),
                    "date": label if complete else f"{label} (so far)",
                    "series": series_name(result),
                    "period": period_of(result),
                    "value": value,
                    "complete": complete,
                    "tail": not complete,
                    "point": point_of(result, day),
                }
            )
            if not complete and rank and rows[-2]["complete"]:
                rows[-2]["tail"] = True
    return rows


def describe(results: Sequence[Mapping[str, Any]], kind: str, interval: str) -> str:
    """A sentence for people who do not see the chart."""
    if not results:
        return "Empty chart: no data."
    names = ", ".join(dict.fromkeys(series_name(result) for result in results[:4]))
    more = f" and {len(results) - 4} more" if len(results) > 4 else ""
    if kind in _TOTALS:
        values = "; ".join(f"{series_name(result)}: {result.get('aggregated_value')}" for result in results[:4])
        return f"Totals of {names}{more}. {values}."
    labels = results[0].get("labels") or [""]
    data = results[0].get("data") or [0]
    return (
        f"{kind.capitalize()} chart of {names}{more}, by {interval}, from {labels[0]} to {labels[-1]}. "
        f"{series_name(results[0])} lies between {min(data):g} and {max(data):g}."
    )


def line_marks(
    rows: list[dict[str, Any]],
    names: Sequence[str],
    interval: str,
    *,
    area: bool = False,
    is_share: bool = False,
) -> Specification:
    """Lines (or stacked areas) over time, dashed where a bucket has not ended."""
    area = area and not is_compared(rows)  # two periods on top of each other would add up
    mark: dict[str, Any] = {"type": "line"}
    if len({row["time"] for row in rows}) < 3:
        mark["point"] = True
    solid: Specification = {"transform": [{"filter": "datum.complete"}], "mark": mark}
    growing: Specification = {"transform": [{"filter": "datum.tail"}], "mark": {**mark, "strokeDash": [3, 4]}}
    y = value_axis([row["value"] for row in rows], is_share=is_share)
    if area:
        filled = {"type": "area", "line": True, "fillOpacity": 0.35}
        growing_area = {**filled, "line": {"strokeDash": [3, 4]}, "fillOpacity": 0.15}
        solid["mark"], growing["mark"] = filled, growing_area
        y = {**y, "stack": "zero"}
    hover: Specification = {
        "params": [
            {"name": "hover", "select": {"type": "point", "on": "pointerover", "clear": "pointerout", "nearest": True}}
        ],
        "mark": {"type": "point", "filled": True, "size": 70},
        "encoding": {
            "opacity": {"condition": {"param": "hover", "empty": False, "value": 1}, "value": 0},
            "tooltip": _tooltip(rows, is_share),
        },
    }
    return {
        "data": {"values": rows},
        "encoding": {
            "x": {
                "field": "time",
                "type": "temporal",
                "scale": {"type": "utc"},
                "axis": {"title": None, "format": AXIS_FORMATS[interval], **_ticks(rows, interval)},
            },
            "y": y,
            "color": colour(names),
            "detail": [{"field": "period"}],
            "opacity": period_opacity(rows),
        },
        "layer": [solid, growing, hover],
    }


def bar_marks(
    rows: list[dict[str, Any]], names: Sequence[str], interval: str, *, grouped: bool = False
) -> Specification:
    """Bars over time, stacked or in groups; faint where a bucket has not ended."""
    compared = is_compared(rows)
    encoding: Specification = {
        "x": {
            "field": "time",
            "type": "ordinal",
            "axis": {
                "title": None,
                "labelExpr": f"utcFormat(toDate(datum.value), '{AXIS_FORMATS[interval]}')",
                "labelOverlap": "greedy",
                "labelSeparation": 14,
                "labelAngle": 0,
            },
        },
        "y": {**value_axis([row["value"] for row in rows]), "stack": None if grouped else "zero"},
        "color": colour(names),
        "opacity": {
            "condition": [
                {"test": "datum.period == 'Previous'", "value": 0.4},
                {"test": "!datum.complete", "value": 0.5},
            ],
            "value": 1,
        },
        "tooltip": _tooltip(rows),
    }
    if grouped:
        encoding["xOffset"] = {"field": "series", "type": "nominal", "sort": list(names)}
    elif compared:
        encoding["xOffset"] = {"field": "period", "type": "nominal", "sort": ["Previous", "Current"]}
    return {"data": {"values": rows}, "mark": BAR, "encoding": encoding}


def _ticks(rows: list[dict[str, Any]], interval: str) -> Specification:
    """Ticks only where a bucket begins: no label twice when there are few buckets, no ticks between them."""
    times = list(dict.fromkeys(row["time"] for row in rows))
    if interval == "week" or len(times) <= 10:
        return {"values": times[:: max(1, round(len(times) / 10))], "labelOverlap": "greedy", "labelSeparation": 10}
    return {"tickCount": 8, "labelOverlap": "greedy", "labelSeparation": 10}


def _tooltip(rows: list[dict[str, Any]], is_share: bool = False) -> list[Specification]:
    fields: list[Specification] = [
        {"field": "date", "title": "When"},
        {"field": "series", "title": "Series"},
        {"field": "value", "title": "Per cent" if is_share else "Value", "format": NUMBER_FORMAT},
    ]
    return [*fields, {"field": "period", "title": "Period"}] if is_compared(rows) else fields


def _as_utc(day: str) -> str:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
