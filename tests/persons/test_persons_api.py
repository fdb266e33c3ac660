"""Persons through the API: found, read and corrected; what is written is there for the next request."""

import csv
import io
import json
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.persons.models import Person
from tests.accounts import make_account
from tests.persons.asking import Persons, make_own_account, names
from tests.persons.lines import event, identify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def persons(event_store: EventStore) -> Persons:
    """Ada (two distinct ids), Bob and an anonymous visitor, made in this order a minute apart."""
    found = Persons(make_own_account(), event_store)
    found.happen(
        identify("ada", "0190-aa-bb-cc-dd", set={"email": "ada@example.com", "plan": "pro", "n": 1}),
        event("$set", "bob", {"$set": {"name": 'Bob, the "builder"', "plan": "free", "n": 2}}, minutes=1),
        event("click", "0190-11-22-33-44", minutes=2),
    )
    return found


def test_a_list_shows_the_newest_first(persons: Persons) -> None:
    answer = persons.get()
    assert list(answer) == ["results", "next", "previous"]
    assert names(answer["results"]) == ["0190-11-22-33-44", 'Bob, the "builder"', "ada@example.com"]
    ada = answer["results"][2]
    assert ada["id"] == ada["uuid"] == persons.uuid("0190-aa-bb-cc-dd")
    assert ada["distinct_ids"] == ["ada", "0190-aa-bb-cc-dd"]
    assert set(ada) == {
        *("type", "id", "uuid", "created_at", "last_seen_at", "properties", "is_identified", "name", "distinct_ids"),
        *("matched_recordings", "value_at_data_point"),
    }
    assert (ada["type"], ada["is_identified"], ada["matched_recordings"]) == ("person", True, [])


def test_pages_and_the_total(persons: Persons) -> None:
    first = persons.get(limit=2, include_total="")
    assert (len(first["results"]), first["count"], first["previous"]) == (2, 3, None)
    last = persons.client.get(first["next"]).json()
    assert (names(last["results"]), last["next"]) == (["ada@example.com"], None)
    assert persons.get(search="ada", include_total="1")["count"] == 1
    assert persons.get(limit=3)["next"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"email": "ada@example.com"}, ["ada@example.com"]),
        ({"email": "Ada@example.com"}, []),
        ({"distinct_id": "0190-aa-bb-cc-dd"}, ["ada@example.com"]),
        ({"distinct_id": "nobody"}, []),
        ({"distinct_id": "nobody", "search": "ada"}, []),
        ({"distinct_id": "ada", "search": "bob"}, []),
        ({"search": "EXAMPLE.c"}, ["ada@example.com"]),
        ({"search": "bUIld"}, ['Bob, the "builder"']),
        ({"search": "0190-"}, ["0190-11-22-33-44", "ada@example.com"]),
        ({"search": "%"}, []),
        ({"properties": '[{"key": "plan", "value": "pro"}]'}, ["ada@example.com"]),
        (
            {"properties": '[{"key": "plan", "value": ["pro", "free"], "type": "person"}]', "search": "bob"},
            ['Bob, the "builder"'],
        ),
        ({"properties": '[{"key": "n", "value": 1, "operator": "gt"}]'}, ['Bob, the "builder"']),
        ({"properties": '[{"type": "hogql", "key": "properties.plan = \'free\'"}]'}, ['Bob, the "builder"']),
    ],
)
def test_a_list_can_be_narrowed(persons: Persons, query: dict[str, Any], found: list[str]) -> None:
    assert names(persons.get(**query)["results"]) == found


def test_a_person_is_found_by_uuid_and_by_number(persons: Persons) -> None:
    person = Person.objects.get(project=persons.project, distinct_ids__distinct_id="ada")
    found = persons.get(f"{person.uuid}/")
    assert persons.get(f"{person.pk}/") == found
    assert (found["id"], found["uuid"], found["name"]) == (person.pk, str(person.uuid), "ada@example.com")
    assert set(found) == {
        *("id", "name", "distinct_ids", "properties", "created_at", "uuid", "last_seen_at", "is_identified")
    }
    assert persons.refused("GET", "abc/") == {
        "status": 400,
        "type": "validation_error",
        "code": "invalid_input",
        "detail": "The ID provided does not look like a personID. If you are using a distinctId, please use"
        " /persons?distinct_id=abc instead.",
        "attr": None,
    }
    for unknown in (f"{person.pk + 99}/", "00000000-0000-4000-8000-000000000000/", "9" * 18 + "/"):
        assert persons.refused("GET", unknown)["status"] == 404


def test_properties_are_set_and_removed_at_once(persons: Persons) -> None:
    ada = persons.at("ada")
    answer = persons.send("PATCH", ada, {"properties": {"plan": "free", "city": "Oslo"}})
    assert (answer.status_code, answer.content) == (202, b"")
    assert persons.send("PUT", ada, {"properties": {"seats": 3}}).status_code == 202
    several = {"key": "city", "value": ["Oslo", "Bergen"]}
    assert persons.send("POST", f"{ada}update_property/", several).status_code == 202
    removed = persons.send("POST", f"{ada}delete_property/", {"$unset": "plan"})
    assert (removed.status_code, removed.json()) == (201, {"success": True})
    properties = persons.get(ada)["properties"]
    assert properties | {"email": "ada@example.com", "n": 1, "city": ["Oslo", "Bergen"], "seats": 3} == properties
    assert "plan" not in properties
    # The next query sees it, and later so do events.
    assert persons.rows("SELECT properties.seats FROM persons WHERE properties.email IS NOT NULL") == [["3"]]
    persons.load()
    assert persons.get(ada)["properties"] == properties
    told = (
        "SELECT event, distinct_id FROM events WHERE event IN ('$set', '$delete_person_property')"
        " AND distinct_id = '0190-aa-bb-cc-dd' OR distinct_id = 'ada' ORDER BY timestamp DESC LIMIT 2"
    )
    rows = persons.rows(told)
    assert [row[0] for row in rows] == ["$delete_person_property", "$set"]
    history = persons.get(f"{ada}activity/")["results"]
    assert [entry["activity"] for entry in history] == ["delete_property", "updated", "updated", "updated"]
    assert history[0]["detail"]["changes"] == [
        {"type": "Person", "action": "deleted", "field": "properties", "before": {"plan": "free"}, "after": {}}
    ]
    assert history[3]["detail"]["changes"][0]["after"] == {"plan": "free", "city": "Oslo"}
    assert persons.get("activity/", limit=1)["total_count"] == 4


@pytest.mark.parametrize(
    ("method", "path", "body", "attr", "detail"),
    [
        ("PATCH", "", {}, "properties", "This field is required."),
        ("PATCH", "", {"properties": [1]}, "properties", 'Expected a dictionary of items but got type "list".'),
        ("PATCH", "", {"properties": {"a": "x" * 600_000}}, "properties", "Larger than 524,288 bytes."),
        ("POST", "update_property/", {"key": "a"}, "value", "This field is required."),
        ("POST", "update_property/", {"value": 1}, "key", "This field is required."),
        ("POST", "delete_property/", {}, "$unset", "This field is required."),
        ("POST", "delete_property/", {"$unset": 1}, "$unset", "Not a valid string."),
        ("POST", "split/", {"distinct_ids_to_split": "b"}, "distinct_ids_to_split", "must be a list of strings"),
        ("POST", "split/", {"distinct_ids_to_split": []}, "distinct_ids_to_split", "must not be empty"),
        ("POST", "split/", {"distinct_ids_to_split": ["x"]}, "distinct_ids_to_split", "not on this person: ['x']"),
        ("POST", "split/", {"main_distinct_id": "x"}, "main_distinct_id", "not on this person: ['x']"),
        (
            *("POST", "split/", {"main_distinct_id": "ada", "distinct_ids_to_split": ["ada"]}, None),
            "main_distinct_id cannot be combined with distinct_ids_to_split",
        ),
    ],
)
def test_what_cannot_be_done_to_a_person(
    persons: Persons, method: str, path: str, body: Any, attr: str | None, detail: str
) -> None:
    error = persons.refused(method, persons.at("ada") + path, body)
    assert (error["status"], error["type"], error["attr"], error["detail"]) == (400, "validation_error", attr, detail)


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "status", "attr", "detail"),
    [
        ("GET", "", None, {"properties": "["}, 400, "properties", "Properties are unparsable!"),
        ("GET", "", None, {"search": "x" * 201}, 400, "search", "Search query must be 200 characters or fewer."),
        ("GET", "", None, {"cohort": "x"}, 400, "cohort", "A valid integer is required."),
        ("GET", "cohorts/", None, {}, 400, "person_id", "This field is required."),
        ("GET", "deletion_status/", None, {"status": "odd"}, 400, "status", '"odd" is not a valid choice.'),
        ("POST", "batch_by_uuids/", {"uuids": ["x"]}, {}, 400, None, "One or more UUIDs are invalid."),
        ("POST", "reset_person_distinct_id/", {}, {}, 400, None, "distinct_id is required"),
        ("POST", "bulk_delete/", {}, {}, 400, None, "You need to specify either distinct_ids or ids"),
        (
            *("POST", "bulk_delete/", {"ids": ["00000000-0000-4000-8000-000000000000"], "distinct_ids": ["a"]}, {}),
            *(400, None, "You must provide either distinct_ids or ids, not both"),
        ),
        (
            *("POST", "bulk_delete/", {"distinct_ids": ["a"] * 1001}, {}),
            *(400, None, "You can only pass 1000 distinct_ids in one call"),
        ),
        (
            *("POST", "", {}, {}, 405, None),
            "Creating persons via this API is not allowed. Please create persons by sending an $identify event."
            " See https://posthog.com/docs/product-analytics/identify for details.",
        ),
    ],
)
def test_what_cannot_be_asked(
    persons: Persons,
    method: str,
    path: str,
    body: Any,
    query: dict[str, str],
    status: int,
    attr: str | None,
    detail: str,
) -> None:
    error = persons.refused(method, path, body, **query)
    assert (error["status"], error["attr"], error["detail"]) == (status, attr, detail)


def test_bodies_are_json_only(persons: Persons) -> None:
    form = "application/x-www-form-urlencoded"
    assert persons.client.patch(persons.path + persons.at("ada"), "a=1", content_type=form).status_code == 415


@pytest.mark.parametrize("way", [{"path": "persons.csv"}, {"format": "csv"}, {"is_csv_export": "1"}])
def test_the_list_as_a_file(persons: Persons, way: dict[str, str]) -> None:
    base = f"/api/projects/{persons.project.pk}/"
    query = {name: value for name, value in way.items() if name != "path"}
    answer = persons.client.get(base + way.get("path", "persons/"), {**query, "search": "bob"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    header, row = csv.reader(io.StringIO(answer.content.decode()))
    assert header[:4] == ["id", "email", "name", "created_at"]
    assert dict(zip(header, row, strict=True))["properties.plan"] == "free"
    assert (row[2], header[-2:]) == ('Bob, the "builder"', ["distinct_ids.0", "last_seen_at"])


def test_values_of_a_property(persons: Persons) -> None:
    persons.happen(
        event("$set", "cid", {"$set": {"plan": "pro", "n": 2, "happy": True, "tags": ["a"]}}, minutes=3),
        event("$set", "dan", {"$set": {"plan": "pro"}}, minutes=3),
    )
    answer = persons.send("GET", "values/", key="plan")
    assert answer.json() == {
        "results": [{"name": "pro", "count": 3}, {"name": "free", "count": 1}],
        "refreshing": False,
    }
    assert answer["Cache-Control"] == "max-age=10"
    assert persons.get("values/", key="plan", value="PR")["results"] == [{"name": "pro", "count": 3}]
    assert persons.get("values/", key="name", value='"Bo')["results"] == []
    assert persons.get("values/", key="n")["results"] == [{"name": 2, "count": 2}, {"name": 1, "count": 1}]
    assert persons.get("values/", key="happy")["results"] == [{"name": "true", "count": 1}]
    assert persons.get("values/", key="tags")["results"] == [{"name": '["a"]', "count": 1}]
    assert persons.get("values/")["results"] == persons.get("values/", key="$virt_x")["results"] == []


def test_many_persons_are_looked_up_at_once(persons: Persons) -> None:
    by_id = persons.send("POST", "batch_by_distinct_ids/", {"distinct_ids": ["ada", "nobody", "bob"]}).json()["results"]
    assert {key: found["name"] for key, found in by_id.items()} == {
        "ada": "ada@example.com",
        "bob": 'Bob, the "builder"',
    }
    uuid = by_id["bob"]["uuid"]
    by_uuid = persons.send("POST", "batch_by_uuids/", {"uuids": [uuid, persons.uuid("nobody")]}).json()["results"]
    assert by_uuid == {uuid: by_id["bob"]}
    assert persons.send("POST", "batch_by_uuids/", {"uuids": []}).json() == {"results": {}}


def test_the_same_under_every_path(persons: Persons) -> None:
    expected = persons.get()["results"]
    persons.account.user.current_project = persons.project
    persons.account.user.save()
    for path in (
        f"/api/environments/{persons.project.pk}/persons/",
        "/api/person/",
        "/api/environments/@current/persons",
    ):
        assert persons.client.get(path).json()["results"] == expected


ROUTES = [
    ("GET", "", None),
    ("GET", "{person}", None),
    ("PATCH", "{person}", {"properties": {"a": 1}}),
    ("PUT", "{person}", {"properties": {"a": 1}}),
    ("DELETE", "{person}", None),
    ("POST", "{person}update_property/", {"key": "a", "value": 1}),
    ("POST", "{person}delete_property/", {"$unset": "plan"}),
    ("POST", "{person}split/", {}),
    ("POST", "{person}delete_events/", None),
    ("GET", "{person}activity/", None),
    ("GET", "{person}properties_timeline/", None),
    ("GET", "cohorts/?person_id={uuid}", None),
    ("GET", "properties_at_time/?timestamp=2026-01-31&person_id={uuid}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES, ids=lambda each: str(each))
def test_a_person_of_another_project_cannot_be_reached(persons: Persons, method: str, path: str, body: Any) -> None:
    person = persons.at("ada")
    before = json.dumps(persons.get(person))
    stranger = Persons(make_own_account(), persons.store)
    asked = path.format(person=person, uuid=person.rstrip("/"))
    mine = stranger.client.generic(method, stranger.path + asked, json.dumps(body or {}), "application/json")
    if path:
        assert mine.status_code == 404
    else:
        assert mine.json()["results"] == []
    theirs = stranger.client.generic(method, persons.path + asked, json.dumps(body or {}), "application/json")
    assert theirs.status_code == 403
    assert json.dumps(persons.get(person)) == before


def test_lookups_and_deletions_stay_within_the_project(persons: Persons) -> None:
    stranger = Persons(make_own_account(), persons.store)
    uuid = persons.at("ada").rstrip("/")
    assert stranger.send("POST", "batch_by_distinct_ids/", {"distinct_ids": ["ada"]}).json()["results"] == {}
    assert stranger.send("POST", "batch_by_uuids/", {"uuids": [uuid]}).json()["results"] == {}
    assert stranger.send("POST", "bulk_delete/", {"ids": [uuid]}).json()["persons_found"] == 0
    assert stranger.send("POST", "bulk_delete/", {"distinct_ids": ["ada"]}).json()["persons_found"] == 0
    assert stranger.get("values/", key="plan")["results"] == []
    assert stranger.get("activity/")["results"] == stranger.get("deletion_status/")["results"] == []


def test_a_key_needs_the_scopes(persons: Persons) -> None:
    reader = Persons(persons.account, persons.store, client=persons.account.api("person:read"))
    ada = persons.at("ada")
    assert reader.send("GET", ada).status_code == 200
    for method, path, body in ROUTES[2:9]:
        assert reader.send(method, path.format(person=ada), body).status_code == 403
    assert reader.send("GET", "cohorts/", person_id=ada.rstrip("/")).status_code == 403
    assert make_account().api("person:read").get(persons.path).status_code == 403
