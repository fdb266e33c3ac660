"""A trends answer as one Vega-Lite specification, for pages, pictures and mails alike.

The specification carries its data. Times are written as if the project's wall clock were UTC and drawn on UTC scales,
so every reader sees the project's days and hours, whatever zone the reader's machine is in.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from hedgerow.charts.theme import THEME

Chart = Literal["line", "area", "bar", "totals", "number"]
Specification = dict[str, Any]

CHARTS: dict[str, Chart] = {
    "ActionsLineGraph": "line",
    "ActionsLineGraphCumulative": "line",
    "ActionsAreaGraph": "area",
    "ActionsBar": "bar",
    "ActionsStackedBar": "bar",
    "ActionsUnstackedBar": "bar",
    "ActionsBarValue": "totals",
    "ActionsPie": "totals",
    "ActionsTable": "totals",
    "WorldMap": "totals",
    "BoldNumber": "number",
}
"""How each `display` of a query is drawn; one that is not named here is a line, several numbers are bars."""

OTHER = "$$_posthog_breakdown_other_$$"
NONE = "$$_posthog_breakdown_null_$$"
OTHER_TEXT = "Other (all remaining values)"
NONE_TEXT = "None (no value)"

AXIS_FORMATS = {"minute": "%H:%M", "hour": "%-d %b, %H:%M", "day": "%-d %b", "week": "%-d %b", "month": "%b %Y"}
NUMBER_FORMAT = ",.2~f"


def trends_chart(
    response: Mapping[str, Any], *, display: str = "ActionsLineGraph", interval: str = "day", now: datetime
) -> Specification:
    """The Vega-Lite 6 specification of a trends answer.

    `response` is the body of a trends query, with its `results` and `timezone`; `now` (aware) decides whether the last
    bucket is still growing, which is drawn dashed or faint. An answer without results gives a chart without marks.
    """
    kind = CHARTS.get(display, "line")
    results = list(response.get("results") or [])
    specification: Specification = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": describe(results, kind, interval),
        "width": "container",
        "height": "container",
        "autosize": {"type": "fit", "contains": "padding"},
        "config": THEME,
    }
    if kind in ("totals", "number"):
        return specification | _totals(results, kind)
    zone = ZoneInfo(str(response.get("timezone") or "UTC"))
    rows = series_rows(results, interval, now.astimezone(zone))
    if kind == "bar":
        return specification | _bars(rows, results, interval)
    return specification | _lines(rows, results, interval, area=kind == "area")


def series_name(result: Mapping[str, Any]) -> str:
    """What people read for a series: its label, with the words for "other" and "no value"."""
    label = str(result.get("label") or "")
    return label.replace(OTHER, OTHER_TEXT).replace(NONE, NONE_TEXT)


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
                    "period": "Previous" if previous else "Current",
                    "value": value,
                    "complete": complete,
                    "tail": not complete,
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
    if kind in ("totals", "number"):
        values = "; ".join(f"{series_name(result)}: {result.get('aggregated_value')}" for result in results[:4])
        return f"Totals of {names}{more}. {values}."
    labels = results[0].get("labels") or [""]
    data = results[0].get("data") or [0]
    return (
        f"{kind.capitalize()} chart of {names}{more}, by {interval}, from {labels[0]} to {labels[-1]}. "
        f"{series_name(results[0])} lies between {min(data):g} and {max(data):g}."
    )


def _lines(
    rows: list[dict[str, Any]], results: Sequence[Mapping[str, Any]], interval: str, *, area: bool
) -> Specification:
    mark: dict[str, Any] = {"type": "line"}
    if len({row["time"] for row in rows}) < 3:
        mark["point"] = True
    solid: Specification = {"transform": [{"filter": "datum.complete"}], "mark": mark}
    growing: Specification = {"transform": [{"filter": "datum.tail"}], "mark": {**mark, "strokeDash": [3, 4]}}
    y = _value_axis(rows)
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
            "tooltip": _tooltip(rows),
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
            "color": _colour(results),
            "detail": [{"field": "period"}],
            "opacity": _period_opacity(rows),
        },
        "layer": [solid, growing, hover],
    }


def _bars(rows: list[dict[str, Any]], results: Sequence[Mapping[str, Any]], interval: str) -> Specification:
    compared = len({row["period"] for row in rows}) > 1
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
        "y": {**_value_axis(rows), "stack": "zero"},
        "color": _colour(results),
        "opacity": {
            "condition": [
                {"test": "datum.period == 'Previous'", "value": 0.4},
                {"test": "!datum.complete", "value": 0.5},
            ],
            "value": 1,
        },
        "tooltip": _tooltip(rows),
    }
    if compared:
        encoding["xOffset"] = {"field": "period", "type": "nominal", "sort": ["Previous", "Current"]}
    return {"data": {"values": rows}, "mark": {"type": "bar", "cornerRadiusEnd": 2}, "encoding": encoding}


def _totals(results: Sequence[Mapping[str, Any]], kind: str) -> Specification:
    rows = [
        {
            "series": series_name(result),
            "period": "Previous" if result.get("compare_label") == "previous" else "Current",
            "value": result.get("aggregated_value") or 0,
        }
        for result in results
    ]
    current = [row for row in rows if row["period"] == "Current"]
    if kind == "number" and len(current) < 2:
        return {
            "height": 200,
            "data": {"values": current},
            "mark": {"type": "text", "fontSize": 72, "fontWeight": 600, "align": "center", "baseline": "middle"},
            "encoding": {"text": {"field": "value", "type": "quantitative", "format": NUMBER_FORMAT}},
            "view": {"stroke": None},
        }
    encoding: Specification = {
        "y": {
            "field": "series",
            "type": "nominal",
            "sort": list(dict.fromkeys(row["series"] for row in rows)),
            "axis": {"title": None, "labelLimit": 220, "domain": False, "grid": False},
        },
        "x": {
            "field": "value",
            "type": "quantitative",
            "axis": {"title": None, "format": NUMBER_FORMAT, "tickCount": 6},
        },
        "color": {"field": "series", "type": "nominal", "legend": None, "scale": {"domain": _names(results)}},
        "opacity": _period_opacity(rows),
        "tooltip": [
            {"field": "series", "title": "Series"},
            {"field": "value", "title": "Value", "format": NUMBER_FORMAT},
        ],
    }
    if len({row["period"] for row in rows}) > 1:
        encoding["yOffset"] = {"field": "period", "type": "nominal", "sort": ["Current", "Previous"]}
        encoding["tooltip"].append({"field": "period", "title": "Period"})
    mark = {"type": "bar", "cornerRadiusEnd": 2}
    return {"height": 40 * len(rows) + 40, "data": {"values": rows}, "mark": mark, "encoding": encoding}


def _ticks(rows: list[dict[str, Any]], interval: str) -> Specification:
    """Ticks only where a bucket begins: no label twice when there are few buckets, no ticks between them."""
    times = list(dict.fromkeys(row["time"] for row in rows))
    if interval == "week" or len(times) <= 10:
        return {"values": times[:: max(1, round(len(times) / 10))], "labelOverlap": "greedy", "labelSeparation": 10}
    return {"tickCount": 8, "labelOverlap": "greedy", "labelSeparation": 10}


def _value_axis(rows: list[dict[str, Any]]) -> Specification:
    values = [row["value"] for row in rows]
    axis: Specification = {"title": None, "format": NUMBER_FORMAT, "tickCount": 5}
    if max(values, default=0) >= 10_000:
        axis["format"] = "~s"
    if all(float(value).is_integer() for value in values):
        axis["tickMinStep"] = 1
    scale: Specification = {"zero": True, "nice": True}
    if not any(values):
        scale["domain"] = [0, 1]
    return {"field": "value", "type": "quantitative", "axis": axis, "scale": scale}


def _colour(results: Sequence[Mapping[str, Any]]) -> Specification:
    names = _names(results)
    legend: Specification | None = {"title": None} if len(names) > 1 else None
    return {"field": "series", "type": "nominal", "scale": {"domain": names}, "legend": legend}


def _period_opacity(rows: list[dict[str, Any]]) -> Specification:
    compared = len({row["period"] for row in rows}) > 1
    return {"condition": {"test": "datum.period == 'Previous'", "value": 0.4}, "value": 1} if compared else {"value": 1}


def _tooltip(rows: list[dict[str, Any]]) -> list[Specification]:
    compared = len({row["period"] for row in rows}) > 1
    fields: list[Specification] = [
        {"field": "date", "title": "When"},
        {"field": "series", "title": "Series"},
        {"field": "value", "title": "Value", "format": NUMBER_FORMAT},
    ]
    return [*fields, {"field": "period", "title": "Period"}] if compared else fields


def _names(results: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(series_name(result) for result in results))


def _as_utc(day: str) -> str:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
