"""When a subscription is sent: the times of its recurrence rule, and the rule in words.

The rule is iCalendar's: each `interval` days, weeks (from Monday), months or years, counted from `start_date`; on the
weekdays of `byweekday`; of a month's days that fit only the `bysetpos`-th, from its end where negative; `count` times
in all, sent or not; and not after `until_date`. A month without the day of the start is passed over.

Times are kept in UTC, but days and hours are those of the project's time zone, so a report for nine o'clock comes at
nine o'clock all year. An hour that comes twice is the first of them; one that is left out counts as if the clock had
not been changed yet.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SOONEST = timedelta(minutes=15)
"""A delivery is planned at least so long ahead."""
FARTHEST = relativedelta(years=12)
"""What would come later than so far ahead never comes."""

_FREQUENCIES: dict[str, Literal[0, 1, 2, 3]] = {"daily": DAILY, "weekly": WEEKLY, "monthly": MONTHLY, "yearly": YEARLY}
_UNITS = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}
_POSITIONS = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_WORKING_DAYS = frozenset(WEEKDAYS[:5])


class Rule(Protocol):
    """A recurrence rule, such as a subscription is."""

    @property
    def frequency(self) -> str:
        """`daily`, `weekly`, `monthly` or `yearly`."""

    @property
    def interval(self) -> int:
        """Every how many of them."""

    @property
    def byweekday(self) -> Sequence[str] | None:
        """On which days of the week only."""

    @property
    def bysetpos(self) -> int | None:
        """Which of a month's days that fit; of monthly rules with `byweekday` only."""

    @property
    def count(self) -> int | None:
        """How many times in all."""

    @property
    def start_date(self) -> datetime:
        """From when on, and at what time of the day."""

    @property
    def until_date(self) -> datetime | None:
        """The last moment."""


def planned_delivery(rule: Rule, now: datetime, timezone: str, last: datetime | None = None) -> datetime | None:
    """The time to plan for at `now`, after the one planned `last`; times that were missed are not made up for."""
    return next_delivery(rule, max(last or now, now + SOONEST), timezone)


def next_delivery(rule: Rule, after: datetime, timezone: str) -> datetime | None:
    """The first time after a moment, in UTC; None when there is none within twelve years."""
    zone = ZoneInfo(timezone)
    farthest = after + FARTHEST
    if rule.start_date > farthest or (rule.until_date is not None and rule.until_date < rule.start_date):
        return None
    end = min(farthest, rule.until_date or farthest).astimezone(zone).replace(tzinfo=None)
    moments = (time.replace(tzinfo=zone).astimezone(UTC) for time in islice(_times(rule, zone, end), rule.count))
    return next((moment for moment in moments if moment > after), None)


def summary(rule: Rule) -> str:
    """The rule in words, as the end of `This subscription is …`."""
    unit = _UNITS[rule.frequency]
    text = f"sent every {rule.interval} {unit}s" if rule.interval > 1 else f"sent every {unit}"
    days = list(rule.byweekday or ())
    if rule.frequency == "monthly" and days and rule.bysetpos:
        if rule.bysetpos not in _POSITIONS:
            return "sent on a schedule"
        what = days[0].capitalize() if len(days) == 1 else "weekday" if set(days) == _WORKING_DAYS else "day"
        return f"{text} on the {_POSITIONS[rule.bysetpos]} {what}"
    if not days or (rule.frequency == "daily" and len(set(days)) == len(WEEKDAYS)):
        return text
    if set(days) == _WORKING_DAYS:
        return f"{text} on weekdays"
    *others, final = [day.capitalize() for day in days]
    return f"{text} on {', '.join(others)} and {final}" if others else f"{text} on {final}"


def _times(rule: Rule, zone: ZoneInfo, end: datetime) -> Iterator[datetime]:
    """The times on the wall's clock from the start to an end.

    The library goes on until the year 9999, whatever the end, with a rule that nothing fits. So it gets rules only that
    something fits all the time, and what they give is chosen from here.
    """
    start = rule.start_date.astimezone(zone).replace(tzinfo=None, microsecond=0)
    days = sorted(WEEKDAYS.index(day) for day in rule.byweekday or ())
    frequency = _FREQUENCIES[rule.frequency]
    if frequency == DAILY:
        times = rrule(DAILY, start, rule.interval, until=end)
        yield from (time for time in times if not days or time.weekday() in days)
    elif frequency == MONTHLY and days and rule.bysetpos:
        # Whole months, so that the days before the start and after the end are counted, too.
        whole = end + relativedelta(months=1)
        candidates = rrule(MONTHLY, start.replace(day=1), rule.interval, until=whole, byweekday=days)
        yield from (time for time in _positioned(candidates, rule.bysetpos) if start <= time <= end)
    else:
        yield from rrule(frequency, start, rule.interval, until=end, byweekday=days or None)


def _positioned(times: rrule, position: int) -> Iterator[datetime]:
    """The `position`-th time of each month that has one."""
    for _, month in groupby(times, key=lambda time: (time.year, time.month)):
        in_month = list(month)
        if abs(position) <= len(in_month):
            yield in_month[position - 1 if position > 0 else position]
