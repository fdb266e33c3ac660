"""What the endpoints of one capture process share."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from hedgerow.capture.errors import UnavailableError
from hedgerow.capture.http import Request
from hedgerow.capture.intake import Intake
from hedgerow.capture.metrics import Metrics
from hedgerow.capture.projects import ProjectDirectory
from hedgerow.capture.proxy import AppProxy
from hedgerow.settings import Settings
from hedgerow.spool.recording_lines import RecordingLine, encode_recording_lines
from hedgerow.spool.segments import RECORDING_LANES, Lane
from hedgerow.spool.writer import SpoolUnavailableError, SpoolWriter

Result = TypeVar("Result")

_IN_THREAD = 128 * 1024
"""A body from this size on is read in a thread, so that other requests are answered meanwhile."""


class Service:
    """Settings, projects, spool, counters and the way to the app of one process."""

    def __init__(self, settings: Settings, worker: int, app_socket: Path) -> None:
        self.settings = settings
        self.metrics = Metrics(worker)
        self.projects = ProjectDirectory(settings.projects_file)
        self.app = AppProxy(app_socket)
        self.writer = SpoolWriter(
            settings.spool_dir,
            worker,
            segment_bytes=settings.spool_segment_bytes,
            segment_seconds=settings.spool_segment_seconds,
            max_waiting_bytes=settings.spool_max_bytes,
            min_free_bytes=settings.spool_min_free_bytes,
            on_sync=self.metrics.sync,
        )
        self.recording_writer = SpoolWriter(
            settings.spool_dir,
            worker,
            segment_bytes=settings.spool_segment_bytes,
            segment_seconds=settings.recording_block_seconds,
            max_waiting_bytes=settings.recording_spool_max_bytes,
            min_free_bytes=settings.spool_min_free_bytes,
            lanes=RECORDING_LANES,
            on_sync=self.metrics.sync,
        )

    async def read_body(self, request: Request, limit: int) -> bytes:
        """A capture request's body, counted."""
        if request.method == "GET":
            return b""
        body = await request.read_body(limit)
        self.metrics.body_bytes.inc(len(body))
        return body

    async def work(self, size: int, read: Callable[[], Result]) -> Result:
        """Run `read`, beside the event loop when a body of this size would hold it up."""
        if size < _IN_THREAD:
            return read()
        return await asyncio.to_thread(read)

    async def store(self, intake: Intake, lane: Lane) -> None:
        """Put a request's lines on disk. Raises `UnavailableError` when that cannot be done now."""
        if intake.lines:
            data = intake.lines[0] if len(intake.lines) == 1 else b"".join(intake.lines)
            await self._append(self.writer, data, lane)
        self.count(intake.accepted, intake.dropped)

    async def store_recordings(self, lines: Sequence[RecordingLine]) -> None:
        """Put lines of recordings on disk. Raises `UnavailableError` when that cannot be done now."""
        if lines:
            await self._append(self.recording_writer, encode_recording_lines(lines), "recordings")

    def count(self, accepted: int, dropped: Mapping[str, int]) -> None:
        """Note what became of a request's events."""
        self.metrics.accepted.inc(accepted)
        for reason, count in dropped.items():
            self.metrics.dropped(reason, count)

    async def _append(self, writer: SpoolWriter, data: bytes, lane: Lane) -> None:
        try:
            await writer.append(data, lane)
        except SpoolUnavailableError:
            raise UnavailableError from None
