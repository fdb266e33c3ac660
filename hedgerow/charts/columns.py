"""A table of any rows as a chart: its first column across, its second column up."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hedgerow.charts.specification import BAR, Specification, frame, value_axis

MOST_POINTS = 1_000
NUMERIC_TYPE = re.compile(r"(Nullable\()?(U?Int|Float|Decimal|Bool)")
_TIME = re.compile(r"(Nullable\()?Date")


def can_be_drawn(types: Sequence[str]) -> bool:
    """Whether there are two columns and the second holds numbers; `types` are the engine's names."""
    return len(types) > 1 and bool(NUMERIC_TYPE.match(types[1]))


def columns_chart(
    columns: Sequence[str], types: Sequence[str], rows: Sequence[Sequence[Any]], mark: str
) -> Specification:
    """The chart of the first rows, as a `line` or as `bar`s. Rows without a number are left out."""
    by_time = bool(_TIME.match(types[0]))
    points: list[dict[str, Any]] = [
        {"position": _wall_clock(row[0]) if by_time else row[0], "value": float(row[1])}
        for row in rows[:MOST_POINTS]
        if row[1] is not None and row[0] is not None
    ]
    across: Specification = {"field": "position", "title": None}
    if by_time:
        across |= {"type": "temporal", "axis": {"title": None, "grid": False}}
    elif NUMERIC_TYPE.match(types[0]) and mark == "line":
        across |= {"type": "quantitative", "scale": {"zero": False}}
    else:
        across |= {"type": "ordinal", "sort": None, "axis": {"title": None, "labelAngle": 0, "labelOverlap": True}}
    return frame(
        f"{columns[1]} by {columns[0]}",
        data={"values": points},
        mark={"type": "line", "point": len(points) < 60, "strokeWidth": 2} if mark == "line" else BAR,
        encoding={
            "x": across,
            "color": {"datum": columns[1], "legend": None},
            "y": value_axis([each["value"] for each in points]),
            "tooltip": [
                {"field": "position", "title": columns[0], **({"type": "temporal"} if by_time else {})},
                {"field": "value", "title": columns[1], "type": "quantitative"},
            ],
        },
    )


def _wall_clock(moment: str) -> str:
    """The time on the wall in its zone: a reader's browser must not move it into another."""
    return datetime.fromisoformat(moment).replace(tzinfo=None).isoformat()
