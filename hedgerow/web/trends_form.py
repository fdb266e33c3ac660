"""The questions of the trends page: read from the address, written as a query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from hedgerow.web.names import property_name

MAX_SERIES = 5
BREAKDOWN_LIMIT = 7

COUNTS = {
    "total": "Total count",
    "dau": "Unique people",
    "weekly_active": "Weekly active people",
    "monthly_active": "Monthly active people",
    "unique_session": "Unique sessions",
    "first_time_for_user": "People for the first time",
    "avg_count_per_actor": "Average per person",
    "median_count_per_actor": "Median per person",
}
PROPERTY_MATHS = {
    "sum": "Sum of",
    "avg": "Average of",
    "median": "Median of",
    "min": "Smallest",
    "max": "Largest",
    "p75": "75th percentile of",
    "p90": "90th percentile of",
    "p95": "95th percentile of",
    "p99": "99th percentile of",
}
ADDITIVE = {"total", "sum", "first_time_for_user"}
"""Maths whose buckets add up to the total of the range; the same person may be in several buckets of the others."""

# Whole weeks rather than months: the time before then has the same weekdays, so that they can be compared.
RANGES: dict[str, tuple[str, str | None, str | None]] = {
    "today": ("Today", "dStart", None),
    "yesterday": ("Yesterday", "-1dStart", "-1dEnd"),
    "24h": ("Last 24 hours", "-24h", None),
    "7d": ("Last 7 days", "-7d", None),
    "14d": ("Last 14 days", "-14d", None),
    "28d": ("Last 28 days", "-28d", None),
    "90d": ("Last 90 days", "-90d", None),
    "month": ("This month", "mStart", None),
    "last_month": ("Last month", "-1mStart", "-1mEnd"),
    "year": ("This year", "yStart", None),
    "all": ("All time", "all", None),
    "custom": ("Choose days", None, None),
}
SHORT_RANGES = {"today", "yesterday", "24h"}
INTERVALS = {"hour": "Hour", "day": "Day", "week": "Week", "month": "Month"}
DISPLAYS = {
    "ActionsLineGraph": "Line",
    "ActionsAreaGraph": "Area",
    "ActionsBar": "Bars",
    "ActionsBarValue": "Totals",
    "BoldNumber": "Number",
}
TOTAL_DISPLAYS = {"ActionsBarValue", "BoldNumber"}


@dataclass(frozen=True)
class Series:
    """One line of the question: an event ("" is any), how it is counted, and of which property if of one."""

    event: str = ""
    math: str = "total"
    math_property: str = ""

    @property
    def needs_property(self) -> bool:
        """Whether the maths are those of a property's values."""
        return self.math in PROPERTY_MATHS

    def node(self) -> dict[str, Any]:
        """The series as a query has it."""
        node: dict[str, Any] = {"kind": "EventsNode", "event": self.event or None, "math": self.math}
        if self.needs_property:
            node |= {"math_property": self.math_property, "math_property_type": "event_properties"}
        if self.math.startswith("unique_group:"):
            node |= {"math": "unique_group", "math_group_type_index": int(self.math.partition(":")[2])}
        return node


@dataclass(frozen=True)
class TrendsForm:
    """A whole question. Anything in the address that makes no sense falls back to what is usual."""

    series: list[Series] = field(default_factory=list)
    breakdown: str = ""
    range: str = "28d"
    date_from: str = ""
    date_to: str = ""
    interval: str = "day"
    compare: bool = False
    display: str = "ActionsLineGraph"

    @classmethod
    def read(cls, asked: QueryDict, maths: Mapping[str, str], usual_event: str) -> "TrendsForm":
        """The question in an address; `maths` are the ways to count that the project knows."""
        chosen_range = _one_of(asked.get("range"), RANGES, "28d")
        return cls(
            series=_series(asked, maths, usual_event),
            breakdown=_breakdown(asked.get("breakdown", "")),
            range=chosen_range,
            date_from=_day(asked.get("from", "")),
            date_to=_day(asked.get("to", "")),
            interval=_one_of(asked.get("interval"), INTERVALS, "hour" if chosen_range in SHORT_RANGES else "day"),
            compare=asked.get("compare") == "on" and chosen_range != "all",
            display=_one_of(asked.get("display"), DISPLAYS, "ActionsLineGraph"),
        )

    @property
    def missing(self) -> str:
        """What has still to be chosen before the question can be asked, in words; "" when nothing."""
        if any(line.needs_property and not line.math_property for line in self.series):
            return "Choose the property to calculate with."
        if self.range == "custom" and not self.date_from:
            return "Choose the first day."
        return ""

    def distinctions(self, maths: Mapping[str, str]) -> list[str]:
        """What tells each series from others of the same event: how it is counted; "" where there is no other."""
        told = []
        for index, line in enumerate(self.series):
            if sum(other.event == line.event for other in self.series) == 1:
                told.append("")
                continue
            repeated = self.series[:index].count(line)
            how = f"{maths[line.math]} {property_name(line.math_property)}".strip()
            told.append(f" · {how}" + (f" ({repeated + 1})" if repeated else ""))
        return told

    def breakdown_of(self, kind: str) -> list[str]:
        """The property of this kind that the numbers are broken down by, if any."""
        chosen, _, name = self.breakdown.partition(":")
        return [name] if chosen == kind else []

    def address(self) -> str:
        """The question as the query string of an address: what is asked again when the page is loaded again."""
        parts: list[tuple[str, str]] = []
        for line in self.series:
            parts += [("event", line.event), ("math", line.math), ("of", line.math_property)]
        parts += [("breakdown", self.breakdown), ("range", self.range), ("interval", self.interval)]
        parts += [("display", self.display)]
        if self.range == "custom":
            parts += [("from", self.date_from), ("to", self.date_to)]
        if self.compare:
            parts.append(("compare", "on"))
        return urlencode(parts)

    def query(self) -> dict[str, Any]:
        """The question as a query."""
        _, date_from, date_to = RANGES[self.range]
        if self.range == "custom":
            date_from, date_to = self.date_from, self.date_to or None
        query: dict[str, Any] = {
            "kind": "TrendsQuery",
            "series": [line.node() for line in self.series],
            "dateRange": {"date_from": date_from, "date_to": date_to},
            "interval": self.interval,
            "trendsFilter": {"display": self.display},
        }
        if self.breakdown:
            kind, _, name = self.breakdown.partition(":")
            query["breakdownFilter"] = {
                "breakdown": name,
                "breakdown_type": kind,
                "breakdown_limit": BREAKDOWN_LIMIT,
            }
        if self.compare:
            query["compareFilter"] = {"compare": True}
        return query


def _series(asked: QueryDict, maths: Mapping[str, str], usual_event: str) -> list[Series]:
    events, counted, properties = asked.getlist("event"), asked.getlist("math"), asked.getlist("of")
    dropped = asked.get("drop", "")
    lines = [
        Series(
            event=event,
            math=_one_of(counted[index] if index < len(counted) else None, maths, "total"),
            math_property=properties[index] if index < len(properties) else "",
        )
        for index, event in enumerate(events)
        if str(index) != dropped
    ] or [Series(event=usual_event)]
    if asked.get("add"):
        lines.append(Series(event=usual_event))
    return lines[:MAX_SERIES]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _breakdown(asked: str) -> str:
    kind, _, name = asked.partition(":")
    return asked if kind in ("event", "person") and name else ""


def _one_of(value: str | None, known: Mapping[str, Any], usual: str) -> str:
    return value if value is not None and value in known else usual
