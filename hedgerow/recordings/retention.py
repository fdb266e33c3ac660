"""How long recordings are kept, and the removal of those whose time is over, and of those of deleted projects."""

from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from django.conf import settings

from hedgerow.blobs.store import store
from hedgerow.eventstore.client import event_store
from hedgerow.projects.models import Project
from hedgerow.recordings.blocks import blob_folder, remove_blocks

log = structlog.get_logger(__name__)

_PERIODS: Final = {"30d": 30, "90d": 90, "1y": 365, "5y": 1826}
"""Days of the periods that a project may have chosen."""
_AT_ONCE: Final = 100


def retention_of(project: Project) -> timedelta:
    """How long after its start a recording is removed: as the project says, or earlier if the server's setting is."""
    days = _PERIODS[project.session_recording_retention_period]
    most = settings.HEDGEROW.recording_retention_days
    return timedelta(days=min(days, most) if most else days)


def remove_expired() -> None:
    """Remove the recordings of all projects whose time is over. Raises `BlobError` and `EventStoreError`."""
    for project in Project.objects.order_by("pk").iterator():
        until = datetime.now(UTC) - retention_of(project)
        expired = _begun_before(project.pk, until)
        for first in range(0, len(expired), _AT_ONCE):
            remove_blocks(project.pk, expired[first : first + _AT_ONCE])
        if expired:
            log.info("recordings_expired", project=project.pk, count=len(expired))


def erase_project(project_id: int) -> None:
    """Remove what was recorded for a deleted project; its rows go with all others of the project."""
    blobs = store()
    for key in blobs.keys(blob_folder(project_id)):
        blobs.delete(key)


def _begun_before(project_id: int, until: datetime) -> list[str]:
    found = event_store().query(
        "SELECT session_id FROM recording_blocks WHERE team_id = {team:Int64} GROUP BY session_id"
        " HAVING min(first_timestamp) < {until:DateTime64(3, 'UTC')} ORDER BY session_id",
        {"team": project_id, "until": f"{until:%Y-%m-%d %H:%M:%S}"},
    )
    return [str(session_id) for (session_id,) in found.rows]
