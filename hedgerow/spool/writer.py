"""Group commit: many requests' lines become one write and one `fdatasync`, done by a thread beside the event loop.

While the thread waits for the disk, the next requests queue; they share the next write. The thread also closes segments
by size and age, and refuses lines when the disk or the spool is too full. It sleeps while there is nothing to do.
"""

import asyncio
import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import structlog

from hedgerow.spool.segments import EVENT_LANES, Lane, Segment, recover_segments, waiting_bytes

log = structlog.get_logger(__name__)

SPACE_CHECK_SECONDS = 0.5
"""How old the knowledge of free space and of waiting segments may be."""
CLOSE_RETRY_SECONDS = 1.0
"""Pause before a segment that could not be closed is tried again."""
MAX_QUEUED_BYTES = 256 * 1024 * 1024
"""More than this waiting for the disk is refused, so that a stalled disk does not fill the memory."""


class SpoolUnavailableError(Exception):
    """The lines are not on disk; the sender should keep them and try again."""


class _Append(NamedTuple):
    lane: Lane
    data: bytes
    done: asyncio.Future[None]


class SpoolWriter:
    """Writes the segments of one process. Start it in a running event loop; use it from that loop only."""

    def __init__(
        self,
        spool_dir: Path,
        worker: int,
        *,
        segment_bytes: int,
        segment_seconds: float,
        max_waiting_bytes: int,
        min_free_bytes: int,
        lanes: tuple[Lane, ...] = EVENT_LANES,
        on_sync: Callable[[float, int], None] = lambda seconds, size: None,
    ) -> None:
        """Lines go to these `lanes` only, and only what waits in these counts as waiting.

        `on_sync` is told, in the writer's thread, how long each group took and how many bytes it had.
        """
        self._spool_dir = spool_dir
        self._worker = worker
        self._segment_bytes = segment_bytes
        self._segment_seconds = segment_seconds
        self._lanes = lanes
        self._room = _Room(spool_dir, lanes, max_waiting_bytes, min_free_bytes)
        self._on_sync = on_sync
        self._queue: queue.SimpleQueue[list[_Append] | None] = queue.SimpleQueue()
        self._gathered: list[_Append] = []
        self._queued_bytes = 0
        self._segments: dict[Lane, _OpenSegment] = {}
        self._last_name = (0, 0)
        self._thread = threading.Thread(target=self._run, name="spool writer", daemon=True)

    def start(self) -> None:
        """Close what a dead process left behind, then begin to write."""
        self._loop = asyncio.get_running_loop()
        try:
            for path in recover_segments(self._spool_dir, self._lanes):
                log.info("closed a segment left open", segment=path.name)
        except OSError as error:
            log.error("segments left open could not be closed", reason=str(error))
        self._thread.start()

    def append(self, data: bytes, lane: Lane = "live") -> asyncio.Future[None]:
        """Have whole lines written; the future is done once they are on disk.

        It fails with `SpoolUnavailableError` when they are not: disk full or broken, too much waiting to be loaded.
        """
        done: asyncio.Future[None] = self._loop.create_future()
        if self._queued_bytes > MAX_QUEUED_BYTES:
            done.set_exception(SpoolUnavailableError("too much waits for the disk"))
            return done
        self._queued_bytes += len(data)
        if not self._gathered:
            self._loop.call_soon(self._hand_over)
        self._gathered.append(_Append(lane, data, done))
        return done

    def refusal(self) -> str | None:
        """Why lines would be refused now for want of room, None if they would not."""
        return self._room.refusal()

    async def stop(self) -> None:
        """Write what is queued, close the segments, end the thread."""
        self._hand_over()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        """Give the thread what this turn of the event loop gathered; waking it for each request would cost more."""
        if self._gathered:
            self._queue.put(self._gathered)
            self._gathered = []

    def _run(self) -> None:
        stopping = False
        while not stopping:
            appends: list[_Append] = []
            with contextlib.suppress(queue.Empty):
                first = self._queue.get(timeout=self._next_close())
                for gathered in [first, *(self._queue.get_nowait() for _ in range(self._queue.qsize()))]:
                    if gathered is None:
                        stopping = True
                    else:
                        appends += gathered
            if appends:
                self._commit(appends)
            self._close_segments(everything=stopping)

    def _commit(self, appends: list[_Append]) -> None:
        """Write one group and answer for it."""
        for lane in self._lanes:
            group = [append for append in appends if append.lane == lane]
            if not group:
                continue
            error = self._write(lane, group)
            # The loop may be closed already when the process is stopping in a hurry.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._answer, group, error)

    def _write(self, lane: Lane, group: list[_Append]) -> SpoolUnavailableError | None:
        reason = self._room.refusal()
        if reason:
            return SpoolUnavailableError(reason)
        data = group[0].data if len(group) == 1 else b"".join([append.data for append in group])
        started = time.perf_counter()
        try:
            segment = self._segments.get(lane)
            if segment is None:
                segment = self._segments[lane] = self._open(lane)
            segment.file.append(data)
        except OSError as error:
            log.error("the spool cannot be written", reason=str(error))
            return SpoolUnavailableError(str(error))
        self._room.used(len(data))
        self._on_sync(time.perf_counter() - started, len(data))
        return None

    def _answer(self, group: list[_Append], error: SpoolUnavailableError | None) -> None:
        """Runs in the event loop."""
        for append in group:
            self._queued_bytes -= len(append.data)
            if append.done.done():  # the request was given up meanwhile
                continue
            if error is None:
                append.done.set_result(None)
            else:
                append.done.set_exception(error)

    def _open(self, lane: Lane) -> "_OpenSegment":
        # Names must rise even if the clock is set back.
        last_milliseconds, sequence = self._last_name
        self._last_name = (max(last_milliseconds, time.time_ns() // 1_000_000), sequence + 1)
        name = f"{self._last_name[0]:013d}-{self._worker}-{self._last_name[1]:09d}"
        segment = Segment(self._spool_dir / lane, name)
        return _OpenSegment(segment, close_at=time.monotonic() + self._segment_seconds)

    def _next_close(self) -> float | None:
        """Seconds until a segment is due; None while none is open."""
        if not self._segments:
            return None
        due = min(segment.close_at for segment in self._segments.values())
        return max(0.0, due - time.monotonic())

    def _close_segments(self, *, everything: bool) -> None:
        now = time.monotonic()
        for lane, segment in list(self._segments.items()):
            if everything or segment.close_at <= now or segment.file.size >= self._segment_bytes:
                try:
                    segment.file.close()
                    del self._segments[lane]
                except OSError as error:
                    log.error("a segment cannot be closed", segment=segment.file.path.name, reason=str(error))
                    segment.close_at = now + CLOSE_RETRY_SECONDS


class _OpenSegment:
    def __init__(self, file: Segment, close_at: float) -> None:
        self.file = file
        self.close_at = close_at


class _Room:
    """Whether there is room for more lines."""

    def __init__(self, spool_dir: Path, lanes: tuple[Lane, ...], max_waiting_bytes: int, min_free_bytes: int) -> None:
        self._spool_dir = spool_dir
        self._lanes = lanes
        self._max_waiting_bytes = max_waiting_bytes
        self._min_free_bytes = min_free_bytes
        self._waiting = 0
        self._free = 0
        self._checked = float("-inf")

    def refusal(self) -> str | None:
        """Why nothing may be written now, None if it may. Looks at the disk at most every `SPACE_CHECK_SECONDS`."""
        now = time.monotonic()
        if now - self._checked > SPACE_CHECK_SECONDS:
            try:
                self._spool_dir.mkdir(parents=True, exist_ok=True)
                space = os.statvfs(self._spool_dir)
                self._free = space.f_bavail * space.f_frsize
                self._waiting = waiting_bytes(self._spool_dir, self._lanes)
            except OSError as error:
                return str(error)
            self._checked = now
        if self._waiting > self._max_waiting_bytes:
            return f"{self._waiting} bytes wait to be loaded"
        if self._free < self._min_free_bytes:
            return f"{self._free} bytes are free on the disk"
        return None

    def used(self, size: int) -> None:
        """Count what was written since the last look."""
        self._waiting += size
        self._free -= size
