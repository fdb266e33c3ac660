"""Deleting recordings: they are hidden at once, and what was recorded is removed by a durable job.

A session may go on while its recording is deleted, and a part of it may still be on its way: whatever comes in later
is hidden as well, and removed regularly.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hedgerow.activity.recording import change, record_activity
from hedgerow.eventstore.client import event_store
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.recordings.blocks import remove_blocks
from hedgerow.recordings.models import RecordingView, RemovedRecording
from hedgerow.spool.segments import RECORDING_LANES, is_waiting
from hedgerow.work.jobs import Attempt, enqueue

log = structlog.get_logger(__name__)

SCOPE: Final = "Replay"
"""What the activity log calls recordings."""

LATE: Final = timedelta(days=9)
"""For how long after its deletion something of a session may come in: what is older is not accepted."""

_LOOK_AGAIN: Final = timedelta(seconds=5)
"""Pause while recordings that had come before the wish are still on their way into the stores."""
_AT_ONCE: Final = 100


def remove_recordings(project: Project, session_ids: Iterable[str], by: User | None) -> None:
    """Delete recordings for good. The caller knows that they exist; to delete one again does nothing."""
    wanted = list(dict.fromkeys(session_ids))
    with transaction.atomic():
        known = set(_removed(project.pk, wanted))
        new = [each for each in wanted if each not in known]
        _mark(project.pk, new, by.pk if by else None)
        for session_id in new:
            record_activity(
                scope=SCOPE,
                activity="deleted",
                item_id=session_id,
                user=by,
                project=project,
                changes=[change(SCOPE, "deleted", False, True)],
            )
        if new:
            enqueue("recordings.remove", project_id=project.pk, session_ids=new)


def remove_recordings_of(project: Project, distinct_ids: Collection[str], by: User | None) -> None:
    """Delete the recordings, as far as they have come in by now, that began with one of these distinct ids."""
    if distinct_ids:
        enqueue(
            "recordings.remove_of_persons",
            project_id=project.pk,
            distinct_ids=sorted(distinct_ids),
            until=timezone.now().isoformat(),
            user_id=by.pk if by else None,
        )


def removal_of(project: Project, session_id: str) -> RemovedRecording | None:
    """When and by whom a recording was deleted; None if it was not."""
    removed = RemovedRecording.objects.filter(project=project, session_id=session_id)
    return removed.select_related("removed_by").first()


def remove_now(project_id: int, session_ids: Sequence[str]) -> None:
    """Remove what was recorded of sessions. Raises `BlobError` and `EventStoreError`."""
    for some in _batches(session_ids):
        remove_blocks(project_id, some)
    log.info("recordings_removed", project=project_id, count=len(session_ids))


def remove_of_persons(
    attempt: Attempt, project_id: int, distinct_ids: list[str], until: str, user_id: int | None
) -> None:
    """Remove the recordings that began with these distinct ids, and look again while some were still on their way."""
    is_loaded = not is_waiting(settings.HEDGEROW.spool_dir, RECORDING_LANES, datetime.fromisoformat(until))
    found = event_store().query(
        "SELECT session_id FROM recording_blocks WHERE team_id = {team:Int64}"
        " GROUP BY session_id"
        " HAVING argMin(distinct_id, (received_at, first_timestamp)) IN {distinct_ids:Array(String)} AND"
        " min(received_at) <= parseDateTime64BestEffort({until:String}, 6, 'UTC') ORDER BY session_id",
        {"team": project_id, "distinct_ids": distinct_ids, "until": until},
        {"log_comment": attempt.tag},
    )
    sessions = [str(session_id) for (session_id,) in found.rows]
    _mark(project_id, sessions, user_id)
    remove_now(project_id, sessions)
    if not is_loaded:
        enqueue(
            "recordings.remove_of_persons",
            after=_LOOK_AGAIN,
            project_id=project_id,
            distinct_ids=distinct_ids,
            until=until,
            user_id=user_id,
        )


def remove_late() -> None:
    """Remove what has come in of recordings after they were deleted."""
    lately = RemovedRecording.objects.filter(removed_at__gt=datetime.now(UTC) - LATE).order_by("project_id", "pk")
    by_project: dict[int, list[str]] = {}
    for project_id, session_id in lately.values_list("project_id", "session_id"):
        by_project.setdefault(project_id, []).append(session_id)
    for project_id, session_ids in by_project.items():
        for some in _batches(session_ids):
            if left := _with_blocks(project_id, some):
                remove_now(project_id, left)


def _with_blocks(project_id: int, session_ids: Sequence[str]) -> list[str]:
    found = event_store().query(
        "SELECT DISTINCT session_id FROM recording_blocks WHERE team_id = {team:Int64}"
        " AND session_id IN {sessions:Array(String)}",
        {"team": project_id, "sessions": list(session_ids)},
    )
    return [str(session_id) for (session_id,) in found.rows]


def _removed(project_id: int, session_ids: Collection[str]) -> Iterator[str]:
    for some in _batches(session_ids):
        removed = RemovedRecording.objects.filter(project_id=project_id, session_id__in=some)
        yield from removed.values_list("session_id", flat=True)


def _mark(project_id: int, session_ids: Collection[str], user_id: int | None) -> None:
    now = timezone.now()
    rows = [
        RemovedRecording(project_id=project_id, session_id=each, removed_at=now, removed_by_id=user_id)
        for each in session_ids
    ]
    RemovedRecording.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_AT_ONCE)
    for some in _batches(session_ids):
        RecordingView.objects.filter(project_id=project_id, session_id__in=some).delete()


def _batches(values: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(values)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some
