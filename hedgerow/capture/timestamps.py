"""When an event happened: what SDKs write as time, and how their clocks are corrected.

Moments are microseconds since 1970-01-01 UTC, as plain integers.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND_US = 1_000_000
_FUTURE_US = 23 * 3600 * _SECOND_US
"""An event further ahead than this is taken to have happened when it was received."""
_FIRST_US = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST_US = (datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_MILLISECONDS_FROM = 100_000_000_000
"""Numbers of this size and above are milliseconds, smaller ones seconds."""
_LONGEST_OFFSET_MS = 10**15
"""Longer than any calendar."""
_BEFORE_YEAR_0 = re.compile(r"-\d{4,6}-\d\d-\d\d([Tt ]|$)")
_LONG_AGO_US = -(10**18)
"""Stands for every moment before the year 0: these are not told apart."""
_HOUR_OFFSET = re.compile(r"(?<=\d)\s*([+-]\d{2})$")
_LONE_FIELDS = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[Tt ]+(.+))?$")


def now() -> int:
    """The present moment."""
    return time.time_ns() // 1000


def parse(text: str) -> int | None:
    """The moment a text names, None when it names none.

    Understands RFC 3339 and the rest of ISO 8601, also with a space, slashes or an offset of hours only; without a zone
    the time is UTC; RFC 2822; digits are Unix seconds or milliseconds.
    """
    try:
        if text[4:5] == "-":
            return _microseconds(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    try:
        return _parse_unusual(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def parse_rfc3339(text: str) -> int | None:
    """The moment of a full RFC 3339 time, which must name its offset; None for anything else."""
    if len(text) < len("2025-01-01T00:00:00Z") or text[10] not in "Tt ":
        return None
    try:
        moment = datetime.fromisoformat(text)
        return _microseconds(moment) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def parse_unix_milliseconds(text: str) -> int | None:
    """The moment of a query's Unix milliseconds; None when it is no number or not after the year 2020."""
    try:
        moment = int(text) * 1000
    except ValueError:
        return None
    return moment if _YEAR_2021_US <= moment <= _LAST_US else None


def event_time(timestamp: int | None, offset_ms: float | None, sent_at: int | None, received_at: int) -> int:
    """When an event happened.

    The sender's clock is corrected by how far `sent_at` is from the receipt; `offset_ms`, the event's age when it was
    sent, goes before a timestamp. More than 23 hours ahead becomes the receipt, a year no calendar has becomes 1970.
    """
    moment = received_at
    if timestamp is not None:
        moment = timestamp if sent_at is None else timestamp - sent_at + received_at
    if offset_ms is not None:
        moment = received_at - int(max(-_LONGEST_OFFSET_MS, min(offset_ms, _LONGEST_OFFSET_MS)) * 1000)
    if moment - received_at > _FUTURE_US:
        return received_at
    return moment if moment >= _FIRST_US else 0


def corrected_time(timestamp: int, sent_at: int | None, received_at: int) -> int:
    """The time of an event of the newer endpoint: corrected by `sent_at`, without a limit on the future."""
    moment = timestamp if sent_at is None else timestamp - sent_at + received_at
    return moment if _FIRST_US <= moment <= _LAST_US else 0


def text_of(moment: int) -> str:
    """`YYYY-MM-DD hh:mm:ss.ffffff` in UTC, as spool lines have it."""
    seconds, microseconds = divmod(moment, _SECOND_US)
    return f"{_text_of_second(seconds)}.{microseconds:06d}"


@lru_cache(maxsize=8192)  # the events of a batch mostly share their seconds
def _text_of_second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")


def _microseconds(moment: datetime) -> int:
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def _parse_unusual(text: str) -> int | None:
    text = text.strip()
    if _BEFORE_YEAR_0.match(text):
        return _LONG_AGO_US
    if text.isascii() and text.isdigit():
        number = int(text)
        moment = number * 1000 if number >= _MILLISECONDS_FROM else number * _SECOND_US
        return moment if moment <= _LAST_US else None
    fields = _LONE_FIELDS.match(text)
    if fields:
        year, month, day, clock = fields.groups()
        clock = clock.strip() if clock else ""
        clock = _HOUR_OFFSET.sub(r"\1:00", clock)
        clock = re.sub(r"\s*(UTC|GMT|Z|[+-]\d\d:?\d\d)$", lambda zone: _zone(zone[1]), clock, flags=re.IGNORECASE)
        return _microseconds(datetime.fromisoformat(f"{year}-{month:0>2}-{day:0>2}T{clock or '00:00:00'}"))
    if text[:1].isalpha() or " " in text:
        return _microseconds(parsedate_to_datetime(text))
    return _microseconds(datetime.fromisoformat(text.upper()))


def _zone(name: str) -> str:
    return name if name[0] in "+-" else "+00:00"


_YEAR_2021_US = (datetime(2021, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
