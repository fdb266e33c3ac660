"""A caller of the query endpoint."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.queries.asking import Api


@pytest.fixture
def api(project: "Project", event_store: "EventStore") -> "Api":
    """The endpoint of a fresh project in UTC without events."""
    from tests.queries.asking import make_api

    return make_api(project, event_store)
