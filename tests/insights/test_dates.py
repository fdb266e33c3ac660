"""Date ranges: what the texts mean in a project's time zone, the buckets between, and the period to compare with."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgerow.insights.dates import MAX_BUCKETS, DateRange, Interval, ResolvedRange, iso, previous, resolve
from hedgerow.insights.errors import InsightError

NOW = datetime(2024, 11, 5, 15, 30, 20, tzinfo=UTC)  # a Tuesday


def resolved(
    date_from: str | None = None,
    date_to: str | None = None,
    interval: Interval = "day",
    timezone: str = "UTC",
    explicit: bool = False,
    **known: object,
) -> ResolvedRange:
    asked = DateRange(date_from=date_from, date_to=date_to, explicitDate=explicit)
    return resolve(asked, interval, timezone, NOW, **known)  # type: ignore[arg-type]


def test_by_default_a_range_is_the_last_seven_days_and_today() -> None:
    found = resolved(timezone="America/New_York")
    assert iso(found.date_from) == "2024-10-29T00:00:00-04:00"
    assert iso(found.date_to) == "2024-11-05T23:59:59.999999-05:00"
    assert len(found.days) == 8
    assert found.labels[-1] == "5-Nov-2024"


@pytest.mark.parametrize(
    ("text", "date_from"),
    [
        ("2024-01-31", "2024-01-31T00:00:00Z"),
        ("2024-1-3", "2024-01-03T00:00:00Z"),
        ("2024-01-31T10:00:00", "2024-01-31T10:00:00Z"),
        ("2024-01-31T10:00:00+02:00", "2024-01-31T08:00:00Z"),
        ("dStart", "2024-11-05T00:00:00Z"),
        ("-1dStart", "2024-11-04T00:00:00Z"),
        ("1dEnd", "2024-11-04T00:00:00Z"),
        ("-2h", "2024-11-05T13:00:00Z"),
        ("-1w", "2024-10-29T00:00:00Z"),
        ("-1m", "2024-10-05T00:00:00Z"),
        ("-1q", "2024-08-06T00:00:00Z"),
        ("-1y", "2023-11-05T00:00:00Z"),
        ("mStart", "2024-11-01T00:00:00Z"),
        ("-1mStart", "2024-10-01T00:00:00Z"),
        ("yStart", "2024-01-01T00:00:00Z"),
        ("wStart", "2024-11-03T00:00:00Z"),
        ("-1wStart", "2024-10-27T00:00:00Z"),
    ],
)
def test_the_start_of_a_range(text: str, date_from: str) -> None:
    assert iso(resolved(text).date_from) == date_from


@pytest.mark.parametrize(
    ("text", "interval", "date_to"),
    [
        ("2024-01-31", "day", "2024-01-31T23:59:59.999999Z"),
        ("2024-01-31", "hour", "2024-01-31T23:59:59.999999Z"),
        ("2024-01-31T10:20:00", "day", "2024-01-31T23:59:59.999999Z"),
        ("2024-01-31T10:20:00", "hour", "2024-01-31T10:20:00Z"),
        (None, "hour", "2024-11-05T15:59:59.999999Z"),
        (None, "minute", "2024-11-05T15:30:59.999999Z"),
        ("-1h", "hour", "2024-11-05T14:59:59.999999Z"),
        ("-1dEnd", "hour", "2024-11-04T23:59:59.999999Z"),
        ("-9mEnd", "day", "2024-02-29T23:59:59.999999Z"),
        ("yEnd", "day", "2024-12-31T23:59:59.999999Z"),
        ("wEnd", "day", "2024-11-09T23:59:59.999999Z"),
    ],
)
def test_the_end_of_a_range_runs_to_the_end_of_its_unit(text: str | None, interval: Interval, date_to: str) -> None:
    assert iso(resolved("2024-01-01", text, interval).date_to) == date_to


def test_explicit_bounds_are_taken_as_they_are() -> None:
    found = resolved("2024-11-01T10:00:00", "2024-11-02", explicit=True)
    assert (iso(found.date_from), iso(found.date_to)) == ("2024-11-01T10:00:00Z", "2024-11-02T00:00:00Z")
    assert found.filter_from == found.date_from


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2024-13-01", "-7x", "", "2024-02-30T00:00:00", "-999999y", "9999-12-31", "0001-01-01", "-500y"],
)
def test_text_that_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InsightError):
        resolved("-7d", text or "?")


def test_all_begins_with_the_first_event_but_not_before_2015() -> None:
    first = datetime(2024, 10, 30, 8, tzinfo=UTC)
    assert resolved("all", earliest=first).days[0] == "2024-10-30"
    assert resolved("all", earliest=datetime(1971, 1, 1, tzinfo=UTC), interval="month").days[0] == "2015-01-01"
    assert resolved("all").days[0] == "2024-10-29"


def test_a_month_counts_as_a_whole_and_a_week_does_not() -> None:
    assert iso(resolved("2024-10-16", interval="month").filter_from) == "2024-10-01T00:00:00Z"
    week = resolved("2024-10-16", interval="week")
    assert iso(week.filter_from) == "2024-10-16T00:00:00Z"
    assert week.days[0] == "2024-10-13"
    assert week.labels == ["16–19 Oct", "20–26 Oct", "27-Oct–2-Nov", "3–5 Nov"]


def test_weeks_start_on_the_day_the_project_says() -> None:
    assert resolved("-1w", interval="week", week_start_day=0).days == ["2024-10-27", "2024-11-03"]
    assert resolved("-1w", interval="week", week_start_day=1).days == ["2024-10-28", "2024-11-04"]


def test_labels_of_each_interval() -> None:
    assert resolved("-1m", interval="month").labels == ["Oct 2024", "Nov 2024"]
    assert resolved("-2h", interval="hour").labels == ["5-Nov 13:00", "5-Nov 14:00", "5-Nov 15:00"]
    assert resolved("-2h", interval="hour").days[0] == "2024-11-05 13:00:00"


def test_a_day_of_a_clock_change_is_one_bucket_and_its_hours_are_real_ones() -> None:
    autumn = resolved("2024-11-02", "2024-11-04", timezone="America/New_York")
    assert autumn.days == ["2024-11-02", "2024-11-03", "2024-11-04"]
    for day, hours in (("2024-11-03", 25), ("2024-03-10", 23)):
        assert len(resolved(day, day, "hour", "America/New_York").buckets) == hours


def test_a_day_whose_midnight_the_clocks_skip_begins_at_one() -> None:
    found = resolved("2024-04-25", "2024-04-27", timezone="Africa/Cairo")
    assert found.days == ["2024-04-25", "2024-04-26", "2024-04-27"]
    assert iso(found.buckets[1]) == "2024-04-26T01:00:00+03:00"


def test_hours_begin_at_half_past_where_the_zone_is_off_by_half_an_hour_only_in_utc() -> None:
    assert [iso(each) for each in resolved("-1h", interval="hour", timezone="Asia/Kolkata").buckets] == [
        "2024-11-05T20:00:00+05:30",
        "2024-11-05T21:00:00+05:30",
    ]


def test_an_end_before_the_start_has_no_buckets() -> None:
    assert resolved("2024-11-06", "2024-11-05").buckets == []


def test_too_many_buckets_are_refused_with_advice() -> None:
    with pytest.raises(InsightError, match=f"more than {MAX_BUCKETS}"):
        _ = resolved("-1y", interval="minute").buckets


@pytest.mark.parametrize(
    ("date_from", "date_to", "interval", "expected"),
    [
        ("2024-11-01", "2024-11-05", "day", ("2024-10-27T00:00:00Z", "2024-10-31T23:59:59.999999Z")),
        ("-7d", None, "day", ("2024-10-22T00:00:00Z", "2024-10-29T23:59:59.999999Z")),
        ("-14d", None, "day", ("2024-10-08T00:00:00Z", "2024-10-22T23:59:59.999999Z")),
        ("-6d", None, "day", ("2024-10-23T00:00:00Z", "2024-10-29T23:59:59.999999Z")),
        ("-2h", None, "hour", ("2024-11-05T10:00:00Z", "2024-11-05T12:59:59.999999Z")),
        ("2024-11-05", "2024-11-05", "hour", ("2024-11-04T00:00:00Z", "2024-11-04T23:59:59.999999Z")),
    ],
)
def test_the_period_before(date_from: str, date_to: str | None, interval: Interval, expected: tuple[str, str]) -> None:
    current = resolved(date_from, date_to, interval)
    before = previous(current, None)
    assert (iso(before.date_from), iso(before.date_to)) == expected
    assert len(before.buckets) == len(current.buckets)


def test_a_period_an_offset_earlier() -> None:
    before = previous(resolved("-7d"), "-1m")
    assert (iso(before.date_from), iso(before.date_to)) == ("2024-09-29T00:00:00Z", "2024-10-06T23:59:59.999999Z")
    for text in ("last week", "mStart", "-0d", "-900y", "-9999y"):
        with pytest.raises(InsightError):
            previous(resolved("-7d"), text)


ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Chatham"]


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1)),
    span=st.integers(0, 4000),
    zone=st.sampled_from(ZONES),
    interval=st.sampled_from(["hour", "day", "week", "month"]),
    week_start_day=st.integers(0, 1),
)
def test_buckets_cover_the_range_without_gap_or_overlap(
    moment: datetime, span: int, zone: str, interval: Interval, week_start_day: int
) -> None:
    start, end = moment.isoformat(), (moment + timedelta(hours=span)).isoformat()
    found = resolve(DateRange(date_from=start, date_to=end), interval, zone, NOW, week_start_day=week_start_day)
    instants = [bucket.astimezone(UTC) for bucket in found.buckets]
    assert instants == sorted(set(instants))
    assert instants[0] <= found.date_from.astimezone(UTC)
    assert instants[-1] <= found.date_to.astimezone(UTC)
    if interval == "hour":
        assert {b - a for a, b in pairwise(instants)} <= {timedelta(hours=1), timedelta(minutes=30)}
    else:
        dates = [bucket.date() for bucket in found.buckets]
        assert [bucket.astimezone(ZoneInfo(zone)).date() for bucket in instants] == dates
        if interval == "week":
            assert {(date.isoweekday() - week_start_day) % 7 for date in dates} == {0}
