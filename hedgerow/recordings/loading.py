"""The way of recordings from the spool into the stores, each exactly once.

A segment becomes, for each session in it, one block: a blob, then a row of facts. Which blocks there are and what is in
them follows from the segment alone, so after a crash the segment is simply loaded again: blobs are replaced by their
equals, and the event store knows the rows by their token. The segment is removed when everything is stored.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
import orjson
import structlog
import zstandard
from django.db import close_old_connections, connection
from prometheus_client import Counter

from hedgerow.blobs.store import BlobError, store
from hedgerow.eventstore.client import EventStore, EventStoreError
from hedgerow.eventstore.json_columns import JSON_SETTINGS
from hedgerow.projects.models import Project
from hedgerow.recordings.blocks import blob_folder, block_id_of
from hedgerow.recordings.facts import Item, facts_of, read_item
from hedgerow.recordings.models import RemovedRecording
from hedgerow.recordings.repeats import Session, without_repeats
from hedgerow.settings import Settings
from hedgerow.spool.one_loader import one_loader
from hedgerow.spool.recording_lines import RecordingLine, decode_line
from hedgerow.spool.segments import RECORDING_LANES, closed_segments

log = structlog.get_logger(__name__)

LONGEST_DISTANCE_MS = 7 * 24 * 3600 * 1000
"""What is said to have happened further from its receipt than this is dropped."""
_IDLE_SECONDS = 0.25
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_LONGEST_REASON = 2_000
_LONGEST_RAW = 64 * 1024
_COMPRESSION = 3

blocks_stored = Counter("hedgerow_recording_blocks_stored", "Blocks of session recordings stored.")
failures = Counter("hedgerow_recording_failures", "Tries to load a segment of recordings that failed and are repeated.")

Row = dict[str, Any]
_Table = Literal["recording_blocks", "dead_letters", "ingestion_warnings"]


class RecordingLoader:
    """The one loader of recordings of a data directory."""

    def __init__(self, settings: Settings, event_store: EventStore) -> None:
        self._settings = settings
        self._event_store = event_store

    def run(self, stop: threading.Event) -> None:
        """Load until `stop` is set, finishing the segment at work. Failures do not end it: it waits and tries again."""
        with one_loader(self._settings.data_dir / "recordings.lock", stop) as mine:
            if not mine:
                return
            pause = _FIRST_PAUSE
            while not stop.is_set():
                try:
                    loaded = self.load_once()
                    pause = _FIRST_PAUSE
                except Exception as error:
                    failures.inc()
                    unforeseen = not isinstance(error, EventStoreError | BlobError)
                    reason = str(error)[:_LONGEST_REASON]
                    log.error("recordings could not be loaded; trying again", reason=reason, exc_info=unforeseen)
                    close_old_connections()
                    stop.wait(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
                    continue
                if not loaded:
                    stop.wait(_IDLE_SECONDS)
        connection.close()

    def load_once(self) -> bool:
        """Load the oldest closed segment; False if there is none. Raises what kept it from being loaded."""
        segment = self._next()
        if segment is None:
            return False
        self._load(segment)
        return True

    def drain(self) -> None:
        """Load all closed segments, as before the process ends; what cannot be loaded stays for the next start."""
        try:
            while self.load_once():
                pass
        except Exception as error:
            log.error("recordings stay in the spool for the next start", reason=str(error)[:_LONGEST_REASON])

    def _next(self) -> Path | None:
        found = [path for lane in RECORDING_LANES for path in closed_segments(self._settings.spool_dir, lane)]
        return found[0] if found else None

    def _load(self, segment: Path) -> None:
        letters = _Letters()
        read = [_read(text) for text in segment.read_bytes().split(b"\n") if text]
        new = without_repeats(self._event_store, segment.name, read)
        rows = [
            _store_block(session, segment.name, lines, items)
            for session, (lines, items) in _sessions(new, letters).items()
        ]
        self._insert("recording_blocks", segment, rows)
        self._insert("dead_letters", segment, letters.dead_letters)
        self._insert("ingestion_warnings", segment, letters.warnings)
        segment.unlink(missing_ok=True)
        blocks_stored.inc(len(rows))

    def _insert(self, table: _Table, segment: Path, rows: list[Row]) -> None:
        if rows:
            settings = {**JSON_SETTINGS, "insert_deduplication_token": f"{segment.name}-{table}"}
            self._event_store.insert_lines(table, b"\n".join(map(orjson.dumps, rows)), settings)


class _Letters:
    """What is told of lines that are dropped, wholly or in part."""

    def __init__(self) -> None:
        self.dead_letters: list[Row] = []
        self.warnings: list[Row] = []

    def add(self, line: RecordingLine, reason: str, raw: bytes | str, *, event: str = "$snapshot") -> None:
        """A dead letter and a warning."""
        details = orjson.dumps({"event": event, **({"sessionId": line.s} if line.s else {})}).decode()
        told: Row = {"team_id": line.t, "event_uuid": "", "distinct_id": line.d, "details": details}
        text = raw if isinstance(raw, str) else raw[:_LONGEST_RAW].decode("utf-8", "ignore")
        self.warnings.append({**told, "timestamp": line.now, "type": reason})
        self.dead_letters.append(
            {**told, "received_at": line.now, "reason": reason, "event": event, "raw": text[:_LONGEST_RAW]}
        )


def _sessions(
    lines: list[RecordingLine], letters: _Letters
) -> dict[Session, tuple[list[RecordingLine], list[tuple[Item, str]]]]:
    """What there is of each session: its lines, and the rrweb events of these with their windows."""
    projects = set(Project.objects.filter(pk__in={line.t for line in lines}).values_list("pk", flat=True))
    removed = _removed({(line.t, line.s) for line in lines})
    sessions: dict[Session, tuple[list[RecordingLine], list[tuple[Item, str]]]] = defaultdict(lambda: ([], []))
    for line in lines:
        if line.r:
            letters.add(line, line.r, line.raw)
        elif line.t not in projects:
            letters.add(line, "project_deleted", "")
        elif (line.t, line.s) not in removed:
            items = _items(line, letters)
            if items:
                of_session, of_items = sessions[line.t, line.s]
                of_session.append(line)
                of_items.extend((item, line.w) for item in items)
    return sessions


def _read(text: bytes) -> RecordingLine:
    """A line; one that is damaged becomes a line that says so."""
    try:
        line = decode_line(text)
        datetime.fromisoformat(line.now)
        return line
    except (msgspec.MsgspecError, ValueError):
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
        return RecordingLine(t=0, now=now, r="unreadable_line", raw=text[:_LONGEST_RAW].decode("utf-8", "replace"))


def _removed(sessions: Iterable[Session]) -> set[Session]:
    """Those of the sessions whose recordings somebody has deleted."""
    wanted = set(sessions)
    found = RemovedRecording.objects.filter(session_id__in={session_id for _, session_id in wanted})
    return wanted.intersection(found.values_list("project_id", "session_id"))


def _items(line: RecordingLine, letters: _Letters) -> list[Item]:
    """The rrweb events of a line that can be stored."""
    received = datetime.fromisoformat(line.now).replace(tzinfo=UTC).timestamp() * 1000
    items = [item for text in _texts(line.i) if (item := read_item(text))]
    if not items:
        letters.add(line, "message_contained_no_valid_rrweb_events", bytes(line.i))
    far = [item for item in items if abs(item.timestamp - received) > LONGEST_DISTANCE_MS]
    if far:
        letters.add(line, "message_timestamp_diff_too_large", b"[%b]" % b",".join(item.text for item in far))
    return [item for item in items if abs(item.timestamp - received) <= LONGEST_DISTANCE_MS]


def _texts(array: msgspec.Raw) -> list[bytes]:
    """The elements of an array; none of what is no array, as it may be in a damaged line."""
    try:
        return [bytes(text) for text in _array_decoder.decode(array)]
    except msgspec.DecodeError:
        return []


def _store_block(session: Session, segment: str, lines: list[RecordingLine], items: list[tuple[Item, str]]) -> Row:
    """Store the blob of a block; its row."""
    items.sort(key=lambda each: each[0].timestamp)
    project_id, session_id = session
    block_id = block_id_of(segment, project_id, session_id)
    key = f"{blob_folder(project_id, session_id)}/{block_id}"
    text = b"\n".join(b"[%b,%b]" % (orjson.dumps(window), item.text) for item, window in items)
    blob = zstandard.ZstdCompressor(level=_COMPRESSION).compress(text)
    store().put(key, [blob])
    facts = facts_of([item for item, _ in items])
    return {
        "team_id": project_id,
        "session_id": session_id,
        "block_id": str(block_id),
        "distinct_id": lines[0].d,
        "first_timestamp": _engine_time(items[0][0].timestamp),
        "last_timestamp": _engine_time(items[-1][0].timestamp),
        "blob_key": key,
        "size_bytes": len(blob),
        "event_count": len(items),
        "click_count": facts.click_count,
        "keypress_count": facts.keypress_count,
        "mouse_activity_count": facts.mouse_activity_count,
        "active_milliseconds": facts.active_milliseconds,
        "first_active": _engine_time(facts.first_active),
        "last_active": _engine_time(facts.last_active),
        **{f"console_{level}_count": count for level, count in facts.console.items()},
        "first_url": facts.urls[0] if facts.urls else "",
        "urls": facts.urls,
        "snapshot_source": lines[0].src,
        "snapshot_library": lines[0].lib,
        "received_at": lines[0].now,
        "pieces": [line.u for line in lines if line.u],
    }


def _engine_time(milliseconds: int | None) -> str | None:
    """UTC, as the event store reads it."""
    if milliseconds is None:
        return None
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{rest:03d}"


_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])
