"""Segments of recordings as capture would write them, and a loader for them."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from hedgerow.settings import Settings
from hedgerow.spool.recording_lines import RecordingLine, encode_recording_lines

_sequence = count()

START = int(time.time() * 1000) - 60_000
"""When what the tests record has begun, in milliseconds: a minute ago."""


def act(after: int, source: int, **data: Any) -> dict[str, Any]:
    """Something the person does, milliseconds after the start: an rrweb event of type 3."""
    return {"type": 3, "timestamp": START + after, "data": {"source": source, **data}}


def click(after: int) -> dict[str, Any]:
    return act(after, 2, type=2, id=7, x=1, y=2)


def visit(after: int, url: str) -> dict[str, Any]:
    """The page the person is on."""
    return {"type": 4, "timestamp": START + after, "data": {"href": url, "width": 800, "height": 600}}


def console(after: int, level: str) -> dict[str, Any]:
    data = {"plugin": "rrweb/console@1", "payload": {"level": level, "payload": ['"hello"'], "trace": []}}
    return {"type": 6, "timestamp": START + after, "data": data}


def piece(
    team: int,
    session: str,
    *items: Any,
    window: str = "w1",
    distinct_id: str = "ann",
    received: float = 0.0,
    uuid: str = "",
) -> RecordingLine:
    """A line with rrweb events that came in at that Unix time, or just now."""
    return RecordingLine(
        t=team,
        now=f"{datetime.fromtimestamp(received or time.time(), UTC):%Y-%m-%d %H:%M:%S.%f}",
        u=uuid,
        s=session,
        w=window,
        d=distinct_id,
        i=msgspec.Raw(msgspec.json.encode(items)),
    )


def write_segment(settings: Settings, lines: Iterable[RecordingLine]) -> Path:
    """A closed segment with these lines."""
    directory = settings.spool_dir / "recordings"
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{time.time_ns() // 1_000_000:013d}-0-{next(_sequence):09d}.jsonl"
    file.write_bytes(encode_recording_lines(lines))
    return file
