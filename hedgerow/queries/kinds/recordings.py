"""RecordingsQuery: a list of session recordings, as the recordings' own list gives it."""

from typing import Any

import orjson

from hedgerow.api.errors import PermissionDenied
from hedgerow.queries.run import Kind, Run
from hedgerow.recordings.asking import RecordingsQuery
from hedgerow.recordings.listing import list_recordings
from hedgerow.recordings.presenting import told_recordings
from hedgerow.recordings.rights import can_see


def answer(query: RecordingsQuery, run: Run) -> dict[str, Any]:
    """A page of recordings, as the asker sees them. Raises PermissionDenied."""
    if run.user is not None and not can_see(run.project, run.user):
        raise PermissionDenied("You do not have access to session recordings.")
    with run.step("recordings"):
        page = list_recordings(run.project, query, run.user)
    told = told_recordings(run.project, page.recordings, run.user, page.not_matching)
    cursor = {"next_cursor": page.next_cursor} if page.next_cursor else {}
    plain = orjson.loads(orjson.dumps(told, default=str, option=orjson.OPT_UTC_Z))
    return {"results": plain, "has_next": page.next_cursor is not None, **cursor}


RECORDINGS = Kind(RecordingsQuery, answer, is_cached=False)
