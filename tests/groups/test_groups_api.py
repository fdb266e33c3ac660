"""Groups through the API: made, found, changed, listed; what is written is there for the next request."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse

from hedgerow.eventstore.client import EventStore
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.groups.recording import record_groups
from hedgerow.loader.service import Loader
from hedgerow.projects.models import Project
from hedgerow.queries.runner import run_query
from tests.accounts import Account, make_account
from tests.persons.lines import event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("event_store")]
ACME = {"group_type_index": 0, "group_key": "acme"}


@pytest.fixture
def account() -> Account:
    """A person whose project has the group types `company` and `team`."""
    found = make_account()
    # Events outlive the tests' records: an id of its own keeps them apart.
    Project.objects.filter(pk=found.project.pk).update(id=uuid.uuid4().int % 2_000_000_000 + 1_000)
    found.project = Project.objects.get(organization=found.organization)
    for index, name in enumerate(["company", "team"]):
        GroupTypeMapping.objects.create(project=found.project, group_type=name, group_type_index=index)
    return found


class Groups:
    """The groups of a project under one of its two paths."""

    def __init__(self, account: Account, mount: str = "projects", resource: str = "groups") -> None:
        self.client = account.api()
        self.path = f"/api/{mount}/{account.project.pk}/{resource}/"

    def post(self, path: str = "", body: Any = None, **query: Any) -> HttpResponse:
        return self.client.post(self.path + path, body or {}, content_type="application/json", query_params=query)

    def get(self, path: str = "", **query: Any) -> HttpResponse:
        return self.client.get(self.path + path, query)


@pytest.mark.parametrize("mount", ["projects", "environments"])
def test_the_life_of_a_group(account: Account, mount: str) -> None:
    groups = Groups(account, mount)
    made = groups.post(body={**ACME, "group_properties": {"plan": "free", "seats": 3}})
    assert made.status_code == 201, made.content
    assert set(made.json()) == {"group_type_index", "group_key", "group_properties", "created_at"}
    assert groups.post("update_property/", {"key": "plan", "value": "pro"}, **ACME).json()["group_properties"] == {
        "plan": "pro",
        "seats": 3,
    }
    several = groups.post("update_property/", {**ACME, "group_properties": {"seats": 5, "city": "Oslo"}})
    assert several.json()["group_properties"] == {"plan": "pro", "seats": 5, "city": "Oslo"}
    assert groups.post("delete_property/", {"$unset": "seats"}, **ACME).status_code == 200
    found = groups.get("find/", **ACME).json()
    assert (found["group_properties"], found["notebook"]) == ({"plan": "pro", "city": "Oslo"}, None)
    again = groups.post("upsert_properties/", {**ACME, "group_properties": {"city": "Bergen"}}).json()
    assert again["group_properties"] == {"plan": "pro", "city": "Bergen"}
    other = groups.post("upsert_properties/", {**ACME, "group_key": "umbrella", "group_properties": {"plan": "pro"}})
    assert other.status_code == 200
    told = groups.get("activity/", group_type_index=0, id="acme").json()
    assert [entry["activity"] for entry in told["results"]] == [
        *("update_property", "delete_property", "create_property", "update_property", "update_property"),
        "create_group",
    ]
    assert told["results"][0]["detail"]["changes"] == [
        {"type": "Group", "action": "changed", "field": "city", "before": "Oslo", "after": "Bergen"}
    ]
    assert groups.get("activity/", limit=1).json()["total_count"] == 7
    assert groups.get("activity/", page=0).status_code == 400
    # The next query sees what was written.
    query = {"kind": "HogQLQuery", "query": "select key, properties.city from groups order by key"}
    assert run_query(account.project, query)["results"] == [["acme", "Bergen"], ["umbrella", None]]
    assert groups.get("property_definitions/").json() == {
        "0": [{"name": "plan", "count": 2}, {"name": "city", "count": 1}],
        "1": [],
    }
    assert groups.get("property_values/", group_type_index=0, key="plan").json() == [{"name": "pro", "count": 2}]
    assert groups.get("property_values/", group_type_index=0, key="city", value="os").json() == []


def test_every_change_is_an_event(account: Account, event_store: EventStore) -> None:
    groups = Groups(account)
    groups.post(body={**ACME, "group_properties": {"plan": "free"}})
    groups.post("delete_property/", {"$unset": "plan"}, **ACME)
    assert Loader(settings.HEDGEROW, event_store).load_once() == 2
    query = "select event, properties.$group_set.plan, properties.$group_key from events order by timestamp"
    rows = run_query(account.project, {"kind": "HogQLQuery", "query": query})["results"]
    assert rows == [["$groupidentify", "free", "acme"], ["$delete_group_property", None, "acme"]]


def test_an_event_that_comes_late_does_not_undo_a_change(account: Account) -> None:
    groups = Groups(account)
    groups.post(body={**ACME, "group_properties": {"plan": "free", "city": "Oslo"}})
    groups.post("delete_property/", {"$unset": "city"}, **ACME)
    said = {"$group_type": "company", "$group_key": "acme", "$group_set": {"plan": "old", "city": "old", "new": 1}}
    record_groups([event("$groupidentify", "x", said, team=account.project.pk, minutes=-60)])
    assert groups.get("find/", **ACME).json()["group_properties"] == {"plan": "free", "new": 1}


@pytest.mark.parametrize(
    ("path", "body", "query", "status", "attr", "detail"),
    [
        ("", ACME, {}, 400, "group_key", "A group with this key already exists"),
        ("", {**ACME, "group_type_index": 3}, {}, 404, None, "There is no group type of this index."),
        ("", {**ACME, "group_type_index": 5}, {}, 400, "group_type_index", None),
        ("", {"group_type_index": 0}, {}, 400, "group_key", "This field is required."),
        ("", {**ACME, "group_properties": [1]}, {}, 400, "group_properties", None),
        ("update_property/", {"value": 1}, ACME, 400, "key", "This field is required."),
        ("update_property/", {"key": "a", "value": None}, ACME, 400, "value", "This field is required."),
        ("update_property/", {"key": "a", "value": 1}, {"group_type_index": 0}, 400, "group_key", None),
        ("update_property/", {"key": "a", "value": 1}, {**ACME, "group_key": "no"}, 404, None, "Not found."),
        ("delete_property/", {"$unset": 1}, ACME, 400, "$unset", None),
        ("delete_property/", {"$unset": "no"}, ACME, 400, None, "Property 'no' does not exist on this group."),
        ("delete_property/", ["$unset"], ACME, 400, None, None),
    ],
)
def test_what_cannot_be_done_is_told(
    account: Account, path: str, body: Any, query: Any, status: int, attr: str | None, detail: str | None
) -> None:
    groups = Groups(account)
    assert groups.post(body=ACME).status_code == 201
    answer = groups.post(path, body, **query)
    assert answer.status_code == status, answer.content
    assert answer.json()["attr"] == attr
    if detail:
        assert answer.json()["detail"] == detail


def test_finding_makes_nothing_and_says_what_is_missing(account: Account) -> None:
    groups = Groups(account)
    assert groups.get("find/", **ACME).status_code == 404
    for missing in ACME:
        answer = groups.get("find/", **{name: value for name, value in ACME.items() if name != missing})
        assert (answer.status_code, answer.json()["attr"]) == (400, missing)
        assert answer.json()["detail"] == "This query parameter is required."
    assert not Group.objects.exists()


def test_the_list_goes_through_all_groups_once_though_many_are_of_one_time(account: Account) -> None:
    now = datetime.now(UTC)
    Group.objects.bulk_create(
        Group(
            project=account.project,
            group_type_index=0,
            group_key=f"key-{number}",
            group_properties={"name": f"Name {number % 7}"},
            created_at=now - timedelta(minutes=number % 3),
        )
        for number in range(250)
    )
    groups = Groups(account)
    found: list[str] = []
    body = groups.get(group_type_index=0).json()
    while True:
        assert body["previous"] is None
        found += [group["group_key"] for group in body["results"]]
        if not body["next"]:
            break
        body = groups.client.get(body["next"]).json()
    assert len(found) == len(set(found)) == 250
    assert len(groups.get(group_type_index=0, search="name 3").json()["results"]) == 36
    assert {g["group_key"] for g in groups.get(group_type_index=0, group_key="Y-24").json()["results"]} == {
        "key-24",
        *(f"key-24{n}" for n in range(10)),
    }
    assert len(groups.get(group_type_index=0, cursor="nonsense").json()["results"]) == 100
    assert groups.get(group_type_index=1).json()["results"] == []
    assert groups.get().json()["attr"] == "group_type_index"
    assert groups.get(group_type_index="x").json()["detail"] == "A valid integer is required."


def test_who_is_seen_with_a_group(account: Account, event_store: EventStore) -> None:
    rows = [
        ("ada", "acme", "red"),
        ("ben", "acme", ""),
        ("cy", "umbrella", "blue"),
    ]
    for name, company, team in rows:
        event_store.command(
            "INSERT INTO events (team_id, uuid, event, timestamp, created_at, distinct_id, person_id, person_mode,"
            " `$group_0`, `$group_1`, properties, properties_raw) SELECT {team:Int64}, generateUUIDv4(), 'click',"
            " now64(6) - 60, now64(6), {name:String}, toUUID({person:String}), 'full', {company:String}, {red:String},"
            " '{}', '{}'",
            {
                "team": account.project.pk,
                "name": name,
                "person": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
                "company": company,
                "red": team,
            },
        )
    groups = Groups(account)
    ada, ben = (str(uuid.uuid5(uuid.NAMESPACE_OID, name)) for name in ("ada", "ben"))
    found = groups.get("related/", group_type_index=0, id="acme").json()
    assert sorted(item["id"] for item in found) == sorted([ada, ben, "red"])
    assert groups.get("related/", id=ada).json() == [
        {"type": "group", "group_type_index": 0, "id": "acme", "group_key": "acme"},
        {"type": "group", "group_type_index": 1, "id": "red", "group_key": "red"},
    ]


def test_group_types(account: Account) -> None:
    types = Groups(account, resource="groups_types")
    listed = types.get().json()
    assert [(each["group_type"], each["group_type_index"]) for each in listed] == [("company", 0), ("team", 1)]
    assert set(listed[0]) == {
        *("group_type", "group_type_index", "name_singular", "name_plural", "detail_dashboard", "default_columns"),
        "created_at",
    }
    names = [{"group_type_index": 0, "name_singular": "Company", "name_plural": "Companies"}]
    changed = types.client.patch(types.path + "update_metadata/", names, content_type="application/json")
    assert (changed.status_code, changed.json()[0]["name_plural"]) == (200, "Companies")
    columns = {"group_type_index": 1, "default_columns": ["group_name", "properties.city"]}
    answer = types.client.put(types.path + "set_default_columns/", columns, content_type="application/json")
    assert answer.json()["default_columns"] == ["group_name", "properties.city"]
    missing = {"group_type_index": 4, "default_columns": []}
    assert types.client.put(types.path + "set_default_columns/", missing, "application/json").status_code == 404
    assert types.client.delete(types.path + "1/").status_code == 204
    assert [each["group_type"] for each in types.get().json()] == ["company"]


def test_nobody_reaches_another_projects_groups(account: Account) -> None:
    groups = Groups(account)
    assert groups.post(body={**ACME, "group_properties": {"secret": 1}}).status_code == 201
    other = make_account()
    GroupTypeMapping.objects.create(project=other.project, group_type="company", group_type_index=0)
    own = Groups(other)
    assert own.get("find/", **ACME).status_code == 404
    assert own.get(group_type_index=0).json()["results"] == []
    assert own.post("update_property/", {"key": "a", "value": 1}, **ACME).status_code == 404
    assert own.get("activity/").json()["results"] == []
    assert own.get("property_definitions/").json() == {"0": []}
    assert own.get("property_values/", group_type_index=0, key="secret").json() == []
    assert own.get("related/", group_type_index=0, id="acme").json() == []
    client = other.api()
    for path in ("find/", "", "activity/", "property_definitions/"):
        assert client.get(groups.path + path, ACME).status_code in (403, 404)
    assert account.api("group:read").post(groups.path, ACME, "application/json").status_code == 403
    assert account.api("person:read").get(groups.path, {"group_type_index": 0}).status_code == 403


def test_a_type_gets_one_dashboard_for_its_groups(account: Account) -> None:
    types = Groups(account, resource="groups_types")

    def create(index: int) -> Any:
        return types.client.put(
            types.path + "create_detail_dashboard/", {"group_type_index": index}, "application/json"
        )

    made = create(0)
    assert made.status_code == 200, made.content
    board_id = made.json()["detail_dashboard"]
    boards = f"/api/projects/{account.project.pk}/dashboards/"
    board = types.client.get(f"{boards}{board_id}/", {"refresh": "blocking"}).json()
    assert len(board["tiles"]) == 4
    assert [tile.get("error") for tile in board["tiles"]] == [None] * 4
    assert all(tile["insight"]["result"] is not None for tile in board["tiles"])
    assert types.client.get(boards).json()["count"] == 0
    assert create(0).status_code == 400
    assert create(4).status_code == 404
    types.client.patch(f"{boards}{board_id}/", {"deleted": True}, content_type="application/json")
    assert types.get().json()[0]["detail_dashboard"] is None
