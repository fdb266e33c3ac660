"""What has been recorded of a session: blocks in the blob store, each with a row of facts in the event store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import zstandard

from hedgerow.blobs.store import store
from hedgerow.eventstore.client import event_store
from hedgerow.spool.recording_lines import is_session_id

_COLUMNS = "session_id, block_id, distinct_id, first_timestamp, last_timestamp, blob_key, size_bytes, event_count"

_BLOCKS = UUID("5d0f1c3e-8f0b-4c1c-9c3c-6a0e6a4b8f57")
_OF_SESSIONS = "team_id = {team:Int64} AND session_id IN {sessions:Array(String)}"


@dataclass(frozen=True, slots=True)
class Block:
    """What was loaded of a session at once; it never changes. Times are UTC."""

    session_id: str
    id: UUID
    distinct_id: str
    start: datetime
    end: datetime
    blob_key: str
    size: int
    """Bytes in the blob store, compressed."""
    event_count: int


def blocks_of(project_id: int, session_id: str) -> list[Block]:
    """The blocks of a session by their start; none if there is no recording. Raises `EventStoreError`."""
    rows = event_store().query(
        f"SELECT {_COLUMNS} FROM recording_blocks FINAL"  # noqa: S608 - nothing from outside
        " WHERE team_id = {team:Int64} AND session_id = {session:String} ORDER BY first_timestamp, block_id",
        {"team": project_id, "session": session_id},
    )
    return [Block(*row) for row in rows.rows]


def lines_of(block: Block) -> Iterator[bytes]:
    """The lines of a block without their newlines, each `["<window id>", {rrweb event}]` as it came in.

    Raises `MissingBlob` when the block has been removed, and `BlobError`.
    """
    rest = b""
    for piece in _expanded(store().read(block.blob_key)):
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        yield from lines
    if rest:
        yield rest


def remove_blocks(project_id: int, session_ids: Sequence[str]) -> None:
    """Remove what has been recorded of sessions for good. May be repeated; raises `BlobError`, `EventStoreError`.

    The blobs go first: should that be interrupted, the rows still tell what there is to remove.
    """
    blobs = store()
    known = [session_id for session_id in session_ids if is_session_id(session_id)]
    for session_id in known:
        for key in blobs.keys(blob_folder(project_id, session_id)):
            blobs.delete(key)
    if known:
        event_store().command(
            f"ALTER TABLE recording_blocks DELETE WHERE {_OF_SESSIONS}",
            {"team": project_id, "sessions": known},
            {"mutations_sync": 1},
        )


def block_id_of(segment: str, project_id: int, session_id: str) -> UUID:
    """The id of the block that a segment of the spool becomes for a session: always the same."""
    return uuid5(_BLOCKS, f"{segment}/{project_id}/{session_id}")


def blob_folder(project_id: int, session_id: str = "") -> str:
    """Where the blobs of a session are, or those of a whole project."""
    return f"recordings/{project_id}/{session_id}".rstrip("/")


def _expanded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    reader = zstandard.ZstdDecompressor().decompressobj()
    for piece in pieces:
        yield reader.decompress(piece)
