"""What every chart has in common: the frame of a specification, axes of values, and words for special values.

A chart is a pure function from a query's response to one Vega-Lite 6 specification, which carries its data. A row of
that data which stands for actors has a `point`: the address parameters that name them (see `point`).
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from hedgerow.charts.theme import THEME

Specification = dict[str, Any]

OTHER = "$$_posthog_breakdown_other_$$"
NONE = "$$_posthog_breakdown_null_$$"
OTHER_TEXT = "Other (all remaining values)"
NONE_TEXT = "None (no value)"

NUMBER_FORMAT = ",.2~f"
SHARE_FORMAT = ".1~f"
"""Shares are given from 0 to 100."""

BAR: Specification = {"type": "bar", "cornerRadiusEnd": 2}


def frame(description: str, **parts: Any) -> Specification:
    """A specification as large as its place, with a sentence for people who do not see it."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": description,
        "width": "container",
        "height": "container",
        "autosize": {"type": "fit", "contains": "padding"},
        "config": THEME,
        **parts,
    }


def point(**which: Any) -> str:
    """The parameters that name the actors behind a number; what is None is left out.

    A list stands as a parameter named in the plural for each of its values: `breakdown` as `breakdowns`.
    """
    named = {f"{key}s" if isinstance(value, list) else key: value for key, value in which.items() if value is not None}
    return urlencode(named, doseq=True)


def value_axis(values: Sequence[float], *, is_share: bool = False) -> Specification:
    """The vertical channel for the field `value`, beginning at zero."""
    axis: Specification = {"title": None, "format": NUMBER_FORMAT, "tickCount": 5}
    if max(values, default=0) >= 10_000:
        axis["format"] = "~s"
    if is_share:
        axis |= {"format": SHARE_FORMAT, "labelExpr": "datum.label + ' %'"}
    elif all(float(value).is_integer() for value in values):
        axis["tickMinStep"] = 1
    scale: Specification = {"zero": True, "nice": True}
    if not any(values):
        scale["domain"] = [0, 1]
    return {"field": "value", "type": "quantitative", "axis": axis, "scale": scale}


def colour(names: Sequence[str], field: str = "series") -> Specification:
    """The colour channel, with a legend where there is more than one name."""
    legend: Specification | None = {"title": None} if len(names) > 1 else None
    return {"field": field, "type": "nominal", "scale": {"domain": list(names)}, "legend": legend}


def readable_value(value: object) -> str:
    """A breakdown's value for people; several values are joined by a dot."""
    values = value if isinstance(value, list) else [value]
    words = {OTHER: OTHER_TEXT, NONE: NONE_TEXT, "": NONE_TEXT, "all": "Everybody"}
    return " · ".join(words.get(str(each), str(each)) for each in values)


def duration(seconds: float | None) -> str:
    """A length of time in its two largest units: `2 d 3 h`, `45 s`; a dash for none."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.3g} s"
    rest, parts = round(seconds), []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def share(part: float, whole: float) -> float:
    """A part in per cent of the whole; 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0
