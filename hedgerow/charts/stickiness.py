"""Stickiness: how many actors were active on how many intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

from hedgerow.charts.specification import BAR, NUMBER_FORMAT, Specification, colour, frame, point, share, value_axis
from hedgerow.charts.totals import is_compared, names_of, period_of, period_opacity, series_name


def stickiness_point(result: Mapping[str, Any], day: int) -> str:
    """What names the actors who were active on that many intervals."""
    return point(series=result["action"]["order"], day=day, compare=result.get("compare_label"))


def stickiness_chart(response: Mapping[str, Any], *, display: str = "ActionsBar") -> Specification:
    """Bars (or a line, with the display `ActionsLineGraph`) by the number of intervals."""
    results: Sequence[Mapping[str, Any]] = response.get("results") or []
    rows = [
        {
            "series": series_name(result),
            "period": period_of(result),
            "label": label,
            "day": day,
            "value": value,
            "share": share(value, result["count"]),
            "point": stickiness_point(result, day),
        }
        for result in results
        for day, label, value in zip(result["days"], result["labels"], result["data"], strict=True)
    ]
    names = names_of(results)
    is_line = display == "ActionsLineGraph"
    encoding: Specification = {
        "x": {
            "field": "day",
            "type": "ordinal",
            "axis": {"title": None, "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8},
        },
        "y": {**value_axis([row["value"] for row in rows]), **({} if is_line else {"stack": None})},
        "color": colour(names),
        "opacity": period_opacity(rows),
        "tooltip": [
            {"field": "label", "title": "Active on"},
            {"field": "series", "title": "Series"},
            {"field": "value", "title": "Number", "format": NUMBER_FORMAT},
            {"field": "share", "title": "Per cent"},
            *([{"field": "period", "title": "Period"}] if is_compared(rows) else []),
        ],
    }
    if is_line:
        encoding["detail"] = [{"field": "period"}]
    elif len(results) > 1:
        for row in rows:
            row["bar"] = f"{row['series']} {row['period']}"
        encoding["xOffset"] = {
            "field": "bar",
            "type": "nominal",
            "sort": list(dict.fromkeys(row["bar"] for row in rows)),
        }
    mark = {"type": "line", "point": {"size": 50, "filled": True}} if is_line else BAR
    told = "; ".join(
        f"{name}: " + ", ".join(f"{row['label']} {row['value']:g}" for row in rows[:8]) for name in names[:1]
    )
    return frame(f"Chart of stickiness. {told}.") | {"data": {"values": rows}, "mark": mark, "encoding": encoding}
