"""A project with its actions and questions over HTTP."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.queries.asking import Api


@pytest.fixture
def api(project: "Project", event_store: "EventStore") -> "Api":
    """The API of a fresh project in UTC without events, for a key that may do everything."""
    from tests.queries.asking import make_api

    return make_api(project, event_store, scopes=["*"])
