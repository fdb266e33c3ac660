"""A deleted project's events leave the event store; those of other projects stay."""

import time
import uuid

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.projects.models import Project
from tests.accounts import make_account

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 30


def fresh_id() -> int:
    """An id no other test stores events under."""
    return uuid.uuid4().int % 2_000_000_000 + 1_000


def store_warning(store: EventStore, team: int) -> None:
    store.command(
        "INSERT INTO ingestion_warnings (team_id, type, timestamp) SELECT {team:Int64}, 'test', now()", {"team": team}
    )


def stored(store: EventStore, team: int) -> int:
    counted = store.query("SELECT count() FROM ingestion_warnings WHERE team_id = {team:Int64}", {"team": team})
    return int(counted.rows[0][0])


def test_only_the_deleted_projects_rows_go(event_store: EventStore) -> None:
    ada, project, neighbour = make_account(), fresh_id(), fresh_id()
    Project.objects.create(id=project, organization=ada.organization, name="Doomed")
    for team in (project, neighbour):
        store_warning(event_store, team)
    assert stored(event_store, project) == 1
    assert ada.api().delete(f"/api/projects/{project}/").status_code == 204
    deadline = time.monotonic() + PATIENCE_SECONDS
    while stored(event_store, project) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert stored(event_store, project) == 0
    assert stored(event_store, neighbour) == 1
