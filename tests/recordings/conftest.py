"""A loader of recordings with a spool of its own, and a project of which sessions are recorded with its API."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hedgerow.settings import Settings, load_settings
from hedgerow.spool.recording_lines import RecordingLine
from tests.recordings.spooling import write_segment

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.recordings.recorder import Recorder

Load = Callable[..., Path]


@pytest.fixture
def spooled_settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


@pytest.fixture
def load(spooled_settings: Settings, event_store: "EventStore") -> Load:
    """Loads lines as one segment."""
    from hedgerow.recordings.loading import RecordingLoader

    def load_lines(*lines: RecordingLine) -> Path:
        segment = write_segment(spooled_settings, lines)
        assert RecordingLoader(spooled_settings, event_store).load_once()
        assert not segment.exists()
        return segment

    return load_lines


@pytest.fixture
def recorder(project: "Project", event_store: "EventStore", load: Load) -> "Recorder":
    """A fresh project and somebody with a key to it."""
    from hedgerow.organizations.models import User
    from tests.queries.asking import make_api
    from tests.recordings.recorder import Recorder

    api = make_api(project, event_store, scopes=["*"])
    return Recorder(api, User.objects.get(memberships__organization=project.organization), load)
