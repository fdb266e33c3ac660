"""Lifecycle: new, returning and resurrecting actors above the line, those who went dormant below it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hedgerow.charts.specification import Specification, frame, point
from hedgerow.charts.trends import bar_marks, series_rows

STATUSES = {
    "new": "New",
    "dormant": "Dormant",
    "returning": "Returning",
    "resurrecting": "Resurrecting",
}
"""The words for each status, in the order of their colours."""


def lifecycle_results(response: Mapping[str, Any], shown: Collection[str] = STATUSES) -> list[dict[str, Any]]:
    """The results of the statuses that are shown, named by them."""
    found = [result for result in response.get("results") or [] if result["status"] in shown]
    return [{**result, "label": STATUSES[result["status"]]} for result in found]


def lifecycle_point(result: Mapping[str, Any], day: str) -> str:
    """What names the actors with a status on a day."""
    return point(day=day, status=result["status"])


def lifecycle_chart(
    response: Mapping[str, Any],
    *,
    interval: str = "day",
    now: datetime,
    shown: Collection[str] = STATUSES,
    is_stacked: bool = True,
) -> Specification:
    """Bars over time, stacked or side by side; dormant actors are counted below zero."""
    results = lifecycle_results(response, shown)
    zone = ZoneInfo(str(response.get("timezone") or "UTC"))
    rows = series_rows(results, interval, now.astimezone(zone))
    points = [lifecycle_point(result, day) for result in results for day in result["days"]]
    for row, actors in zip(rows, points, strict=True):
        row["point"] = actors
    told = "; ".join(f"{result['label']}: {result['count']:g} in all" for result in results)
    marks = bar_marks(rows, list(STATUSES.values()), interval, grouped=not is_stacked)
    return frame(f"Bar chart of the lifecycle by {interval}. {told}.") | marks
