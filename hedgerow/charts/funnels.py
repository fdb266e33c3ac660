"""Funnels: bars for the steps, a histogram of the time to convert, or the conversion over time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hedgerow.charts.specification import (
    BAR,
    Specification,
    colour,
    duration,
    frame,
    point,
    readable_value,
    share,
    value_axis,
)
from hedgerow.charts.trends import line_marks, series_rows

Step = Mapping[str, Any]

MAX_LABELLED = 3
"""With more funnels beside each other than this, bars are too narrow for numbers above them."""


def funnel_groups(results: Sequence[Any]) -> list[tuple[str, Sequence[Step]]]:
    """The funnels of an answer, each with the words for its breakdown value and period; "" where there is only one.

    Funnels that nobody entered are left out.
    """
    if results and isinstance(results[0], list):
        return [(_group_name(steps[0]), steps) for steps in results if steps]
    return [("", results)] if results else []


def step_name(step: Step) -> str:
    """What people read for a step, with its place."""
    return f"{step['order'] + 1}. {step.get('custom_name') or step['name']}"


def step_shares(steps: Sequence[Step], reference: str = "total") -> list[float]:
    """What share of the first step (or, with the reference `previous`, of the step before) reached each step."""
    wholes = [steps[0]["count"]] * len(steps) if reference == "total" else _before(steps)
    return [share(step["count"], whole) for step, whole in zip(steps, wholes, strict=True)]


def step_point(step: Step, *, dropped: bool = False) -> str:
    """What names the actors who did a step, or who did the one before and not it."""
    number = step["order"] + 1
    which = -number if dropped else number
    return point(step=which, breakdown=step.get("breakdown_value"), compare=step.get("compare_label"))


def steps_chart(response: Mapping[str, Any], *, reference: str = "total") -> Specification:
    """Steps side by side: the part that went on full, the part that dropped off faint."""
    groups = funnel_groups(response.get("results") or [])
    rows = [row for name, steps in groups for row in _step_rows(name, steps, reference)]
    names = [name for name, _ in groups]
    steps = list(dict.fromkeys(row["step"] for row in rows))
    label = {"titlePadding": 0, "labelAngle": 0, "labelLimit": 180, "labelFontSize": 13, "labelOverlap": False}
    place: Specification = {"x": {"field": "step", "type": "nominal", "sort": steps, "axis": {"title": None, **label}}}
    if len(groups) > 1:
        place["xOffset"] = {"field": "group", "type": "nominal", "sort": names}
    bars: Specification = {
        "mark": {**BAR, "cornerRadiusEnd": 3},
        "encoding": {
            "y": {
                **value_axis([row["value"] for row in rows], is_share=True),
                "scale": {"domain": [0, 100]},
                "stack": "zero",
            },
            "color": colour(names, "group"),
            "opacity": {"condition": {"test": "datum.part == 'Dropped off'", "value": 0.18}, "value": 1},
            "order": {"field": "rank", "type": "quantitative"},
            "tooltip": [
                {"field": "step", "title": "Step"},
                *([{"field": "group", "title": "Of"}] if len(groups) > 1 else []),
                {"field": "part", "title": "These"},
                {"field": "text", "title": "Share"},
                {"field": "count", "title": "Number", "format": ","},
                {"field": "time", "title": "Average time"},
            ],
        },
    }
    layers = [bars]
    if len(groups) <= MAX_LABELLED:
        layers.append(
            {
                "transform": [{"filter": "datum.part == 'Went on'"}],
                "mark": {"type": "text", "dy": -9, "fontSize": 12, "fontWeight": 600, "baseline": "bottom"},
                "encoding": {
                    "y": {"field": "value", "type": "quantitative"},
                    "text": {"field": "text", "type": "nominal"},
                },
            }
        )
    return frame(_describe(groups)) | {"data": {"values": rows}, "encoding": place, "layer": layers}


def times_chart(response: Mapping[str, Any]) -> Specification:
    """How many took how long from one step to another."""
    rows = bin_rows(response)
    converted = sum(row["value"] for row in rows)
    return frame(f"Histogram of the time {converted} took to convert.") | {
        "data": {"values": rows},
        "mark": BAR,
        "encoding": {
            "x": {
                "field": "name",
                "type": "ordinal",
                "sort": [row["name"] for row in rows],
                "axis": {"title": None, "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8},
            },
            "y": value_axis([row["value"] for row in rows]),
            "color": colour(["Converted"]),
            "tooltip": [
                {"field": "span", "title": "Took"},
                {"field": "value", "title": "Converted", "format": ","},
                {"field": "share", "title": "Per cent"},
            ],
        },
    }


def time_answers(response: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The times to convert of the asked period, then those of the one compared with, if any."""
    found = response["results"]
    return found if isinstance(found, list) else [found]


def bin_rows(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each bin of the times of the asked period: where it begins, what it spans, how many are in it."""
    bins: list[list[float]] = time_answers(response)[0]["bins"]
    converted = sum(count for _, count in bins)
    width = bins[1][0] - bins[0][0] if len(bins) > 1 else 0
    kept = bins[:-1] if len(bins) > 1 and not bins[-1][1] else bins
    return [
        {
            "name": duration(start) if start else "0 s",
            "span": f"{duration(start) if start else '0 s'} to {duration(start + width)}",
            "value": count,
            "share": share(count, converted),
            "series": "Converted",
        }
        for start, count in kept
    ]


def conversion_chart(response: Mapping[str, Any], *, interval: str = "day", now: datetime) -> Specification:
    """The share that converted over time, by the time of entrance."""
    results = conversion_results(response)
    zone = ZoneInfo(str(response.get("timezone") or "UTC"))
    rows = series_rows(results, interval, now.astimezone(zone))
    names = [result["label"] for result in results]
    described = f"Line chart of the share that converted, by {interval}: {', '.join(names[:4])}."
    return frame(described) | line_marks(rows, names, interval, is_share=True)


def conversion_results(response: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The results of the view over time, each with the words for its breakdown value as label."""
    return [
        {**result, "label": readable_value(result["breakdown_value"]) if "breakdown_value" in result else "Conversion"}
        for result in response.get("results") or []
    ]


def _step_rows(name: str, steps: Sequence[Step], reference: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    shares = step_shares(steps)
    texts = step_shares(steps, reference)
    for step, value, before, text in zip(steps, shares, [100.0, *shares], texts, strict=False):
        lost = max(0, _before(steps)[step["order"]] - step["count"]) if step["order"] else 0
        common = {"step": step_name(step), "group": name, "time": duration(step.get("average_conversion_time"))}
        rows.append(
            common
            | {
                "part": "Went on",
                "rank": 0,
                "value": value,
                "count": step["count"],
                "text": f"{text:.4g} %",
                "point": step_point(step),
            }
        )
        if step["order"]:
            dropped = max(0, before - value)
            told = 100 - text if reference == "previous" else dropped
            part = {
                "part": "Dropped off",
                "rank": 1,
                "value": dropped,
                "count": lost,
                "text": f"{told:.4g} %",
                "time": "–",
            }
            rows.append(common | part | {"point": step_point(step, dropped=True)})
    return rows


def _before(steps: Sequence[Step]) -> list[int]:
    return [steps[0]["count"], *(step["count"] for step in steps[:-1])]


def _group_name(step: Step) -> str:
    value = step.get("breakdown", step.get("breakdown_value"))
    period = {"current": "Current", "previous": "Previous"}.get(step.get("compare_label") or "")
    named = [readable_value(value)] if value is not None else []
    return " · ".join([*named, *([period] if period else [])])


def _describe(groups: Sequence[tuple[str, Sequence[Step]]]) -> str:
    if not groups:
        return "Empty chart: nobody entered the funnel."
    told = []
    for name, steps in groups[:4]:
        numbers = ", ".join(f"{step_name(step)}: {step['count']}" for step in steps)
        told.append(f"{name + ': ' if name else ''}{numbers}.")
    return f"Funnel of {len(groups[0][1])} steps. {' '.join(told)}"
