"""When a subscription is sent next, and its rule in words."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hedgerow.subscriptions.recurrence import WEEKDAYS, next_delivery, planned_delivery, summary

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)  # a Tuesday
WORKING_DAYS = WEEKDAYS[:5]
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")


@dataclass(frozen=True)
class Rule:
    """A rule of the tests."""

    frequency: str
    start_date: datetime
    interval: int = 1
    byweekday: Sequence[str] | None = None
    bysetpos: int | None = None
    count: int | None = None
    until_date: datetime | None = None


def at(text: str) -> datetime:
    """A moment in UTC; without a time of the day it is nine o'clock."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T09:00").replace(tzinfo=UTC)


def upcoming(rule: Rule, timezone: str = "UTC", now: datetime = NOW) -> list[datetime]:
    """The three deliveries that follow each other from `now` on."""
    found: list[datetime] = []
    following = planned_delivery(rule, now, timezone)
    while following is not None and len(found) < 3:
        found.append(following)
        following = planned_delivery(rule, following, timezone, last=following)
    return found


def rule(frequency: str, start: str, *, until: str | None = None, **fields: object) -> Rule:
    """A rule of the worked examples."""
    return Rule(frequency, at(start), until_date=at(until) if until else None, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "times", "words"),
    [
        (rule("daily", "2026-03-01"), ["2026-03-11", "2026-03-12", "2026-03-13"], "sent every day"),
        (rule("daily", "2026-03-01", interval=3), ["2026-03-13", "2026-03-16", "2026-03-19"], "sent every 3 days"),
        (
            rule("daily", "2026-03-01", byweekday=WORKING_DAYS),
            ["2026-03-11", "2026-03-12", "2026-03-13"],
            "sent every day on weekdays",
        ),
        (
            rule("daily", "2026-03-10T12:15"),
            ["2026-03-11T12:15", "2026-03-12T12:15", "2026-03-13T12:15"],
            "sent every day",
        ),
        (
            rule("daily", "2026-03-10T12:16"),
            ["2026-03-10T12:16", "2026-03-11T12:16", "2026-03-12T12:16"],
            "sent every day",
        ),
        (rule("daily", "2026-03-01", interval=7, byweekday=["monday"]), [], "sent every 7 days on Monday"),
        (rule("weekly", "2026-03-04"), ["2026-03-11", "2026-03-18", "2026-03-25"], "sent every week"),
        (
            rule("weekly", "2026-03-04", interval=2, byweekday=["monday", "thursday"]),
            ["2026-03-16", "2026-03-19", "2026-03-30"],
            "sent every 2 weeks on Monday and Thursday",
        ),
        (
            rule("weekly", "2026-03-04", byweekday=["friday"], bysetpos=1),
            ["2026-03-13", "2026-03-20", "2026-03-27"],
            "sent every week on Friday",
        ),
        (rule("monthly", "2026-01-31"), ["2026-03-31", "2026-05-31", "2026-07-31"], "sent every month"),
        (
            rule("monthly", "2026-01-01", byweekday=["monday"], bysetpos=1),
            ["2026-04-06", "2026-05-04", "2026-06-01"],
            "sent every month on the first Monday",
        ),
        (
            rule("monthly", "2026-01-01", byweekday=["friday"], bysetpos=-1),
            ["2026-03-27", "2026-04-24", "2026-05-29"],
            "sent every month on the last Friday",
        ),
        (
            rule("monthly", "2026-01-01", byweekday=WORKING_DAYS, bysetpos=1),
            ["2026-04-01", "2026-05-01", "2026-06-01"],
            "sent every month on the first weekday",
        ),
        (
            rule("monthly", "2026-01-01", byweekday=WEEKDAYS, bysetpos=-1),
            ["2026-03-31", "2026-04-30", "2026-05-31"],
            "sent every month on the last day",
        ),
        (
            rule("monthly", "2026-01-01", interval=3, byweekday=["tuesday"], bysetpos=2),
            ["2026-04-14", "2026-07-14", "2026-10-13"],
            "sent every 3 months on the second Tuesday",
        ),
        (
            rule("monthly", "2026-01-01", byweekday=["monday"]),
            ["2026-03-16", "2026-03-23", "2026-03-30"],
            "sent every month on Monday",
        ),
        (rule("monthly", "2026-01-15", bysetpos=2), ["2026-03-15", "2026-04-15", "2026-05-15"], "sent every month"),
        (rule("yearly", "2024-02-29"), ["2028-02-29", "2032-02-29", "2036-02-29"], "sent every year"),
        (
            rule("yearly", "2026-01-01", byweekday=["monday"]),
            ["2026-03-16", "2026-03-23", "2026-03-30"],
            "sent every year on Monday",
        ),
        (rule("weekly", "2026-02-24", count=3), [], "sent every week"),
        (rule("weekly", "2026-02-24", count=4), ["2026-03-17"], "sent every week"),
        (rule("weekly", "2026-02-24", until="2026-03-17T09:00"), ["2026-03-17"], "sent every week"),
        (rule("weekly", "2026-02-24", until="2026-03-17T08:59"), [], "sent every week"),
    ],
)
def test_examples(rule: Rule, times: list[str], words: str) -> None:
    assert upcoming(rule) == [at(text) for text in times]
    assert summary(rule) == words


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (rule("daily", "2026-03-01", byweekday=WEEKDAYS), "sent every day"),
        (rule("weekly", "2026-03-01", byweekday=[]), "sent every week"),
        (
            rule("weekly", "2026-03-01", byweekday=["friday", "monday", "sunday"]),
            "sent every week on Friday, Monday and Sunday",
        ),
        (
            rule("weekly", "2026-03-01", byweekday=WEEKDAYS),
            "sent every week on Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday",
        ),
        (rule("weekly", "2026-03-01", byweekday=list(reversed(WORKING_DAYS))), "sent every week on weekdays"),
        (rule("monthly", "2026-03-01", byweekday=["monday"], bysetpos=5), "sent on a schedule"),
        (rule("monthly", "2026-03-01", byweekday=["monday"], bysetpos=4), "sent every month on the fourth Monday"),
        (
            rule("monthly", "2026-03-01", byweekday=["monday", "friday"], bysetpos=3),
            "sent every month on the third day",
        ),
        (rule("yearly", "2026-03-01", interval=2), "sent every 2 years"),
    ],
)
def test_the_rule_in_words(rule: Rule, words: str) -> None:
    assert summary(rule) == words


def test_a_report_for_nine_comes_at_nine_all_year() -> None:
    nine = Rule("daily", datetime(2026, 1, 5, 8, tzinfo=UTC))  # nine o'clock in Berlin

    assert upcoming(nine, "Europe/Berlin", at("2026-03-27T12:00")) == [
        at("2026-03-28T08:00"),
        at("2026-03-29T07:00"),
        at("2026-03-30T07:00"),
    ]


def test_an_hour_that_is_left_out_counts_as_before_the_change() -> None:
    half_past_two = Rule("daily", datetime(2026, 3, 1, 1, 30, tzinfo=UTC))  # 02:30 in Berlin

    assert upcoming(half_past_two, "Europe/Berlin", at("2026-03-28T12:00"))[:2] == [
        at("2026-03-29T01:30"),  # 03:30 on the clock
        at("2026-03-30T00:30"),
    ]


def test_an_hour_that_comes_twice_is_the_first_of_them() -> None:
    half_past_two = Rule("daily", datetime(2026, 10, 1, 0, 30, tzinfo=UTC))  # 02:30 in Berlin in summer

    assert upcoming(half_past_two, "Europe/Berlin", at("2026-10-24T12:00"))[:2] == [
        at("2026-10-25T00:30"),
        at("2026-10-26T01:30"),
    ]


def test_the_weekday_is_that_of_the_project() -> None:
    """Half past three on Monday in Tokyo is still Sunday in UTC."""
    monday = Rule("weekly", datetime(2026, 3, 1, 18, 30, tzinfo=UTC), byweekday=["monday"])

    assert upcoming(monday, "Asia/Tokyo")[0] == at("2026-03-15T18:30")


def test_times_that_were_missed_are_not_made_up_for() -> None:
    hourly_late = Rule("daily", at("2026-03-01"))

    assert planned_delivery(hourly_late, NOW, "UTC", last=at("2026-03-05")) == at("2026-03-11")
    assert planned_delivery(hourly_late, NOW, "UTC", last=at("2026-03-20")) == at("2026-03-21")


@pytest.mark.parametrize(
    "never",
    [
        rule("monthly", "2026-01-01", byweekday=["monday"], bysetpos=6),
        rule("monthly", "1970-01-01", byweekday=["monday", "wednesday"], bysetpos=-366),
        rule("daily", "1970-01-01", interval=14, byweekday=["monday"]),
        rule("weekly", "2026-03-01", until="2026-02-01"),
        rule("weekly", "2040-03-01"),
        rule("daily", "1970-01-01", count=1),
        rule("yearly", "2026-01-01", interval=1000),
        rule("weekly", "2026-01-01", interval=1000),
    ],
)
def test_a_rule_that_nothing_fits_ends(never: Rule) -> None:
    assert next_delivery(never, NOW, "Europe/Berlin") is None


# --- against plain stepping from day to day, and against the library alone


def moments(min_year: int, max_year: int) -> st.SearchStrategy[datetime]:
    """Moments in UTC, to the minute."""
    times = st.datetimes(datetime(min_year, 1, 1), datetime(max_year, 12, 31))
    return times.map(lambda time: time.replace(second=0, microsecond=0, tzinfo=UTC))


rules = st.builds(
    Rule,
    frequency=st.sampled_from(["daily", "weekly", "monthly", "yearly"]),
    start_date=moments(2009, 2014),
    interval=st.one_of(st.integers(1, 4), st.sampled_from([7, 12, 14, 30])),
    byweekday=st.one_of(st.none(), st.lists(st.sampled_from(WEEKDAYS), unique=True, max_size=7)),
    bysetpos=st.one_of(st.none(), st.sampled_from([1, 2, 4, 5, 20, 31, 40, -1, -2, -5])),
    count=st.one_of(st.none(), st.integers(1, 40)),
    until_date=st.one_of(st.none(), moments(2010, 2016)),
)


def fits(rule: Rule, start: date, day: date) -> bool:
    """Whether a rule has a time on a day."""
    weekdays = [WEEKDAYS.index(name) for name in rule.byweekday or ()]
    match rule.frequency:
        case "daily":
            passed, is_right = (day - start).days, not weekdays or day.weekday() in weekdays
        case "weekly":
            mondays = [each - timedelta(each.weekday()) for each in (start, day)]
            passed = (mondays[1] - mondays[0]).days // 7
            is_right = day.weekday() in (weekdays or [start.weekday()])
        case "monthly":
            passed = (day.year - start.year) * 12 + day.month - start.month
            is_right = day.weekday() in weekdays if weekdays else day.day == start.day
            if weekdays and rule.bysetpos:
                length = calendar.monthrange(day.year, day.month)[1]
                fitting = [number for number in range(1, length + 1) if day.replace(day=number).weekday() in weekdays]
                place = rule.bysetpos - 1 if rule.bysetpos > 0 else len(fitting) + rule.bysetpos
                is_right = 0 <= place < len(fitting) and fitting[place] == day.day
        case _:
            passed = day.year - start.year
            is_right = day.weekday() in weekdays if weekdays else (day.month, day.day) == (start.month, start.day)
    return passed % rule.interval == 0 and is_right


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which the clock shows a time; by the clock of the day before if it never does."""
    around = [wall.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in (-40, 0, 40)]
    offsets = [moment.astimezone(zone).utcoffset() or timedelta() for moment in around]
    possible = [wall.replace(tzinfo=UTC) - offset for offset in offsets]
    shown = [moment for moment in possible if moment.astimezone(zone).replace(tzinfo=None) == wall]
    return min(shown) if shown else possible[0]


def stepped(rule: Rule, after: datetime, zone: ZoneInfo, years: int) -> datetime | None:
    """The next time, found by looking at each day from the start on."""
    start = rule.start_date.astimezone(zone)
    until = rule.until_date.astimezone(zone).replace(tzinfo=None) if rule.until_date else None
    day, passed = start.date(), 0
    while day.year <= after.year + years:
        wall = datetime.combine(day, time(start.hour, start.minute))
        if fits(rule, start.date(), day):
            passed += 1
            if (until and wall > until) or (rule.count and passed > rule.count):
                return None
            if (moment := moment_of(wall, zone)) > after:
                return moment
        day += timedelta(1)
    return None


@given(rules, st.timedeltas(timedelta(0), timedelta(days=1500)), st.sampled_from(ZONES))
@settings(max_examples=200, deadline=None)
def test_the_next_time_is_what_stepping_from_day_to_day_finds(rule: Rule, later: timedelta, timezone: str) -> None:
    after = rule.start_date + later
    found = next_delivery(rule, after, timezone)

    near = stepped(rule, after, ZoneInfo(timezone), years=4)
    if near is None:
        assert found is None or found.year > after.year + 3
    else:
        assert found == near


@given(rules, st.sampled_from(ZONES))
@example(Rule("daily", datetime(2011, 12, 21, tzinfo=UTC)), "Pacific/Apia")
@settings(max_examples=200, deadline=None)
def test_all_times_are_those_of_the_library(rule: Rule, timezone: str) -> None:
    zone, following = ZoneInfo(timezone), rule.start_date - timedelta(seconds=1)
    found: list[datetime] = []
    while len(found) < 12 and (time := next_delivery(rule, following, timezone)) is not None:
        found.append(time)
        following = time
    if not found:
        return
    expected = rrule(
        {"daily": DAILY, "weekly": WEEKLY, "monthly": MONTHLY, "yearly": YEARLY}[rule.frequency],
        rule.start_date.astimezone(zone).replace(tzinfo=None),
        rule.interval,
        count=rule.count if rule.until_date is None else None,
        until=rule.until_date.astimezone(zone).replace(tzinfo=None) if rule.until_date else None,
        byweekday=[WEEKDAYS.index(day) for day in rule.byweekday or ()] or None,
        bysetpos=rule.bysetpos if rule.frequency == "monthly" and rule.byweekday else None,
    )
    # A day that a zone left out falls together with the one after it.
    moments = dict.fromkeys(moment_of(wall, zone) for wall in islice(expected, len(found) + 2))
    assert found == list(moments)[: len(found)]
