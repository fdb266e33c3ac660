"""A caller of the exports of a project whose requests do not wait for files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.exports.exporting import Exports


@pytest.fixture
def exports(project: "Project", event_store: "EventStore", settings: Any) -> "Iterator[Exports]":
    """The exports of a fresh project in UTC. Jobs are done when the test says so, not while a request waits."""
    from tests.exports.exporting import Exports
    from tests.queries.asking import make_api

    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"export_wait_seconds": 0.0})
    yield Exports(make_api(project, event_store, scopes=["*"]))
