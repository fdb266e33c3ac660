"""Events the server itself has to tell of, such as a group changed through the API: a segment with one line."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import uuid_utils

from hedgerow.spool.lines import PERSONLESS, Line, encode_lines
from hedgerow.spool.segments import Segment, lane_directory


def write_own_event(
    spool_dir: Path,
    project_id: int,
    event: str,
    distinct_id: str,
    properties: Mapping[str, Any],
    *,
    kind: int = PERSONLESS,
) -> str:
    """Spool an event, by default one that belongs to no person; it is on disk when this returns. Its uuid.

    Raises `OSError` when it cannot be written.
    """
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    line = Line(
        k=kind,
        t=project_id,
        u=str(uuid_utils.uuid7()),
        e=event,
        d=distinct_id,
        ts=now,
        now=now,
        p=msgspec.Raw(msgspec.json.encode(properties)),
    )
    name = f"{time.time_ns() // 1_000_000:013d}-server-{uuid4().hex}"
    segment = Segment(lane_directory(spool_dir, "live"), name)
    try:
        segment.append(encode_lines([line]))
    finally:
        segment.close()
    return line.u
