"""Visits to a site made at random, and what of them belongs to a period, counted by hand."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.insights.asking import Event
from tests.insights.histories import PERSONS, Merge, owner

VIEWS = ("$pageview", "$screen")
GOAL = "signed up"

_NAMES = ("$pageview", "$pageview", "$pageview", "$screen", "$autocapture", "$pageleave", GOAL, "$rageclick")
_PATHS = ("/", "/docs", "/docs/1", "/docs/22", "", None)
_LENGTHS = (timedelta(), timedelta(seconds=9), timedelta(seconds=11), timedelta(hours=1), timedelta(hours=23))


@dataclass
class Session:
    """All events of a session in their order."""

    events: list[Event]

    @property
    def start(self) -> datetime:
        """The time of the first event."""
        return self.events[0].at

    @property
    def seconds(self) -> int:
        """How many times the second hand moved during the session."""
        return int(self.events[-1].at.timestamp()) - int(self.start.timestamp())

    @property
    def bounced(self) -> bool | None:
        """At most one view, no click, and shorter than ten seconds; None without a view."""
        views = sum(event.event in VIEWS for event in self.events)
        clicks = sum(event.event == "$autocapture" for event in self.events)
        short = self.events[-1].at - self.start < timedelta(seconds=10)
        return (views == 1 and clicks == 0 and short) if views else None

    def first(self, name: str) -> Any:
        """The property of the first event that has it."""
        return next((event.properties[name] for event in self.events if event.properties.get(name) is not None), None)

    def last(self, name: str) -> Any:
        """The property of the last event that has it."""
        return Session(self.events[::-1]).first(name)


def made_visits(seed: int, borders: Iterable[datetime]) -> list[Event]:
    """Events of a few sessions, most of which begin or end near a border; some events have no session."""
    random = Random(seed)
    moments = [border.astimezone(UTC) for border in borders]
    events = []
    for number in range(random.randint(0, 7)):
        about = random.choice(moments) + timedelta(seconds=random.choice([-90000, -3600, -10, -1, 0, 0, 1, 40000]))
        length = random.choice(_LENGTHS)
        session = f"session {number}" if random.random() < 0.9 else ""
        people = [random.choice(PERSONS)] * 3 + [random.choice(PERSONS)]
        for place in range(count := random.randint(1, 5)):
            # No two events of a session at once: which of them came first could not be told.
            at = about + length * place / count + timedelta(microseconds=place)
            events.append(Event(random.choice(_NAMES), at, random.choice(people), _properties(random), session))
    random.shuffle(events)
    return events


def sessions_of(events: Iterable[Event]) -> dict[str, Session]:
    """The sessions by their ids."""
    by_id: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.session:
            by_id[event.session].append(event)
    return {id: Session(sorted(of, key=lambda event: event.at)) for id, of in by_id.items()}


def persons_of(events: Iterable[Event], merges: Iterable[Merge]) -> set[str]:
    """The persons the events belong to once persons have been merged."""
    merges = list(merges)
    return {owner(event, merges) for event in events}


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of those that are there; None if none is."""
    present = [value for value in values if value is not None]
    return sum(present) / len(present) if present else None


def _properties(random: Random) -> dict[str, Any]:
    made = {
        "$pathname": random.choice(_PATHS),
        "$browser": random.choice(["Chrome", "Firefox", None]),
        "$host": random.choice(["a.com", "b.com"]),
        "$referring_domain": random.choice(["a.com", "$direct", None]),
        "$referrer": random.choice(["https://a.com/docs?x=1", "$direct", None]),
        "utm_source": random.choice(["mail", None, None]),
        "utm_medium": random.choice(["cpc", None, None]),
        "$external_click_url": random.choice(["https://c.com", None, None]),
        "$viewport_width": random.choice([800, 1200, None]),
        "$viewport_height": random.choice([600, None]),
        "$geoip_country_code": random.choice(["FR", None]),
        "$geoip_city_name": random.choice(["Lyon", None]),
        "$prev_pageview_pathname": random.choice(_PATHS),
        "$prev_pageview_max_scroll_percentage": random.choice([0.25, 1, None]),
        "$prev_pageview_max_content_percentage": random.choice([0.5, 0.8, 0.9, None]),
        "$prev_pageview_duration": random.choice([2.5, 30, None]),
    }
    return {name: value for name, value in made.items() if value is not None}
