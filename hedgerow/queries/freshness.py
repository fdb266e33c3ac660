"""How long an answer stays fresh, by the interval of the query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hedgerow.insights.dates import Interval

_DEFAULT = {
    "minute": timedelta(minutes=5),
    "hour": timedelta(hours=1),
    "day": timedelta(hours=6),
    "week": timedelta(hours=24),
    "month": timedelta(hours=24),
}
_LAZY = {
    "minute": timedelta(minutes=15),
    "hour": timedelta(hours=2),
    "day": timedelta(hours=12),
    "week": timedelta(hours=24),
    "month": timedelta(hours=24),
}
_SHORT_RANGE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Freshness:
    """What an answer's age is judged by.

    `interval` is the query's, None for kinds without one, which stay fresh as long as minutes do. `date_from` and
    `date_to` are the ends of the range the query asks for at this moment, where the kind has one;
    `reported_as` is an interval whose time is told to clients instead of the one that counts.
    """

    interval: Interval | None = None
    date_from: datetime | None = None
    date_to: datetime | None = None
    reported_as: Interval | None = None

    def is_fresh(self, response: dict[str, Any], now: datetime, *, lazily: bool = False) -> bool:
        """Whether a stored answer is as good as a new one.

        An answer to a range that has ended stays fresh; one to a range that has since moved on (`-7d` after midnight)
        is not, whatever its age.
        """
        last_refresh = datetime.fromisoformat(response["last_refresh"])
        if self.date_to is not None and self.interval in ("day", "week", "month"):
            resolved = response.get("resolved_date_range") or {}
            if resolved.get("date_to") and datetime.fromisoformat(resolved["date_to"]) != self.date_to:
                return False
            if self.date_to < last_refresh:
                return True
        return now < last_refresh + (_LAZY if lazily else _DEFAULT)[self.interval or "minute"]

    def cache_target_age(self, last_refresh: datetime) -> datetime:
        """When the answer stops being fresh, as told to clients."""
        return last_refresh + _DEFAULT[self.reported_as or self.interval or "minute"]

    def next_allowed_client_refresh(self, last_refresh: datetime) -> datetime:
        """When a client is asked to refresh next; nothing is refused before."""
        if self.interval in (None, "minute"):
            return last_refresh + timedelta(minutes=1)
        length = self.date_to - self.date_from if self.date_from and self.date_to else None
        if self.interval == "hour" or (length is not None and length <= _SHORT_RANGE):
            return last_refresh + timedelta(minutes=3)
        return last_refresh + timedelta(minutes=15)
