"""Who comes when: every visitor of the sample, day by day."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

DOUBLING_DAYS = 70
"""Visits double in this many days."""
WARM_UP_DAYS = 60
"""People who came this long before the sample's first day are there too, so that it does not start from nothing."""
ARRIVALS_BY_WEEKDAY = (1.0, 1.06, 1.08, 1.02, 0.88, 0.42, 0.46)


@dataclass(frozen=True)
class Visitor:
    """One visitor: the day (UTC) of the first visit, and a number within that day."""

    seed: int
    day: date
    number: int

    def rng(self) -> random.Random:
        """The visitor's own source of chance, always the same for the same visitor."""
        return random.Random(f"{self.seed}/{self.day.isoformat()}/{self.number}")  # noqa: S311 - not a secret


def visitors(*, seed: int, people: int, days: int, until: datetime) -> Iterator[Visitor]:
    """About `people` visitors of the last `days` days before `until`, and those of the warm-up, oldest first.

    A visitor of a day is the same whenever the sample is made, so a sample made again tomorrow only adds to today's.
    """
    last = until.astimezone(UTC).date()
    window = [last - timedelta(days=age) for age in reversed(range(days + WARM_UP_DAYS))]
    average_weekday = sum(ARRIVALS_BY_WEEKDAY) / 7
    # Of the smooth growth only, not of the days' own chances: so it is the same number on every day.
    scale = people / sum(2 ** (-age / DOUBLING_DAYS) * average_weekday for age in range(days))
    for day in window:
        expected = scale * _share(seed, day, age=(last - day).days)
        # The same fraction every time: the count of a past day never grows, so nobody is added to the past.
        fraction = random.Random(f"{seed}/{day.isoformat()}/rounding").random()  # noqa: S311 - not a secret
        for number in range(int(expected + fraction)):
            yield Visitor(seed, day, number)


def _share(seed: int, day: date, age: int) -> float:
    chance = random.Random(f"{seed}/{day.isoformat()}/share").uniform(0.88, 1.12)  # noqa: S311 - not a secret
    return float(2 ** (-age / DOUBLING_DAYS)) * ARRIVALS_BY_WEEKDAY[day.weekday()] * chance
