"""What the properties of a person were, found from the events."""

import json
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from tests.persons.asking import Persons, make_own_account
from tests.persons.lines import event, identify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def persons(event_store: EventStore) -> Persons:
    """Ada, who was free at noon, pro ten minutes later, and free of the plan after twenty."""
    found = Persons(make_own_account(), event_store)
    found.happen(
        event("click", "anon", {"$set_once": {"first": "page"}}),
        event("buy", "anon", minutes=1),
        identify("ada", "anon", set={"plan": "free"}, minutes=5),
        event("buy", "ada", minutes=6),
        event("buy", "ada", {"$set": {"plan": "pro"}}, minutes=10),
        event("buy", "ada", minutes=11),
        event("click", "ada", {"$unset": ["plan"]}, minutes=20),
        event("buy", "ada", minutes=21),
    )
    return found


def at(persons: Persons, **asked: Any) -> tuple[int, dict[str, Any]]:
    answer = persons.send("GET", "properties_at_time/", **asked)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    ("time", "properties"),
    [
        ("2026-01-31T11:59:59Z", {}),
        ("2026-01-31T12:05:00Z", {"plan": "free"}),
        ("2026-01-31T14:10:30+02:00", {"plan": "pro"}),
        ("2026-01-31T12:30:00", {}),
    ],
)
def test_properties_at_a_time(persons: Persons, time: str, properties: dict[str, Any]) -> None:
    status, found = at(persons, timestamp=time, person_id=persons.at("ada").rstrip("/"))
    assert (status, found["properties"]) == (200, properties)
    assert sorted(found["distinct_ids"]) == ["ada", "anon"]
    metadata = found["point_in_time_metadata"]
    assert (metadata["query_mode"], metadata["distinct_ids_count"], metadata["include_set_once"]) == (
        *("person_id", 2, False),
    )


def test_one_distinct_id_and_what_is_set_once(persons: Persons) -> None:
    asked = {"timestamp": "2026-01-31T12:05:00Z", "distinct_id": "anon"}
    assert at(persons, **asked)[1]["properties"] == {}
    found = at(persons, **asked, include_set_once="true")[1]
    assert found["properties"] == {"first": "page"}
    assert found["point_in_time_metadata"]["distinct_ids_queried"] == ["anon"]


@pytest.mark.parametrize(
    ("asked", "status", "error"),
    [
        ({"distinct_id": "a", "person_id": "b"}, 400, "Cannot provide both distinct_id and person_id - choose one"),
        ({}, 400, "Must provide either distinct_id or person_id parameter"),
        ({"distinct_id": "a"}, 400, "timestamp parameter is required (ISO format: 2023-06-15T14:30:00Z)"),
        (
            *({"distinct_id": "a", "timestamp": "soon"}, 400),
            "Invalid timestamp format. Use ISO format like 2023-06-15T14:30:00Z",
        ),
        ({"distinct_id": "x", "timestamp": "2026-01-31"}, 404, "Person with distinct_id 'x' not found"),
    ],
)
def test_what_cannot_be_looked_up(persons: Persons, asked: dict[str, str], status: int, error: str) -> None:
    assert at(persons, **asked) == (status, {"error": error})


def test_the_timeline_has_a_point_for_each_change_that_matters(persons: Persons) -> None:
    found = persons.get(
        f"{persons.at('ada')}properties_timeline/",
        events=json.dumps([{"id": "buy"}]),
        properties=json.dumps([{"key": "plan", "type": "person", "operator": "is_not", "value": "none"}]),
        breakdown="first",
        breakdown_type="person",
        date_from="2026-01-31",
        date_to="2026-01-31",
    )
    points = [
        (point["timestamp"][:16], point["properties"].get("plan"), point["relevant_event_count"])
        for point in found["points"]
    ]
    assert points == [
        ("2026-01-31T12:01", None, 1),
        ("2026-01-31T12:06", "free", 1),
        ("2026-01-31T12:10", "pro", 2),
        ("2026-01-31T12:21", None, 1),
    ]
    assert found["crucial_property_keys"] == ["first", "plan"]
    assert found["effective_date_from"].startswith("2026-01-31T00:00:00")


def test_a_timeline_of_any_event_without_properties_that_matter(persons: Persons) -> None:
    path = f"{persons.at('ada')}properties_timeline/"
    found = persons.get(path, date_from="2026-01-31T12:05:00", date_to="2026-02-01")
    assert [point["relevant_event_count"] for point in found["points"]] == [6]
    assert found["crucial_property_keys"] == []
    assert persons.refused("GET", path, date_from="soon")["status"] == 400
