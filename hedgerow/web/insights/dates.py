"""Dates in the editor: the range, the interval and the time to compare with."""

from dataclasses import dataclass
from typing import Any

from hedgerow.web.insights.form import Form

# Whole weeks rather than months: the time before then has the same weekdays, so that they can be compared.
RANGES: dict[str, tuple[str, str | None, str | None]] = {
    "today": ("Today", "dStart", None),
    "yesterday": ("Yesterday", "-1dStart", "-1dEnd"),
    "24h": ("Last 24 hours", "-24h", None),
    "7d": ("Last 7 days", "-7d", None),
    "14d": ("Last 14 days", "-14d", None),
    "28d": ("Last 28 days", "-28d", None),
    "90d": ("Last 90 days", "-90d", None),
    "180d": ("Last 180 days", "-180d", None),
    "month": ("This month", "mStart", None),
    "last_month": ("Last month", "-1mStart", "-1mEnd"),
    "year": ("This year", "yStart", None),
    "all": ("All time", "all", None),
}
CUSTOM = "custom"
KEPT = "kept"
SHORT_RANGES = frozenset({"today", "yesterday", "24h"})
INTERVALS = {"minute": "Minute", "hour": "Hour", "day": "Day", "week": "Week", "month": "Month"}
COMPARISONS = {
    "": "Nothing",
    "previous": "The time before",
    "-1w": "A week earlier",
    "-1m": "A month earlier",
    "-1y": "A year earlier",
}


@dataclass(frozen=True)
class Dates:
    """The dates of a question as the editor shows them; `range` is one of the choices, `custom` or `kept`."""

    range: str
    date_from: str
    date_to: str
    interval: str
    compare: str
    open_range: str = ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The ranges to choose from; one that only the query can say stays as it is."""
        kept = [(KEPT, " to ".join(filter(None, [self.date_from, self.date_to])))] if self.range == KEPT else []
        unasked = [("", self.open_range)] if self.open_range else []
        return [*unasked, *kept, *((key, title) for key, (title, _, _) in RANGES.items()), (CUSTOM, "Choose days")]

    @property
    def is_custom(self) -> bool:
        """Whether the first and last day are chosen."""
        return self.range == CUSTOM

    @property
    def missing(self) -> str:
        """What has still to be chosen, in words."""
        return "Choose the first day." if self.is_custom and not self.date_from else ""


def dates_of(query: dict[str, Any], open_range: str = "") -> Dates:
    """The dates of a query; `open_range` is what no range is called, where that can be chosen."""
    asked = query.get("dateRange") or {}
    start, end = asked.get("date_from"), asked.get("date_to")
    compare = query.get("compareFilter") or {}
    compare_to = (compare.get("compare_to") or "previous") if compare.get("compare") else ""
    interval = query.get("interval") or "day"
    chosen = next((key for key, (_, *bounds) in RANGES.items() if bounds == [start or "-7d", end]), None)
    if start == "" or (chosen is None and _is_day(start) and (not end or _is_day(end))):
        chosen = CUSTOM
    if open_range and not start and not end and chosen != CUSTOM:
        return Dates("", "", "", interval, compare_to, open_range)
    return Dates(chosen or KEPT, start or "", end or "", interval, compare_to, open_range)


def written_dates(form: Form, query: dict[str, Any]) -> dict[str, Any]:
    """The query with the dates sent."""
    chosen = form.one_of("range", [*RANGES, CUSTOM, KEPT], "28d")
    written = dict(query)
    if chosen == CUSTOM:
        written["dateRange"] = {"date_from": form.day("from"), "date_to": form.day("to") or None}
    elif chosen in RANGES:
        _, date_from, date_to = RANGES[chosen]
        written["dateRange"] = {"date_from": date_from, "date_to": date_to}
    return written


def written_interval(form: Form, query: dict[str, Any]) -> dict[str, Any]:
    """The query with the interval sent; hours where a short range is chosen without one."""
    short = form.text("range") in SHORT_RANGES
    usual = "hour" if short else query.get("interval") or "day"
    return {**query, "interval": form.one_of("interval", INTERVALS, usual)}


def written_comparison(form: Form, query: dict[str, Any]) -> dict[str, Any]:
    """The query with the time to compare with that was sent."""
    asked = form.text("compare")
    if not asked or form.text("range") == "all":
        return {key: value for key, value in query.items() if key != "compareFilter"}
    if asked not in COMPARISONS:
        asked = "previous"
    compared = {"compare": True} if asked == "previous" else {"compare": True, "compare_to": asked}
    return {**query, "compareFilter": compared}


def _is_day(text: str | None) -> bool:
    return bool(text) and len(text or "") == 10 and (text or "")[4] == (text or "")[7] == "-"
