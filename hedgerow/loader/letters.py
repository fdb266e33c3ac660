"""Dead letters (events that could not be stored) and ingestion warnings, from a batch into the event store."""

from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.json_columns import JSON_SETTINGS
from hedgerow.loader.batches import Batch
from hedgerow.loader.plan import InsertPlan
from hedgerow.spool.lines import NOT_AN_EVENT, Line

REFUSED = "refused_by_event_store"
UNRECORDABLE = "refused_by_records"
PROJECT_DELETED = "project_deleted"

Row = dict[str, Any]
Table = Literal["dead_letters", "ingestion_warnings"]


def insert_letters(event_store: EventStore, batch: Batch, plan: InsertPlan) -> int:
    """Store the dead letters and warnings of a batch; the number of dead letters. A repeat stores nothing."""
    dead_letters: list[Row] = []
    warnings: list[Row] = []
    for line in batch.lines:
        if line.k == NOT_AN_EVENT:
            details = bytes(line.w).decode() or "{}"
            warnings.append(_warning(line, line.r, details))
            if line.drop:
                dead_letters.append(_dead_letter(line, line.r, details, line.raw))
    for refusal in plan.refused:
        line = batch.lines[refusal.line]
        details = line_details(line, refusal.reason)
        warnings.append(_warning(line, refusal.type, details))
        dead_letters.append(_dead_letter(line, refusal.type, details, bytes(line.p).decode()))
    warnings.extend(_warning(batch.lines[one.line], one.type, one.details) for one in plan.warnings)
    _insert(event_store, batch, "dead_letters", dead_letters)
    _insert(event_store, batch, "ingestion_warnings", warnings)
    return len(dead_letters)


def line_details(line: Line, reason: str) -> str:
    """What is told of an event, as JSON."""
    return orjson.dumps({"eventUuid": line.u, "event": line.e, "reason": reason}).decode()


def _insert(event_store: EventStore, batch: Batch, table: Table, rows: list[Row]) -> None:
    if rows:
        settings = {**JSON_SETTINGS, "insert_deduplication_token": f"{batch.plan.token}-{table}"}
        event_store.insert_lines(table, b"\n".join(map(orjson.dumps, rows)), settings)


def _dead_letter(line: Line, reason: str, details: str, raw: str) -> Row:
    return {
        "team_id": line.t,
        "received_at": _received_at(line),
        "reason": reason,
        "event_uuid": line.u,
        "distinct_id": line.d,
        "event": line.e,
        "details": details,
        "raw": raw,
    }


def _warning(line: Line, warning_type: str, details: str) -> Row:
    return {
        "team_id": line.t,
        "timestamp": _received_at(line),
        "type": warning_type,
        "event_uuid": line.u,
        "distinct_id": line.d,
        "details": details,
    }


def _received_at(line: Line) -> str:
    """When the line's event came in; the present for a line that does not say so."""
    try:
        datetime.fromisoformat(line.now)
    except ValueError:
        return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return line.now
