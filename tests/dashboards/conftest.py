"""The dashboards of a fresh project."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.dashboards.asking import Boards


@pytest.fixture
def boards(project: "Project", event_store: "EventStore") -> "Boards":
    """The dashboards of a project in UTC without events, as a member with a key that may do everything sees them."""
    from tests.dashboards.asking import Boards

    return Boards(project, event_store)
