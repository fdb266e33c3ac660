"""The log of queries: a row for each time a query was computed, told to its own project as the table `query_log`.

Rows are gathered for a second and stored together, as single rows would cost the event store far more than they tell.
"""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import orjson
import structlog

from hedgerow.eventstore.client import event_store
from hedgerow.eventstore.errors import EventStoreError

log = structlog.get_logger(__name__)

STORED_EVERY_SECONDS = 1.0
MOST_WAITING = 10_000
"""Rows that wait while the event store cannot take them; more are dropped, as nobody's answer depends on them."""
MAX_QUERY = 20_000
"""Characters of a query that are kept."""

_COLUMNS = (
    "team_id, query_start_time, query_id, name, kind, query, created_by, query_duration_ms, result_rows, status,"
    " exception"
)


@dataclass(slots=True)
class QueryRecord:
    """One run of a query; `status` is `finished` or `failed`, `exception` says why in words for its author."""

    team_id: int
    query_start_time: datetime
    query_id: str
    kind: str
    query: str
    query_duration_ms: int
    name: str = ""
    created_by: int | None = None
    result_rows: int = 0
    status: str = "finished"
    exception: str = ""

    def line(self) -> bytes:
        """The row as the event store takes it."""
        row = {name: getattr(self, name) for name in _COLUMNS.split(", ")}
        row["query"] = self.query[:MAX_QUERY]
        row["query_start_time"] = self.query_start_time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return orjson.dumps(row)


@dataclass
class QueryLog:
    """Rows on their way into the event store."""

    _waiting: list[QueryRecord] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _storing: threading.Lock = field(default_factory=threading.Lock)
    _timer: threading.Timer | None = None

    def add(self, record: QueryRecord) -> None:
        """Have a row stored soon."""
        with self._lock:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(record)
            if self._timer is None:
                self._timer = threading.Timer(STORED_EVERY_SECONDS, self.store)
                self._timer.daemon = True
                self._timer.start()

    def store(self) -> None:
        """Store what waits. When the event store cannot take it, it is dropped and that is logged."""
        with self._storing:
            with self._lock:
                rows, self._waiting, self._timer = self._waiting, [], None
            if not rows:
                return
            lines = b"\n".join(row.line() for row in rows).decode()
            try:
                event_store().command(f"INSERT INTO query_log ({_COLUMNS}) FORMAT JSONEachRow\n{lines}")
            except EventStoreError as error:
                log.warning("query_log_not_stored", rows=len(rows), error=str(error))


@cache
def query_log() -> QueryLog:
    """The log of this process."""
    return QueryLog()
