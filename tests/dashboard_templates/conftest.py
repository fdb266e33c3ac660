"""A project with a few months of events, as the sample project has them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.queries.asking import Api

DAYS = 90
PEOPLE = 150


@pytest.fixture
def sample(project: "Project", event_store: "EventStore") -> "Api":
    """The API of a project with a small part of the sample, for a key that may do everything."""
    from hedgerow.demo.journey import visitor_events
    from hedgerow.demo.population import visitors
    from hedgerow.demo.sending import first_moment
    from hedgerow.taxonomy.models import EventDefinition
    from tests.queries.asking import make_api

    api = make_api(project, event_store, scopes=["*"])
    now = datetime.now(UTC)
    since = first_moment(now, DAYS)
    events = [
        event
        for visitor in visitors(seed=7, people=PEOPLE, days=DAYS, until=now)
        for event in visitor_events(visitor, since=since, until=now)
    ]
    rows = [
        {
            "event": event.name,
            "distinct_id": event.distinct_id,
            "timestamp": event.at,
            "uuid": event.uuid,
            "$session_id": event.properties.get("$session_id", ""),
            "properties": event.properties,
        }
        for event in events
    ]
    api.store_events(rows)
    names = {event.name for event in events}
    EventDefinition.objects.bulk_create(EventDefinition(project=project, name=name) for name in names)
    return api


@pytest.fixture
def empty(project: "Project", event_store: "EventStore") -> "Api":
    """The API of a project without events, for a key that may do everything."""
    from tests.queries.asking import make_api

    return make_api(project, event_store, scopes=["*"])
