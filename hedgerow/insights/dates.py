"""Date ranges: what ``-7d``, ``mStart`` or ``2024-01-31`` mean in a project's time zone, and the buckets in between.

Every datetime that leaves this module is aware and in the project's time zone. Days, weeks and months are local
calendar days, so a day on which the clocks change is one bucket; hours and minutes are real ones, so that day has 23
or 25 hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel

from hedgerow.insights.errors import InsightError

Interval = Literal["minute", "hour", "day", "week", "month"]

MAX_BUCKETS = 20_000
"""More points than this in one series are refused: choose a longer interval or a shorter range."""

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
"""``all`` never reaches further back than this: events before it carry a broken clock."""

_RELATIVE = re.compile(r"-?(?P<number>\d{1,6})?(?P<unit>[hdwmqyMs])(?P<position>Start|End)?")
_BARE_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TICK = timedelta(microseconds=1)
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class DateRange(BaseModel):
    """A range as asked for; see :func:`resolve` for what the texts mean."""

    date_from: str | None = None
    date_to: str | None = None
    explicitDate: bool | None = False  # noqa: N815


class CompareFilter(BaseModel):
    """Whether to set another period beside the asked one: the one just before, or the one ``compare_to`` earlier."""

    compare: bool | None = False
    compare_to: str | None = None


@dataclass(frozen=True)
class Moment:
    """One parsed bound. ``unit`` is the unit of a relative one (``-7d``), else None."""

    at: datetime
    unit: str | None = None
    is_bare_date: bool = False


@dataclass(frozen=True)
class ResolvedRange:
    """A range with both ends known (both inclusive) and its buckets."""

    date_from: datetime
    date_to: datetime
    filter_from: datetime
    """Events count from here on: the start of the first bucket where that bucket counts as a whole."""
    interval: Interval
    timezone: ZoneInfo
    week_start_day: int
    whole_first_bucket: bool = False
    """Whether ``filter_from`` is ``date_from`` cut to its day (its month for months)."""
    shifts_by_week: bool = False
    """Whether "the period before" is a whole number of weeks earlier (an open range of ``-7d``, ``-14d``, …)."""

    @cached_property
    def buckets(self) -> list[datetime]:
        """The start of every bucket from the one of ``date_from`` up to ``date_to``; none if the range is empty."""
        found: list[datetime] = []
        # Python compares datetimes of one zone by the wall clock, which repeats an hour: compare in UTC.
        end = self.date_to.astimezone(UTC)
        if self.date_from.astimezone(UTC) > end:
            return found
        start = floor(self.date_from, self.interval, self.week_start_day)
        while start.astimezone(UTC) <= end:
            found.append(start)
            if len(found) > MAX_BUCKETS:
                raise InsightError(
                    f"The date range has more than {MAX_BUCKETS} intervals of one {self.interval}. "
                    "Choose a longer interval or a shorter date range."
                )
            start = next_bucket(start, self.interval)
        return found

    @property
    def has_broken_hours(self) -> bool:
        """Whether the clocks change by a part of an hour in this range, as on Lord Howe Island."""
        offsets = {bucket.utcoffset() or timedelta() for bucket in self.buckets}
        return len({offset % timedelta(hours=1) for offset in offsets}) > 1

    @cached_property
    def starts(self) -> list[str]:
        """The buckets as ISO 8601 datetimes with their offset."""
        return [iso(bucket) for bucket in self.buckets]

    @cached_property
    def days(self) -> list[str]:
        """The buckets as texts: ``2024-01-31``, with `` 13:00:00`` behind it for hours and minutes."""
        form = "%Y-%m-%d %H:%M:%S" if self.interval in ("hour", "minute") else "%Y-%m-%d"
        return [bucket.strftime(form) for bucket in self.buckets]

    @cached_property
    def labels(self) -> list[str]:
        """The buckets as shown to people: ``1-Jan-2024``, ``1-Jan 13:00``, ``1–7 Jan``, ``Jan 2024``."""
        return [self._label(bucket) for bucket in self.buckets]

    def _label(self, bucket: datetime) -> str:
        month = _MONTHS[bucket.month - 1]
        if self.interval == "month":
            return f"{month} {bucket.year}"
        if self.interval == "day":
            return f"{bucket.day}-{month}-{bucket.year}"
        if self.interval != "week":
            return f"{bucket.day}-{month} {bucket:%H:%M}"
        first = max(bucket.date(), self.date_from.date())
        last = min(bucket.date() + timedelta(days=6), self.date_to.date())
        if first == last:
            return f"{first.day} {_MONTHS[first.month - 1]}"
        if first.month == last.month:
            return f"{first.day}–{last.day} {_MONTHS[last.month - 1]}"
        return f"{first.day}-{_MONTHS[first.month - 1]}–{last.day}-{_MONTHS[last.month - 1]}"


def resolve(
    date_range: DateRange,
    interval: Interval,
    timezone: str,
    now: datetime,
    *,
    week_start_day: int = 0,
    earliest: datetime | None = None,
) -> ResolvedRange:
    """The range's two ends and buckets in ``timezone``.

    A bound is an ISO date or datetime (project time unless it has an offset), a relative value (``-7d``, ``-1mStart``,
    ``dEnd``; units h d w m q y M s; always counted back) or, for ``date_from``, ``all`` = from the first event
    (``earliest``, None if the project has none). By default the range starts seven days ago and ends now. Unless
    ``explicitDate`` is set, the start is cut to its day or hour and the end runs to the end of its day, hour or minute.

    Raises InsightError for a text that is none of these.
    """
    zone = ZoneInfo(timezone)
    now = now.astimezone(zone)
    explicit = bool(date_range.explicitDate)
    start = _start(date_range.date_from, zone, now, week_start_day, earliest)
    end = parse_moment(date_range.date_to, zone, now, week_start_day) if date_range.date_to else None
    date_from, date_to = start.at, end.at if end else now
    if not explicit:
        if start.unit and interval != "minute":
            date_from = floor(date_from, "hour" if start.unit == "h" else "day")
        date_to = _round_end(end, date_to, interval)

    whole = interval in ("day", "week", "month") and not explicit and not (interval == "day" and start.unit == "h")
    weeks = re.fullmatch(r"-?(\d{1,6})d", date_range.date_from or "-7d")
    return ResolvedRange(
        date_from=date_from,
        date_to=date_to,
        filter_from=_filter_from(date_from, interval, whole),
        interval=interval,
        timezone=zone,
        week_start_day=week_start_day,
        whole_first_bucket=whole,
        shifts_by_week=(
            interval == "day" and end is None and not explicit and weeks is not None and int(weeks[1]) % 7 == 0
        ),
    )


def previous(current: ResolvedRange, compare_to: str | None) -> ResolvedRange:
    """The period to compare with: directly before ``current`` with the same length, or ``compare_to`` earlier.

    An open day range of whole weeks (``-7d``) is compared with exactly that many days earlier, so weekdays line up.
    Raises InsightError if ``compare_to`` is not a relative value such as ``-1w``.
    """
    in_days = current.interval in ("day", "week", "month") or _is_whole_days(current)
    if compare_to:
        date_from = _subtract_offset(current.date_from, compare_to)
        date_to = _add(date_from, _length(current.date_from, current.date_to, in_days), in_days)
    else:
        step = _length(current.date_from, current.date_to, in_days)
        if current.date_to.microsecond == 999999:
            step += _TICK
        if current.shifts_by_week:
            step -= timedelta(days=1)
        date_from = _add(current.date_from, -step, in_days)
        date_to = _add(current.date_to, -step, in_days)
    return ResolvedRange(
        date_from=date_from,
        date_to=date_to,
        filter_from=_filter_from(date_from, current.interval, current.whole_first_bucket),
        interval=current.interval,
        timezone=current.timezone,
        week_start_day=current.week_start_day,
        whole_first_bucket=current.whole_first_bucket,
    )


def parse_moment(text: str, zone: ZoneInfo, now: datetime, week_start_day: int = 0) -> Moment:
    """The point in time a text names, in ``zone``; ``now`` is what relative texts count from.

    Raises InsightError if it is neither a relative value nor an ISO date or datetime.
    """
    relative = _RELATIVE.fullmatch(text)
    if relative:
        moment = _relative(relative, zone, now, week_start_day)
        return Moment(_in_bounds(moment.at), unit=moment.unit)
    bare = _BARE_DATE.fullmatch(text)
    try:
        if bare:
            at = datetime(int(bare[1]), int(bare[2]), int(bare[3]))
            return Moment(_instant(_in_bounds(at), zone), is_bare_date=True)
        at = _in_bounds(datetime.fromisoformat(text))
        return Moment(at.astimezone(zone) if at.tzinfo else _instant(at, zone))
    except InsightError:
        raise
    except ValueError:
        raise InsightError(
            f"'{text}' is not a date. Use a date such as 2024-01-31, a date and time, or a relative date such as -7d."
        ) from None


def floor(at: datetime, interval: Interval, week_start_day: int = 0) -> datetime:
    """The start of the bucket ``at`` lies in, in the time zone of ``at``."""
    zone = at.tzinfo
    assert isinstance(zone, ZoneInfo)
    if interval in ("hour", "minute"):
        # By subtraction, not by `replace`: the repeated hour of a clock change stays the one it is.
        past = timedelta(minutes=at.minute if interval == "hour" else 0, seconds=at.second, microseconds=at.microsecond)
        return (at.astimezone(UTC) - past).astimezone(zone)
    day = at.date()
    if interval == "week":
        day -= timedelta(days=(day.isoweekday() - week_start_day) % 7)
    elif interval == "month":
        day = day.replace(day=1)
    return start_of_day(day, zone)


def next_bucket(start: datetime, interval: Interval) -> datetime:
    """The start of the bucket after the one starting at ``start``."""
    zone = start.tzinfo
    assert isinstance(zone, ZoneInfo)
    if interval in ("hour", "minute"):
        # Cut again: where the clocks change by half an hour, the hours before and after do not start an hour apart.
        return floor((start.astimezone(UTC) + timedelta(**{f"{interval}s": 1})).astimezone(zone), interval)
    steps = {"day": relativedelta(days=1), "week": relativedelta(weeks=1), "month": relativedelta(months=1)}
    return start_of_day(start.date() + steps[interval], zone)


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a local day (01:00 where the clocks skip midnight)."""
    return _instant(datetime.combine(day, time()), zone)


def iso(at: datetime) -> str:
    """ISO 8601 with the offset, ``Z`` for UTC."""
    return at.isoformat().replace("+00:00", "Z")


def _start(text: str | None, zone: ZoneInfo, now: datetime, week_start_day: int, earliest: datetime | None) -> Moment:
    if not text:
        return Moment(start_of_day(now.date() - timedelta(days=7), zone))
    if text == "all":
        first = max(earliest, EARLIEST) if earliest else now - timedelta(days=7)
        return Moment(first.astimezone(zone))
    return parse_moment(text, zone, now, week_start_day)


def _filter_from(date_from: datetime, interval: Interval, whole_first_bucket: bool) -> datetime:
    if not whole_first_bucket:
        return date_from
    return floor(date_from, "month" if interval == "month" else "day")


def _round_end(end: Moment | None, date_to: datetime, interval: Interval) -> datetime:
    if interval in ("day", "week", "month") or (end and end.is_bare_date):
        return _end_of_day(date_to)
    if end is None or end.unit:
        return next_bucket(floor(date_to, interval), interval) - _TICK
    return date_to


def _relative(match: re.Match[str], zone: ZoneInfo, now: datetime, week_start_day: int) -> Moment:
    number, unit, position = int(match["number"] or 0), match["unit"], match["position"]
    try:
        at = _subtract(now.astimezone(zone), number, unit)
    except (ValueError, OverflowError):
        raise InsightError(f"'{match.string}' lies too far back.") from None
    if position:
        at = _to_position(at, unit, position, week_start_day)
    return Moment(at, unit=unit)


def _subtract(at: datetime, number: int, unit: str) -> datetime:
    zone = at.tzinfo
    assert isinstance(zone, ZoneInfo)
    if unit in "hMs":
        back = {"h": timedelta(hours=number), "M": timedelta(minutes=number), "s": timedelta(seconds=number)}[unit]
        return (at.astimezone(UTC) - back).astimezone(zone)
    calendar = {
        "d": relativedelta(days=number),
        "w": relativedelta(weeks=number),
        "m": relativedelta(months=number),
        "q": relativedelta(weeks=13 * number),
        "y": relativedelta(years=number),
    }
    return _instant(at.replace(tzinfo=None) - calendar[unit], zone)


def _to_position(at: datetime, unit: str, position: str, week_start_day: int) -> datetime:
    zone = at.tzinfo
    assert isinstance(zone, ZoneInfo)
    if unit in "hMs":
        if unit == "s":
            return at
        interval: Interval = "hour" if unit == "h" else "minute"
        start = floor(at, interval)
        return start if position == "Start" else next_bucket(start, interval) - _TICK
    day = at.date()
    if unit == "w":
        day -= timedelta(days=(day.isoweekday() - week_start_day) % 7)
        if position == "End":
            day += timedelta(days=6)
    elif unit == "m":
        day += relativedelta(day=1 if position == "Start" else 31)
    elif unit == "y":
        day += relativedelta(month=1, day=1) if position == "Start" else relativedelta(month=12, day=31)
    start = start_of_day(day, zone)
    return start if position == "Start" else _end_of_day(start)


def _subtract_offset(at: datetime, compare_to: str) -> datetime:
    match = _RELATIVE.fullmatch(compare_to)
    if match is None or match["position"] or not int(match["number"] or 0):
        raise InsightError(f"'{compare_to}' is not an offset to compare with. Use one such as -1w, -1m or -1y.")
    try:
        return _in_bounds(_subtract(at, int(match["number"]), match["unit"]))
    except InsightError:
        raise
    except (ValueError, OverflowError):
        raise InsightError(f"'{compare_to}' lies too far back.") from None


def _is_whole_days(asked: ResolvedRange) -> bool:
    starts_a_day = asked.date_from == floor(asked.date_from, "day")
    return starts_a_day and asked.date_to == _end_of_day(asked.date_to)


def _length(start: datetime, end: datetime, by_the_clock: bool) -> timedelta:
    if by_the_clock:
        return end.replace(tzinfo=None) - start.replace(tzinfo=None)
    return end.astimezone(UTC) - start.astimezone(UTC)


def _add(at: datetime, delta: timedelta, by_the_clock: bool) -> datetime:
    zone = at.tzinfo
    assert isinstance(zone, ZoneInfo)
    try:
        if by_the_clock:
            return _in_bounds(_instant(at.replace(tzinfo=None) + delta, zone))
        return _in_bounds((at.astimezone(UTC) + delta).astimezone(zone))
    except OverflowError:
        raise InsightError("The period to compare with lies too far back.") from None


def _end_of_day(at: datetime) -> datetime:
    return at.replace(hour=23, minute=59, second=59, microsecond=999999, fold=1)


def _in_bounds(at: datetime) -> datetime:
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise InsightError(f"Dates go from {_FIRST_YEAR} to {_LAST_YEAR}; {at.year} is not among these years.")
    return at


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """A wall-clock time as an instant; a time the clocks skip becomes the moment just after the gap."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
