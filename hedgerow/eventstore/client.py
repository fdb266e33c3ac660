"""The connection to the event store: chDB inside this process, or a ClickHouse server, by one interface.

chDB lets one process open a directory, and one directory be opened by a process; within it any number of clients work
at the same time, each on one statement. So a store keeps a pool of clients, one for each statement that is running.
"""

import atexit
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from django.conf import settings

from hedgerow.eventstore.errors import (
    RESULT_TOO_LARGE,
    EventStoreError,
    EventStoreUnavailable,
    QueryMemory,
    QueryTimeout,
    QueryTooLarge,
    error_for,
)
from hedgerow.eventstore.schema import statements
from hedgerow.settings import MEBIBYTE, Settings

__all__ = [
    "EventStore",
    "EventStoreError",
    "EventStoreUnavailable",
    "QueryMemory",
    "QueryTimeout",
    "QueryTooLarge",
    "Rows",
    "event_store",
]

# The engine would take gigabytes for caches before it gives anything back; the page cache of the system serves as well.
_EMBEDDED_ENGINE = {
    "mark_cache_size": 64 * MEBIBYTE,
    "primary_index_cache_size": 64 * MEBIBYTE,
    "index_mark_cache_size": 32 * MEBIBYTE,
    "query_condition_cache_size": 16 * MEBIBYTE,
}


@dataclass(frozen=True)
class Rows:
    """What a query gave back.

    `types` are ClickHouse's names. Dates with time are aware and in the zone of the column, or in UTC where the column
    names none; the embedded engine leaves the zone out of `DateTime('zone')` (not of `DateTime64`): those come in UTC.
    """

    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


class EventStore:
    """The event store of one server. Safe to use from many threads."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before the first statement."""
        self._settings = settings
        self._idle: list[Client] = []
        self._lock = threading.Lock()
        self._closed = False

    @property
    def is_embedded(self) -> bool:
        """Whether the engine runs in this process and so reads this machine's files."""
        return not self._settings.clickhouse_url

    def query(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        settings: Mapping[str, object] | None = None,
        *,
        max_bytes: int | None = None,
    ) -> Rows:
        """The rows of a SELECT; `parameters` are bound by the server where the text says `{name:Type}`.

        `settings` are added as a SETTINGS clause, so the text must not end with one of its own. Rows of more than about
        `max_bytes` are not read to their end: `QueryTooLarge`. Raises `EventStoreError` or what is derived from it.
        """
        values, wanted = dict(parameters or {}), dict(settings or {})
        with self._client() as client:
            if max_bytes is None:
                result = client.query(sql, parameters=values, settings=wanted)
                rows = [tuple(row) for row in result.result_rows]
            else:
                with client.query_column_block_stream(sql, parameters=values, settings=wanted) as stream:
                    result, rows = stream.source, _collected(stream, max_bytes)
            columns = list(result.column_names)
            types = [column_type.name for column_type in result.column_types]
            if not columns:
                # The embedded engine leaves out the columns, too, of an answer without rows.
                described = client.query(f"DESCRIBE TABLE ({sql})", parameters=values)
                return Rows([row[0] for row in described.result_rows], [row[1] for row in described.result_rows], [])
            return Rows(columns, types, rows)

    @contextmanager
    def blocks(
        self, sql: str, parameters: Mapping[str, object] | None = None, settings: Mapping[str, object] | None = None
    ) -> Iterator[Iterator[Sequence[tuple[Any, ...]]]]:
        """The rows of a SELECT of any length, some at a time, while the context lasts; otherwise as `query`."""
        values, wanted = dict(parameters or {}), dict(settings or {})
        with self._client() as client, client.query_row_block_stream(sql, parameters=values, settings=wanted) as stream:
            yield stream

    def command(
        self, sql: str, parameters: Mapping[str, object] | None = None, settings: Mapping[str, object] | None = None
    ) -> None:
        """Run a statement that gives no rows (INSERT … SELECT, ALTER, CREATE); raises as `query` does."""
        with self._client() as client:
            client.command(sql, parameters=dict(parameters or {}), settings=dict(settings or {}))

    def insert_lines(self, table: str, lines: bytes, settings: Mapping[str, object] | None = None) -> None:
        """Insert JSON objects, one a line, that name the table's columns; raises as `query` does."""
        with self._client() as client:
            client.raw_insert(table, insert_block=lines, fmt="JSONEachRow", settings=dict(settings or {}))

    def insert_body(self, sql: str, body: bytes, parameters: Mapping[str, object] | None = None) -> None:
        """Run an `INSERT … SELECT … FROM input(…) FORMAT JSONEachRow` of a ClickHouse server; `body` is its input."""
        with self._client() as client:
            client.command(sql, parameters=dict(parameters or {}), data=body)

    def apply_schema(self) -> None:
        """Bring the tables up to date: each numbered file of `schema/` once, in order."""
        self.command(
            "CREATE TABLE IF NOT EXISTS schema_changes (name String, applied_at DateTime DEFAULT now())"
            " ENGINE = MergeTree ORDER BY name"
        )
        applied = {name for (name,) in self.query("SELECT name FROM schema_changes").rows}
        for name, texts in statements().items():
            if name in applied:
                continue
            for text in texts:
                self.command(text)
            self.command("INSERT INTO schema_changes (name) SELECT {name:String}", {"name": name})

    def close(self) -> None:
        """Close every client that is not at work; those at work are closed when they finish."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for client in idle:
            client.close()

    @contextmanager
    def _client(self) -> Iterator[Client]:
        with self._lock:
            if self._closed:
                raise EventStoreUnavailable("the event store is closed")
            client = self._idle.pop() if self._idle else None
        try:
            if client is None:
                client = self._connect()
            yield client
        except ClickHouseError as error:
            raise error_for(str(error), getattr(error, "code", None)) from error
        finally:
            if client is not None:
                self._give_back(client)

    def _give_back(self, client: Client) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(client)
                return
        client.close()

    def _connect(self) -> Client:
        if self.is_embedded:
            directory = self._settings.event_store_dir
            directory.mkdir(parents=True, exist_ok=True)
            settings: dict[str, object] = {"session_timezone": "UTC"}
            if self._settings.event_store_threads:
                settings["max_threads"] = self._settings.event_store_threads
            return clickhouse_connect.get_client(
                interface="chdb",
                path=str(directory),
                chdb_options=dict(_EMBEDDED_ENGINE),
                settings=settings,
                tz_mode="aware",
            )
        return clickhouse_connect.get_client(
            dsn=self._settings.clickhouse_url,
            settings={"session_timezone": "UTC"},
            autogenerate_session_id=False,
            tz_mode="aware",
        )


def _collected(blocks: Iterable[Sequence[Sequence[Any]]], max_bytes: int) -> list[tuple[Any, ...]]:
    """The rows of blocks of columns, as long as they are not too large."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    for columns in blocks:
        size += sum(_size(column) for column in columns)
        if size > max_bytes:
            raise QueryTooLarge(f"the rows have more than {max_bytes} bytes", RESULT_TOO_LARGE)
        rows.extend(zip(*columns, strict=True))
    return rows


def _size(values: Iterable[Any]) -> int:
    """About how many bytes values take: text by its length, everything else like a number."""
    size = 0
    for value in values:
        if isinstance(value, str | bytes):
            size += len(value)
        elif isinstance(value, Mapping):
            size += _size(value) + _size(value.values())
        elif isinstance(value, list | tuple):
            size += _size(value)
        else:
            size += 8
    return size


@cache
def event_store() -> EventStore:
    """The process's one event store, made at first use from the settings Django runs with."""
    store = EventStore(settings.HEDGEROW)
    atexit.register(store.close)
    return store
