"""Spool files for tests: lines as capture would write them, in closed segments."""

import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import orjson

from hedgerow.settings import Settings, load_settings
from hedgerow.spool.lines import PERSON, Line, encode_lines

_sequence = count()


def settings_in(data_dir: Path, **changes: object) -> Settings:
    """Settings with a spool of their own."""
    return load_settings(data_dir=data_dir, **changes)


def event(
    team: int,
    name: str = "$pageview",
    distinct_id: str = "ann",
    *,
    kind: int = PERSON,
    properties: dict[str, Any] | bytes | None = None,
    event_uuid: str = "",
    timestamp: str = "2026-01-31 12:00:00.000000",
    groups: dict[str, str] | None = None,
) -> Line:
    """The line of an event that came in just now."""
    return Line(
        k=kind,
        t=team,
        u=event_uuid or str(uuid.uuid4()),
        e=name,
        d=distinct_id,
        ts=timestamp,
        now=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}",
        g=groups,
        p=msgspec.Raw(properties if isinstance(properties, bytes) else orjson.dumps(properties or {})),
    )


def write_segment(settings: Settings, lines: Iterable[Line], lane: str = "live") -> Path:
    """A closed segment with these lines."""
    directory = settings.spool_dir / lane
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{time.time_ns() // 1_000_000}-0-{next(_sequence):06}.jsonl"
    file.write_bytes(encode_lines(lines))
    return file
