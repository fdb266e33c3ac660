"""Batches of events: closed segments of the spool, read once, in the order in which they are loaded."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog
from django.db import transaction

from hedgerow.loader.models import LoadBatch
from hedgerow.settings import Settings
from hedgerow.spool.lines import NOT_AN_EVENT, Line, decode_lines
from hedgerow.spool.segments import Lane, closed_segments, lane_directory

log = structlog.get_logger(__name__)

_HISTORICAL_SHARE = 4
"""A batch of the historical lane is this much smaller, so that live events wait less for its end."""

UNREADABLE = "unreadable_line"


@dataclass
class Batch:
    """A planned batch with what its segments hold."""

    plan: LoadBatch
    files: list[Path]
    lines: list[Line]
    texts: list[bytes]
    """The bytes of each file."""
    may_be_stored: bool = False
    """Whether some of it may be stored already, by a batch that cannot be repeated as it was."""

    @property
    def is_damaged(self) -> bool:
        """Whether some of its lines cannot be read."""
        return any(line.r == UNREADABLE for line in self.lines)

    def line_texts(self) -> list[bytes]:
        """The bytes of each line, as many as `lines`."""
        return [text for file in self.texts for text in file.split(b"\n") if text]


def unfinished_batch(settings: Settings) -> Batch | None:
    """The batch that was begun before the process ended.

    Should segments of it have vanished meanwhile, the others become a batch of their own.
    """
    plan = LoadBatch.objects.order_by("pk").first()
    if plan is None:
        return None
    directory = lane_directory(settings.spool_dir, plan.lane)  # type: ignore[arg-type]
    files = [directory / name for name in plan.segments]
    if plan.state == LoadBatch.State.STORED:
        return Batch(plan, files, [], [])
    lost = [file for file in files if not file.exists()]
    if not lost:
        return _batch(plan, files, [file.read_bytes() for file in files])
    log.warning("segments were lost before they were loaded", segments=[str(file) for file in lost], state=plan.state)
    left = [file for file in files if file not in lost]
    with transaction.atomic():
        plan.delete()
        plan = _plan(plan.lane, left)
    batch = _batch(plan, left, [file.read_bytes() for file in left])
    batch.may_be_stored = True
    return batch


def plan_batch(settings: Settings, lane: Lane) -> Batch | None:
    """Plan the next batch of a lane: its oldest closed segments, up to the limits of a batch but at least one."""
    share = _HISTORICAL_SHARE if lane == "historical" else 1
    events, size = settings.loader_batch_events // share, settings.loader_batch_bytes // share
    files: list[Path] = []
    texts: list[bytes] = []
    for file in closed_segments(settings.spool_dir, lane):
        if files and file.stat().st_size > size:
            break
        text = file.read_bytes()
        count = text.count(b"\n")
        if files and count > events:
            break
        files.append(file)
        texts.append(text)
        events -= count
        size -= len(text)
    if not files:
        return None
    return _batch(_plan(lane, files), files, texts)


def begun_at(segment: Path) -> float:
    """When a segment was begun, in Unix seconds; its name begins with the milliseconds."""
    milliseconds = segment.name.partition("-")[0]
    return int(milliseconds) / 1000 if milliseconds.isdigit() else segment.stat().st_mtime


def _plan(lane: str, files: list[Path]) -> LoadBatch:
    return LoadBatch.objects.create(
        token=uuid.uuid4(), lane=lane, segments=[file.name for file in files], planned_at=datetime.now(UTC)
    )


def _batch(plan: LoadBatch, files: list[Path], texts: list[bytes]) -> Batch:
    return Batch(plan, files, [line for text in texts for line in _decode(text)], texts)


def _decode(text: bytes) -> list[Line]:
    """The lines of a segment; one that is damaged becomes a line that says so, as which it is dead-lettered."""
    try:
        return decode_lines(text)
    except msgspec.MsgspecError:
        return [_decode_line(line) for line in text.split(b"\n") if line]


def _decode_line(text: bytes) -> Line:
    try:
        return decode_lines(text)[0]
    except (msgspec.MsgspecError, IndexError):
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
        return Line(k=NOT_AN_EVENT, t=0, now=now, r=UNREADABLE, drop=True, raw=text.decode(errors="replace"))
