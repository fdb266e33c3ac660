"""Rows of the records on their way to the event store."""

import uuid
from typing import Any

import pytest
from django.db import transaction

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.copies import enqueue, flush
from hedgerow.eventstore.models import PendingCopy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team() -> int:
    return uuid.uuid4().int % 2_000_000_000


def person(team: int, version: int, raw: str = '{"plan":"pro"}', **properties: Any) -> dict[str, Any]:
    return {
        "team_id": team,
        "id": str(uuid.UUID(int=team)),
        "created_at": "2026-01-01 00:00:00.000001",
        "is_identified": True,
        "properties": properties,
        "properties_raw": raw,
        "last_seen_at": None,
        "version": version,
        "is_deleted": 0,
    }


def names(event_store: EventStore, team: int) -> list[Any]:
    query = "SELECT properties.name FROM persons FINAL WHERE team_id = {team:Int64}"
    return [name for (name,) in event_store.query(query, {"team": team}).rows]


def test_the_newest_version_wins_in_whatever_order_copies_arrive(event_store: EventStore, team: int) -> None:
    enqueue("persons", [person(team, 2, name="new")])
    enqueue("persons", [person(team, 1, name="old")])
    assert flush(event_store) == 2
    assert names(event_store, team) == ["new"]
    assert not PendingCopy.objects.exists()
    assert flush(event_store) == 0


def test_nothing_is_copied_of_what_was_rolled_back(event_store: EventStore, team: int) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue("persons", [person(team, 1, name="x")])
        1 / 0  # noqa: B018
    flush(event_store)
    assert names(event_store, team) == []


def test_any_text_survives(event_store: EventStore, team: int) -> None:
    text = "é日本\u2028\n\t'\"\\ {x:String}"
    enqueue("persons", [person(team, 1, raw=text, name=text)])
    flush(event_store)
    query = "SELECT properties.name, properties_raw FROM persons WHERE team_id = {team:Int64}"
    assert event_store.query(query, {"team": team}).rows == [(text, text)]


def test_a_row_the_engine_refuses_does_not_stop_the_others(event_store: EventStore, team: int) -> None:
    rows = [{**person(team, 1, name=str(n)), "id": str(uuid.UUID(int=n))} for n in range(5)]
    rows[2]["id"] = "not a uuid"
    enqueue("persons", rows)
    assert flush(event_store) == 4
    assert sorted(names(event_store, team)) == ["0", "1", "3", "4"]
    assert not PendingCopy.objects.exists()


def test_many_rows_are_copied(event_store: EventStore, team: int) -> None:
    ids = [
        {
            "team_id": team,
            "distinct_id": f"d{n}",
            "person_id": str(uuid.UUID(int=n)),
            "version": 0,
            "is_deleted": 0,
        }
        for n in range(25_000)
    ]
    enqueue("person_distinct_ids", ids)
    assert flush(event_store) == 25_000
    query = "SELECT count() FROM person_distinct_ids WHERE team_id = {team:Int64}"
    assert event_store.query(query, {"team": team}).rows == [(25_000,)]
