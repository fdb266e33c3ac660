"""When an event happened: the forms of time SDKs send, and the correction of their clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from hedgerow.capture import timestamps
from tests.capture.process import TOKEN, CaptureProcess


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-01-02T03:04:05Z", "2023-01-02 03:04:05.000000"),
        ("2023-01-02T03:04:05.123456789Z", "2023-01-02 03:04:05.123456"),
        ("2023-01-02t03:04:05z", "2023-01-02 03:04:05.000000"),
        ("2023-01-02T03:04:05+03:00", "2023-01-02 00:04:05.000000"),
        ("2023-01-02T03:04:05+03", "2023-01-02 00:04:05.000000"),
        ("2023-01-02T03:04:05 +0300", "2023-01-02 00:04:05.000000"),
        ("2023-01-02T03:04:05", "2023-01-02 03:04:05.000000"),
        ("2023-01-02 03:04:05", "2023-01-02 03:04:05.000000"),
        ("2023-01-02 03:04:05 UTC", "2023-01-02 03:04:05.000000"),
        ("2023-01-02", "2023-01-02 00:00:00.000000"),
        ("2023/01/02 03:04:05", "2023-01-02 03:04:05.000000"),
        ("2023/1/2", "2023-01-02 00:00:00.000000"),
        ("Mon, 02 Jan 2023 03:04:05 GMT", "2023-01-02 03:04:05.000000"),
        ("02 Jan 2023 03:04:05 +0300", "2023-01-02 00:04:05.000000"),
        ("1672628645", "2023-01-02 03:04:05.000000"),
        ("1672628645123", "2023-01-02 03:04:05.123000"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31 23:59:59.500000"),
        ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00.000000"),
    ],
)
def test_forms(text: str, expected: str) -> None:
    moment = timestamps.parse(text)
    assert moment is not None
    assert timestamps.text_of(moment) == expected


@pytest.mark.parametrize(
    "text", ["yesterday", "", " ", "2023-02-30", "2023-01-02T25:00:00Z", "9" * 5000, "\0", "é", "a b", "-1", "2023-"]
)
def test_what_is_no_time(text: str) -> None:
    assert timestamps.parse(text) is None


@pytest.mark.parametrize("text", ["2025-01-01T00:00:00", "2025-01-01", "1672628645", "2025-01-01T00:00Z", ""])
def test_strict_times_need_everything(text: str) -> None:
    assert timestamps.parse_rfc3339(text) is None


def moment_of(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)


def test_without_a_timestamp_it_is_the_receipt(capture: CaptureProcess) -> None:
    capture.event()
    line = capture.stored_event()
    assert line.ts == line.now
    assert abs(moment_of(line.now) - datetime.now(UTC)) < timedelta(seconds=60)


def test_without_the_senders_clock_a_timestamp_is_taken_as_given(capture: CaptureProcess) -> None:
    capture.event(timestamp="2023-01-02T03:04:05.678901Z")
    assert capture.stored_event().ts == "2023-01-02 03:04:05.678901"


def batch(sent_at: str, **event: object) -> dict[str, object]:
    return {"api_key": TOKEN, "sent_at": sent_at, "batch": [{"event": "x", "distinct_id": "a", **event}]}


def test_the_senders_clock_is_corrected(capture: CaptureProcess) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)
    capture.send(batch(ahead.isoformat(), timestamp=(ahead - timedelta(seconds=10)).isoformat()))
    line = capture.stored_event()
    assert moment_of(line.now) - moment_of(line.ts) == timedelta(seconds=10)


def test_the_correction_can_be_refused(capture: CaptureProcess) -> None:
    capture.send(batch("2023-06-01T00:00:00Z", timestamp="2023-01-02T03:04:05Z", properties={"$ignore_sent_at": True}))
    assert capture.stored_event().ts == "2023-01-02 03:04:05.000000"


@pytest.mark.parametrize("name", ["_", "sent_at", "_=soon&sent_at"])
def test_the_senders_clock_in_the_query(capture: CaptureProcess, name: str) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    milliseconds = int(ahead.timestamp() * 1000)
    timestamp = datetime.fromtimestamp(milliseconds / 1000, UTC) - timedelta(seconds=10)
    event = {"api_key": TOKEN, "event": "x", "distinct_id": "a", "timestamp": timestamp.isoformat()}
    capture.send(event, path=f"/e/?{name}={milliseconds}")
    line = capture.stored_event()
    assert moment_of(line.now) - moment_of(line.ts) == timedelta(seconds=10)


@pytest.mark.parametrize("text", ["soon", "0", "-5", "1577836800000", "99999999999999999999", ""])
def test_a_clock_in_the_query_that_makes_no_sense_is_ignored(capture: CaptureProcess, text: str) -> None:
    event = {"api_key": TOKEN, "event": "x", "distinct_id": "a", "timestamp": "2023-01-02T03:04:05Z"}
    assert capture.send(event, path=f"/e/?_={text}").status_code == 200
    assert capture.stored_event().ts == "2023-01-02 03:04:05.000000"


def test_an_offset_counts_back_from_the_receipt(capture: CaptureProcess) -> None:
    capture.event(offset=5000, timestamp="2023-01-02T03:04:05Z")
    line = capture.stored_event()
    assert moment_of(line.now) - moment_of(line.ts) == timedelta(seconds=5)


def test_an_event_from_the_future_happened_at_its_receipt(capture: CaptureProcess) -> None:
    capture.event(timestamp=(datetime.now(UTC) + timedelta(days=2)).isoformat())
    line = capture.stored_event()
    assert line.ts == line.now


def test_less_than_a_day_ahead_is_believed(capture: CaptureProcess) -> None:
    capture.event(timestamp="2023-01-02T03:04:05Z", offset=-3_600_000)
    line = capture.stored_event()
    assert moment_of(line.ts) - moment_of(line.now) == timedelta(hours=1)


def test_a_year_before_all_calendars_becomes_1970(capture: CaptureProcess) -> None:
    capture.event(offset=10**18)
    capture.event(offset=1e308)
    capture.event(timestamp="-0044-03-15T12:00:00Z")
    capture.event(timestamp="-010000-01-01T00:00:00Z")
    assert [line.ts for line in capture.stored()] == ["1970-01-01 00:00:00.000000"] * 4


def test_a_timestamp_that_is_none_is_warned_about(capture: CaptureProcess) -> None:
    assert capture.event(timestamp="yesterday").status_code == 200
    warning, event = capture.new_lines()
    assert event.ts == event.now
    assert (warning.r, warning.drop, warning.u) == ("ignored_invalid_timestamp", False, event.u)
    assert bytes(warning.w) == b'{"timestamp":"yesterday"}'
