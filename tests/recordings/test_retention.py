"""How long recordings are kept."""

import time
from datetime import timedelta
from typing import Any

import pytest

from hedgerow.blobs.store import store
from hedgerow.projects.models import Project
from hedgerow.recordings.blocks import blob_folder, blocks_of
from hedgerow.recordings.retention import erase_project, remove_expired, retention_of
from hedgerow.spool.recording_lines import RecordingLine
from hedgerow.work.models import Job
from tests.recordings.conftest import Load
from tests.recordings.spooling import click, piece

DAY = 24 * 3600


def recorded(project: Project, session: str, days_ago: float) -> RecordingLine:
    moment = {**click(0), "timestamp": int((time.time() - days_ago * DAY) * 1000)}
    return piece(project.pk, session, moment, received=time.time() - days_ago * DAY)


@pytest.mark.parametrize(
    ("period", "most", "days"), [("30d", 0, 30), ("90d", 0, 90), ("1y", 0, 365), ("1y", 60, 60), ("30d", 60, 30)]
)
def test_the_project_says_and_the_server_sets_the_limit(
    project: Project, settings: Any, period: str, most: int, days: int
) -> None:
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"recording_retention_days": most})
    project.session_recording_retention_period = period
    assert retention_of(project) == timedelta(days=days)


def test_recordings_whose_time_is_over_are_removed(load: Load, project: Project) -> None:
    load(recorded(project, "old", 30.01), recorded(project, "newer", 29.99))
    load(recorded(project, "old", 29.9))
    remove_expired()
    assert blocks_of(project.pk, "old") == [], "a recording goes as a whole"
    assert len(blocks_of(project.pk, "newer")) == 1
    assert len(list(store().keys(blob_folder(project.pk)))) == 1


def test_with_a_project_go_its_recordings(load: Load, project: Project) -> None:
    load(recorded(project, "s", 0))
    project_id = project.pk
    project.delete()
    waiting = Job.objects.get(kind="recordings.erase_project")
    assert waiting.arguments == {"project_id": project_id}
    erase_project(**waiting.arguments)
    assert list(store().keys(blob_folder(project_id))) == []
