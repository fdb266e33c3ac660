"""One loader at a time for each spool, whatever number of app processes there are."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0


@contextmanager
def one_loader(lock: Path, stop: threading.Event) -> Iterator[bool]:
    """Hold the lock of a loader; waits for another loader's end. False: `stop` came first."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                log.warning("another loader works on this data directory; waiting for its end", lock=lock.name)
                if stop.wait(_LOOK_SECONDS):
                    yield False
                    return
        yield True
