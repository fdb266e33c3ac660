"""A visitor of the pages."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.web.visiting import Visitor


@pytest.fixture
def visitor(project: "Project", event_store: "EventStore") -> "Visitor":
    """A signed-in member of a fresh project without events."""
    from tests.web.visiting import Visitor

    return Visitor(project, event_store)
