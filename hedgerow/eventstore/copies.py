"""Copies of records in the event store: queued with the change itself, copied afterwards, the newest version wins.

Rows wait in the outbox (`PendingCopy`) until the event store has them, so a copy is late at worst, never lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Literal

import msgspec
import structlog

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.errors import EventStoreError, is_fault_of_data
from hedgerow.eventstore.json_columns import JSON_SETTINGS
from hedgerow.eventstore.models import PendingCopy

CopiedTable = Literal["persons", "person_distinct_ids", "person_overrides", "groups"]

_QUEUED_TOGETHER = 1_000
_COPIED_TOGETHER = 20
"""Outbox entries read at once, each of up to `_QUEUED_TOGETHER` rows."""

log = structlog.get_logger(__name__)


def enqueue(table: CopiedTable, rows: Iterable[Mapping[str, Any]]) -> None:
    """Queue rows for a table of the event store; call it in the transaction that changes the records.

    A row names the table's columns. Times are text in UTC as `YYYY-MM-DD hh:mm:ss.ffffff`, uuids are text, `properties`
    is an object and `properties_raw` its JSON text.
    """
    lines = (msgspec.json.encode(row).decode() for row in rows)
    PendingCopy.objects.bulk_create(PendingCopy(table=table, rows="\n".join(chunk)) for chunk in _chunks(lines))


def flush(event_store: EventStore) -> int:
    """Copy every queued row to the event store, then forget it; the number of rows copied.

    A crash in between copies rows twice, which changes nothing as their version is the same. Raises `EventStoreError`
    when the event store cannot take rows now; a row that it refuses for what is in it is logged and left out.
    """
    copied = 0
    while pending := list(PendingCopy.objects.order_by("pk")[:_COPIED_TOGETHER]):
        lines: dict[str, list[str]] = {}
        for entry in pending:
            lines.setdefault(entry.table, []).extend(entry.rows.split("\n"))
        for table, rows in lines.items():
            copied += _copy(event_store, table, rows)
        PendingCopy.objects.filter(pk__in=[entry.pk for entry in pending]).delete()
    return copied


def _copy(event_store: EventStore, table: str, rows: list[str]) -> int:
    try:
        event_store.insert_lines(table, "\n".join(rows).encode(), JSON_SETTINGS)
    except EventStoreError as error:
        if not is_fault_of_data(error):
            raise
        if len(rows) > 1:
            middle = len(rows) // 2
            return _copy(event_store, table, rows[:middle]) + _copy(event_store, table, rows[middle:])
        log.error("a copy was refused", table=table, row=rows[0][:1000], reason=error.message)
        return 0
    return len(rows)


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(lines)
    while chunk := list(islice(rest, _QUEUED_TOGETHER)):
        yield chunk
