"""The cohorts of a fresh project."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.cohorts.asking import Cohorts


@pytest.fixture
def cohorts(project: "Project", event_store: "EventStore") -> "Cohorts":
    """The cohorts of a project in UTC without persons and events."""
    from tests.cohorts.asking import Cohorts

    return Cohorts(project, event_store)
