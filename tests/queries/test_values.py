"""How values of the event store look in answers."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import IPv4Address
from zoneinfo import ZoneInfo

from hedgerow.queries.values import plain_rows


def plain(value: object, type_name: str, timezone: str = "UTC") -> object:
    return plain_rows([(value,)], [type_name], timezone)[0][0]


def test_datetimes_are_told_in_the_projects_zone() -> None:
    at = datetime(2024, 7, 1, 12, 0, 0, 123456, UTC)
    assert plain(at, "DateTime64(6, 'UTC')") == "2024-07-01T12:00:00.123456Z"
    assert plain(at, "DateTime64(6, 'UTC')", "America/New_York") == "2024-07-01T08:00:00.123456-04:00"
    assert plain(at, "Nullable(DateTime)", "Asia/Kolkata") == "2024-07-01T17:30:00.123456+05:30"
    assert plain(at.replace(tzinfo=ZoneInfo("Asia/Tokyo")), "DateTime64(6, 'Asia/Tokyo')") == (
        "2024-07-01T03:00:00.123456Z"
    )
    assert plain(date(2024, 7, 1), "Date") == "2024-07-01"


def test_numbers_that_json_cannot_write_become_null_or_text() -> None:
    assert plain(float("nan"), "Float64") is None
    assert plain(float("inf"), "Nullable(Float64)") is None
    assert plain(1.5, "Float64") == 1.5
    assert plain(2**64 - 1, "UInt64") == 2**64 - 1
    assert plain(2**70, "Int256") == str(2**70)
    assert plain(Decimal("1.50"), "Decimal(18, 2)") == "1.50"
    assert plain([(float("nan"), 1)], "Array(Tuple(Float64, UInt8))") == [[None, 1]]


def test_other_types() -> None:
    some = uuid.uuid4()
    assert plain(some, "UUID") == str(some)
    assert plain(None, "Nullable(UUID)") is None
    assert plain((1, "a"), "Tuple(UInt8, String)") == [1, "a"]
    assert plain({1: some}, "Map(UInt8, UUID)") == {"1": str(some)}
    assert plain(b"ab\0\0", "FixedString(4)") == "ab"
    assert plain(IPv4Address("10.0.0.1"), "IPv4") == "10.0.0.1"
    assert plain([datetime(2024, 1, 1)], "Array(DateTime)") == ["2024-01-01T00:00:00Z"]
    assert plain("x", "LowCardinality(Nullable(String))") == "x"
    assert plain(True, "Bool") is True
