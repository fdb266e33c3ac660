"""Statements to the event store and what comes back."""

import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hedgerow.eventstore.client import (
    EventStore,
    EventStoreError,
    EventStoreUnavailable,
    QueryMemory,
    QueryTimeout,
    QueryTooLarge,
)
from hedgerow.eventstore.schema import statements


def test_values_are_bound_and_never_part_of_the_statement(event_store: EventStore) -> None:
    for value in ("'", '"; DROP TABLE events', "\\", "tab\t", "new\nline", "é日本👩‍💻", "{x:String}", "", "%s"):
        rows = event_store.query("SELECT {value:String}, {list:Array(String)}", {"value": value, "list": [value]})
        assert rows.rows == [(value, [value])]


def test_a_result_names_its_columns_and_types(event_store: EventStore) -> None:
    rows = event_store.query(
        "SELECT 1 AS one, {at:DateTime64(6, 'UTC')} AS at, at::DateTime64(6, 'Europe/Berlin') AS there, NULL AS none",
        {"at": "2026-07-01 10:00:00.000001"},
    )
    assert rows.columns == ["one", "at", "there", "none"]
    assert rows.types == ["UInt8", "DateTime64(6, 'UTC')", "DateTime64(6, 'Europe/Berlin')", "Nullable(Nothing)"]
    at = datetime(2026, 7, 1, 10, 0, 0, 1, UTC)
    assert rows.rows == [(1, at, at, None)]
    assert rows.rows[0][2].tzinfo == ZoneInfo("Europe/Berlin")


def test_a_long_result_comes_in_blocks(event_store: EventStore) -> None:
    with event_store.blocks("SELECT number FROM numbers({n:UInt64})", {"n": 200_000}) as blocks:
        assert sum(number for block in blocks for (number,) in block) == sum(range(200_000))


def test_a_result_that_is_too_large_is_not_read_to_its_end(event_store: EventStore) -> None:
    wide = "SELECT number, [repeat('x', 1000)] AS text FROM numbers({n:UInt64})"
    small_blocks = {"max_block_size": 100}
    assert len(event_store.query(wide, {"n": 900}, small_blocks, max_bytes=1_000_000).rows) == 900
    with pytest.raises(QueryTooLarge):
        event_store.query(wide, {"n": 1_000_000_000}, small_blocks, max_bytes=1_000_000)
    assert event_store.query("SELECT 1", max_bytes=100).rows == [(1,)]


def test_queries_of_several_threads_run_at_the_same_time(event_store: EventStore) -> None:
    together = threading.Barrier(4)
    results: list[int] = []

    def ask(number: int) -> None:
        together.wait()
        ((found,),) = event_store.query("SELECT max(number) FROM numbers({n:UInt64})", {"n": number}).rows
        results.append(found + 1 - number)

    threads = [threading.Thread(target=ask, args=(1_000_000 + number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("sql", "settings", "error", "code"),
    [
        ("SELECT nothing", {}, EventStoreError, 47),
        ("SELECT toUInt8('x')", {}, EventStoreError, 6),
        ("SELECT 1 FROM nowhere", {}, EventStoreUnavailable, 60),
        ("SELECT sum(sipHash64(number)) FROM system.numbers", {"max_execution_time": 0.2}, QueryTimeout, 159),
        (
            "SELECT groupArray(toString(number)) FROM numbers(10000000)",
            {"max_memory_usage": 20_000_000},
            QueryMemory,
            241,
        ),
        ("SELECT sum(number) FROM numbers(1000000)", {"max_rows_to_read": 10}, QueryTooLarge, 158),
    ],
)
def test_errors_tell_what_to_do_about_them(
    event_store: EventStore, sql: str, settings: dict[str, object], error: type[EventStoreError], code: int
) -> None:
    with pytest.raises(EventStoreError) as raised:
        event_store.query(sql, settings=settings)
    assert type(raised.value) is error
    assert raised.value.code == code
    assert not raised.value.message.startswith("Code:")


def test_each_schema_file_is_applied_once(event_store: EventStore) -> None:
    event_store.apply_schema()
    event_store.apply_schema()
    applied = event_store.query("SELECT name FROM schema_changes ORDER BY name").rows
    assert [name for (name,) in applied] == sorted(statements())
