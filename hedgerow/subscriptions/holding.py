"""One at a time: nobody else goes on with a run while somebody is at it.

A job's lease is not enough: when the clock jumps, or a process stands still for a while, a job that is being done looks
abandoned and another worker takes it up. What is held here ends only with whoever holds it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

_held: set[UUID] = set()
_lock = threading.Lock()


@contextmanager
def held(delivery_id: UUID) -> Iterator[bool]:
    """Hold a run as long as this is entered; whether it is ours. With PostgreSQL this holds for all processes."""
    with _lock:
        is_ours = delivery_id not in _held
        _held.add(delivery_id)
    if not is_ours:
        yield False
        return
    try:
        with _held_in_database(delivery_id) as is_ours:
            yield is_ours
    finally:
        with _lock:
            _held.discard(delivery_id)


@contextmanager
def _held_in_database(delivery_id: UUID) -> Iterator[bool]:
    """SQLite has one process doing jobs. A lock of PostgreSQL goes with the connection, and so with the process."""
    if connection.vendor != "postgresql":
        yield True
        return
    number = delivery_id.int & (2**63 - 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
