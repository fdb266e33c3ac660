"""Pieces of recordings that are sent again, as SDKs do when they have not seen the answer: known by their uuids."""

from collections.abc import Sequence
from typing import Final

from hedgerow.eventstore.client import EventStore
from hedgerow.recordings.blocks import block_id_of
from hedgerow.spool.recording_lines import RecordingLine

Session = tuple[int, str]
"""Project and session id."""

_AT_ONCE: Final = 500
_PIECES: Final = (
    "SELECT team_id, session_id, pieces FROM recording_blocks WHERE team_id IN {teams:Array(Int64)}"
    " AND session_id IN {sessions:Array(String)} AND block_id NOT IN {own:Array(UUID)}"
)


def without_repeats(event_store: EventStore, segment: str, lines: Sequence[RecordingLine]) -> list[RecordingLine]:
    """The lines of a segment that neither stand in it twice nor are in a block of another segment.

    Blocks of this segment may be there, as it may have been loaded before: they do not count. Raises `EventStoreError`.
    """
    known = _stored(event_store, segment, sorted({(line.t, line.s) for line in lines if line.u}))
    new = []
    for line in lines:
        piece = (line.t, line.s, line.u)
        if not line.u or piece not in known:
            known.add(piece)
            new.append(line)
    return new


def _stored(event_store: EventStore, segment: str, sessions: Sequence[Session]) -> set[tuple[int, str, str]]:
    """The uuids of the pieces that are in blocks, with their project and session."""
    known: set[tuple[int, str, str]] = set()
    for first in range(0, len(sessions), _AT_ONCE):
        some = sessions[first : first + _AT_ONCE]
        parameters = {
            "teams": sorted({project_id for project_id, _ in some}),
            "sessions": [session_id for _, session_id in some],
            "own": [str(block_id_of(segment, *session)) for session in some],
        }
        for project_id, session_id, pieces in event_store.query(_PIECES, parameters).rows:
            known.update((int(project_id), str(session_id), str(piece)) for piece in pieces)
    return known
