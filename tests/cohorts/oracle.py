"""Who belongs to a cohort, reckoned person by person in plain Python; it shares nothing with the product."""

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Happening:
    """One event of a person."""

    event: str
    at: datetime
    color: str | None


@dataclass
class Someone:
    """A person: properties, the time they were made, what they did, and the cohorts they are in."""

    properties: Mapping[str, Any]
    created_at: datetime
    did: list[Happening] = field(default_factory=list)
    cohorts: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Clock:
    """The moment of the calculation, and where its days begin."""

    now: datetime
    zone: ZoneInfo

    def midnight(self, day: date) -> datetime:
        """The beginning of a local day."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    @property
    def today(self) -> date:
        """The local day it is."""
        return self.now.astimezone(self.zone).date()

    def back(self, value: int, unit: str) -> datetime:
        """The first moment of the last so many units."""
        if unit == "minute":
            return self.now - timedelta(minutes=value)
        if unit == "hour":
            return self.now - timedelta(hours=value)
        return self.midnight(days_before(self.today, value, unit))

    def period(self, number: int, value: int, unit: str) -> tuple[datetime, datetime]:
        """A span of so many units; the spans end one after the other before today, number 0 the last."""
        if unit == "hour":
            start = self.midnight(self.today)
            return start - timedelta(hours=(number + 1) * value), start - timedelta(hours=number * value)
        first = days_before(self.today, (number + 1) * value, unit)
        last = days_before(self.today, number * value, unit)
        return self.midnight(first), self.midnight(last)


def days_before(day: date, value: int, unit: str) -> date:
    """The day so many days, weeks, months or years earlier; the 31st becomes the last day of a shorter month."""
    if unit in ("day", "week"):
        return day - timedelta(days=value * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 - value * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def belongs(node: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    """Whether a person fits a group or a leaf."""
    if node["type"] in ("AND", "OR"):
        fits = [belongs(each, person, clock) for each in node["values"]]
        return all(fits) if node["type"] == "AND" else any(fits)
    rule: Callable[..., bool] = {
        "person": _has_property,
        "person_metadata": _was_made,
        "cohort": lambda leaf, person, clock: leaf["value"] in person.cohorts,
        "behavioral": lambda leaf, person, clock: _BEHAVIOUR[leaf["value"]](leaf, person, clock),
    }[node["type"]]
    return rule(node, person, clock) != bool(node.get("negation"))


def _has_property(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    value = person.properties.get(leaf["key"])
    match leaf["operator"]:
        case "exact":
            return value in leaf["value"]
        case "is_not":
            return value not in leaf["value"]
        case "is_set":
            return value is not None
        case "is_not_set":
            return value is None
        case "icontains":
            return value is not None and leaf["value"].lower() in value.lower()
    raise AssertionError(leaf)


def _was_made(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    limit = clock.midnight(date.fromisoformat(leaf["value"]))
    return person.created_at > limit if leaf["operator"] == "is_date_after" else person.created_at < limit


def _fitting(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> list[Happening]:
    """The person's events of the leaf, whenever they were."""
    return [
        each
        for each in person.did
        if each.event == leaf["key"] and each.at <= clock.now and _fits(leaf.get("event_filters", []), each)
    ]


def _fits(filters: Sequence[Mapping[str, Any]], each: Happening) -> bool:
    return all((each.color == wanted["value"]) == (wanted["operator"] == "exact") for wanted in filters)


def _window(leaf: Mapping[str, Any], clock: Clock) -> tuple[datetime, datetime]:
    if "explicit_datetime" in leaf:
        start = clock.midnight(date.fromisoformat(leaf["explicit_datetime"]))
        end = clock.now
        if "explicit_datetime_to" in leaf:
            next_day = clock.midnight(date.fromisoformat(leaf["explicit_datetime_to"]) + timedelta(days=1))
            end = min(end, next_day - timedelta(microseconds=1))
        return start, end
    return clock.back(leaf["time_value"], leaf["time_interval"]), clock.now


def _in_window(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> list[Happening]:
    start, end = _window(leaf, clock)
    return [each for each in _fitting(leaf, person, clock) if start <= each.at <= end]


def _performed(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    return bool(_in_window(leaf, person, clock))


def _is_wanted(count: int, leaf: Mapping[str, Any]) -> bool:
    wanted = leaf["operator_value"]
    return (
        count > 0
        and {
            "gte": count >= wanted,
            "lte": count <= wanted,
            "gt": count > wanted,
            "lt": count < wanted,
            "eq": count == wanted,
            "exact": count == wanted,
        }[leaf.get("operator", "eq")]
    )


def _multiple(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    return _is_wanted(len(_in_window(leaf, person, clock)), leaf)


def _first_time(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    ever = [each for each in person.did if each.event == leaf["key"] and each.at <= clock.now]
    if not ever:
        return False
    first = min(each.at for each in ever)
    start, end = _window(leaf, clock)
    fits = any(_fits(leaf.get("event_filters", []), each) for each in ever if each.at == first)
    return start <= first <= end and fits


_STEP = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


def _sequence(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    start, end = _window(leaf, clock)
    second = [each for each in person.did if each.event == leaf["seq_event"] and start <= each.at <= end]
    longest = leaf["seq_time_value"] * _STEP[leaf["seq_time_interval"]]
    return any(
        timedelta() < later.at - earlier.at <= longest
        for earlier in _in_window(leaf, person, clock)
        for later in second
    )


def _regularly(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    fitting = _fitting(leaf, person, clock)
    satisfied = 0
    for number in range(leaf["total_periods"]):
        start, end = clock.period(number, leaf["time_value"], leaf["time_interval"])
        satisfied += _is_wanted(sum(start <= each.at < end for each in fitting), leaf)
    return satisfied >= leaf["min_periods"]


def _recently(leaf: Mapping[str, Any], clock: Clock) -> datetime:
    return clock.back(leaf["seq_time_value"], leaf["seq_time_interval"])


def _stopped(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    did = _in_window(leaf, person, clock)
    return bool(did) and not any(each.at >= _recently(leaf, clock) for each in did)


def _restarted(leaf: Mapping[str, Any], person: Someone, clock: Clock) -> bool:
    did = [each.at for each in _fitting(leaf, person, clock)]
    start, recent = clock.back(leaf["time_value"], leaf["time_interval"]), _recently(leaf, clock)
    paused = not any(start <= at < recent for at in did)
    return any(at >= recent for at in did) and paused and any(at < start for at in did)


_BEHAVIOUR: dict[str, Callable[[Mapping[str, Any], Someone, Clock], bool]] = {
    "performed_event": _performed,
    "performed_event_multiple": _multiple,
    "performed_event_first_time": _first_time,
    "performed_event_sequence": _sequence,
    "performed_event_regularly": _regularly,
    "stopped_performing_event": _stopped,
    "restarted_performing_event": _restarted,
}
