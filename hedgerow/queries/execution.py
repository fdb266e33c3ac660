"""Running compiled queries in the event store: read-only, within limits, and so that they can be found and stopped.

Every statement carries the tag of the run it belongs to as its log comment; by it the engine tells how far the run is,
and kills it.
"""

import contextvars
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from hedgerow.eventstore.client import Rows, event_store
from hedgerow.hogql.compile import CompiledQuery
from hedgerow.queries.errors import query_errors
from hedgerow.settings import MEBIBYTE, Settings

PARALLEL_STATEMENTS = 4
"""How many statements of insights run at the same time in a process, beside those their callers run themselves."""

LARGEST_RESULT = 128 * MEBIBYTE
"""Bytes of rows a statement may give, as all of them are held in memory, more than once while they are encoded."""

_MANY_ROWS = 1_000
_ROWS_OF_A_BLOCK = 2_048
"""Where many rows may come, they come in small blocks, so that not even one of them is large."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may use; `memory` in bytes, `rows_read` 0 for no limit."""

    seconds: float
    memory: int
    rows_read: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the statements of a run are; time in seconds, processor time in microseconds."""

    rows_read: int
    bytes_read: int
    estimated_rows_total: int
    time_elapsed: int
    active_cpu_time: int


def configured_limits(*, background: bool = False) -> Limits:
    """The limits of a query somebody waits for, or of one in the background."""
    configured: Settings = settings.HEDGEROW
    seconds = configured.query_max_background_seconds if background else configured.query_max_seconds
    return Limits(seconds, configured.query_memory, configured.query_max_rows_read)


def execute(query: CompiledQuery, limits: Limits, tag: str = "") -> Rows:
    """The rows of a query; raises `QueryError` when the query is at fault or over its limits, else `QueryFailure`."""
    with query_errors():
        wanted = {**query.settings, **_statement_settings(limits, tag)}
        if query.limit is not None and query.limit > _MANY_ROWS:
            wanted["max_block_size"] = _ROWS_OF_A_BLOCK
        return event_store().query(query.sql, query.parameters, wanted, max_bytes=LARGEST_RESULT)


def execute_all(queries: Sequence[CompiledQuery], limits: Limits, tag: str = "") -> list[Rows]:
    """The rows of several queries, which run at the same time; raises as `execute` does."""
    if len(queries) < 2:
        return [execute(query, limits, tag) for query in queries]
    others = [_threads().submit(contextvars.copy_context().run, execute, query, limits, tag) for query in queries[1:]]
    try:
        first = execute(queries[0], limits, tag)
        return [first, *(other.result() for other in others)]
    finally:
        for other in others:
            other.cancel()


def stream(query: CompiledQuery, limits: Limits, tag: str = "") -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows of a query, some at a time: however many there are, memory stays the same. Raises as `execute` does.

    What has to be sorted or grouped is put on disk where it is large.
    """
    on_disk = limits.memory // 4
    wanted = {
        **query.settings,
        **_statement_settings(limits, tag),
        "max_block_size": _ROWS_OF_A_BLOCK,
        "max_bytes_before_external_sort": on_disk,
        "max_bytes_before_external_group_by": on_disk,
    }
    with query_errors(), event_store().blocks(query.sql, query.parameters, wanted) as blocks:
        yield from blocks


def explain(query: CompiledQuery, limits: Limits) -> list[str]:
    """The engine's plan of a query, a line each."""
    with query_errors():
        wanted = {**query.settings, **_statement_settings(limits, "")}
        rows = event_store().query(f"EXPLAIN {query.sql}", query.parameters, wanted)
    return [str(line) for (line,) in rows.rows]


def kill(tag: str) -> None:
    """Stop the statements of a run, if there are any; returns without waiting for their end."""
    with query_errors():
        event_store().command("KILL QUERY WHERE Settings['log_comment'] = {tag:String} ASYNC", {"tag": tag})


def progress(tag: str) -> Progress | None:
    """How far a run is; None when none of its statements runs at the moment."""
    with query_errors():
        rows = event_store().query(
            "SELECT count(), sum(read_rows), sum(read_bytes), sum(total_rows_approx), toUInt64(max(elapsed)),"
            " sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) FROM system.processes"
            " WHERE Settings['log_comment'] = {tag:String}",
            {"tag": tag},
        )
    count, *figures = rows.rows[0]
    return Progress(*figures) if count else None


def _statement_settings(limits: Limits, tag: str) -> dict[str, object]:
    wanted: dict[str, object] = {
        "readonly": 1,
        "max_execution_time": limits.seconds,
        "timeout_overflow_mode": "throw",
        "max_memory_usage": limits.memory,
        "log_comment": tag,
    }
    if limits.rows_read:
        wanted["max_rows_to_read"] = limits.rows_read
    return wanted


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PARALLEL_STATEMENTS, thread_name_prefix="statement")
