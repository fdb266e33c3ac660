"""Spans of time that criteria look at, in the project's time zone.

So many days, weeks, months or years back is from the start of that local day; hours and minutes are counted exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from hedgerow.cohorts.criteria.grammar import BehavioralLeaf, Unit
from hedgerow.insights.dates import floor, next_bucket, parse_moment, start_of_day
from hedgerow.insights.errors import InsightError

SECONDS: Final[dict[Unit, int]] = {
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
    "year": 31_536_000,
}
"""How long a step of a sequence may take, by unit; also what is compared where one span must be shorter."""

_EARLIEST = datetime(1925, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` (inclusive) to `end` (inclusive)."""

    start: datetime
    end: datetime


def ago(now: datetime, zone: ZoneInfo, value: int, unit: Unit) -> datetime:
    """The time from which `value` units back are counted."""
    if unit in ("minute", "hour"):
        return _not_too_early(now, timedelta(seconds=value * SECONDS[unit]))
    return _days_back(now.astimezone(zone), zone, value, unit)


def period_start(now: datetime, zone: ZoneInfo, periods: int, value: int, unit: Unit) -> datetime:
    """The time `periods` spans of `value` units before the start of today."""
    today = start_of_day(now.astimezone(zone).date(), zone)
    if unit in ("minute", "hour"):
        return _not_too_early(today, timedelta(seconds=periods * value * SECONDS[unit]))
    return _days_back(today, zone, periods * value, unit)


def window(leaf: BehavioralLeaf, now: datetime, zone: ZoneInfo, week_start_day: int) -> Window:
    """The span a leaf looks at; it never reaches beyond `now`. Raises InsightError for dates that cannot be read."""
    end = now
    if leaf.explicit_datetime_to is not None:
        end = min(now, _bound(leaf.explicit_datetime_to, now, zone, week_start_day, is_end=True), key=_instant)
    if leaf.explicit_datetime is not None:
        return Window(_bound(leaf.explicit_datetime, now, zone, week_start_day, is_end=False), end)
    if leaf.time_value is None or leaf.time_interval is None:
        raise InsightError("A time is needed: time_value and time_interval, or explicit_datetime.")
    return Window(ago(now, zone, leaf.time_value, leaf.time_interval), end)


def _bound(text: str, now: datetime, zone: ZoneInfo, week_start_day: int, *, is_end: bool) -> datetime:
    """A date, and a day that is so and so long ago, counts as a whole."""
    moment = parse_moment(text, zone, now, week_start_day)
    if not moment.is_bare_date and (moment.unit is None or moment.unit not in "dwmqy"):
        return moment.at
    day = floor(moment.at, "day")
    return next_bucket(day, "day") - timedelta(microseconds=1) if is_end else day


def _days_back(local: datetime, zone: ZoneInfo, value: int, unit: Unit) -> datetime:
    try:
        day = local.date() - relativedelta(**{f"{unit}s": value})  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return _EARLIEST
    return max(start_of_day(day, zone), _EARLIEST) if day.year > _EARLIEST.year else _EARLIEST


def _not_too_early(at: datetime, length: timedelta) -> datetime:
    utc = at.astimezone(UTC)
    return utc - length if length < utc - _EARLIEST else _EARLIEST


def _instant(at: datetime) -> datetime:
    return at.astimezone(UTC)
