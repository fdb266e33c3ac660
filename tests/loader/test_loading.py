"""What becomes of lines in the spool."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.loader.models import LoadBatch
from hedgerow.loader.service import Loader
from hedgerow.persons.identity import default_person_uuid
from hedgerow.projects.models import Project
from hedgerow.settings import Settings
from hedgerow.spool.lines import NOT_AN_EVENT, PERSON_CHANGE, PERSONLESS, Line
from hedgerow.spool.segments import closed_segments
from tests.loader.spooling import event, settings_in, write_segment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def loader(settings: Settings, event_store: EventStore) -> Loader:
    return Loader(settings, event_store)


def stored(event_store: EventStore, project: Project, columns: str, order: str = "event") -> list[tuple[Any, ...]]:
    return event_store.query(
        f"SELECT {columns} FROM events WHERE team_id = {{team:Int64}} ORDER BY {order}", {"team": project.pk}
    ).rows


def test_an_event_comes_back_as_it_was_sent(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    text = '{"$session_id":"s1","$window_id":"w1","plan":"pro","n":1.5,"a.b":{"c":[1,{"d":null}]},"é":"日本\\u0000"}'
    line = event(
        project.pk,
        "purchase",
        "Zoë 'q\" \\ \t日本",
        properties=text.encode(),
        timestamp="2026-01-31 12:34:56.123456",
    )
    write_segment(settings, [line])

    assert loader.load_once() == 1

    (row,) = stored(
        event_store,
        project,
        "toString(uuid), event, timestamp, toString(created_at), distinct_id, person_id, person_mode,"
        " `$session_id`, `$window_id`, elements_chain, properties_raw, properties.plan, properties.n",
    )
    assert row == (
        line.u,
        "purchase",
        datetime(2026, 1, 31, 12, 34, 56, 123456, UTC),
        line.now,
        line.d,
        default_person_uuid(project.pk, line.d),
        "full",
        "s1",
        "w1",
        "",
        text,
        "pro",
        1.5,
    )
    assert closed_segments(settings.spool_dir, "live") == []
    assert not LoadBatch.objects.exists()
    assert loader.load_once() == 0


def test_the_chain_of_elements_becomes_a_column(
    loader: Loader, settings: Settings, event_store: EventStore, project: Project
) -> None:
    chain = 'a.btn:nth-child="1"text="Say \\"hi\\""'
    write_segment(settings, [event(project.pk, "$autocapture", properties={"$elements_chain": chain, "x": 1})])

    loader.load_once()

    assert stored(event_store, project, "elements_chain, properties") == [(chain, {"x": 1})]
