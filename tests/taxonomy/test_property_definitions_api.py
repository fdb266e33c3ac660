"""Property definitions through the API: the list, its search, and types that people correct."""

import uuid
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.queries.runner import run_query
from hedgerow.taxonomy.inference import infer_properties
from hedgerow.taxonomy.models import EventProperty, PropertyDefinition
from hedgerow.taxonomy.session_properties import SESSION_PROPERTIES
from tests.accounts import Account, make_account
from tests.loader.spooling import event as loaded
from tests.persons.lines import event
from tests.taxonomy.definitions import Definitions, account_of_its_own
from tests.taxonomy.loading import load

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("event_store")]

FIELDS = {
    *("id", "name", "description", "tags", "is_numerical", "updated_at", "updated_by", "is_seen_on_filtered_events"),
    *("property_type", "verified", "verified_at", "verified_by", "hidden"),
}


@pytest.fixture
def account() -> Account:
    """A person with a project."""
    return account_of_its_own()


def properties(account: Account, mount: str = "projects") -> Definitions:
    return Definitions(account, mount, "property_definitions")


def defined(account: Account, name: str, **fields: Any) -> PropertyDefinition:
    return PropertyDefinition.objects.create(project=account.project, name=name, **fields)


@pytest.mark.parametrize("mount", ["projects", "environments"])
def test_the_life_of_a_definition(account: Account, mount: str) -> None:
    path = f"{defined(account, 'amount', property_type='String').pk}/"
    definitions = properties(account, mount)
    assert set(definitions.get(path).json()) == FIELDS
    body = {"description": "In cents.", "tags": ["Money"], "property_type": "Numeric", "hidden": True}
    changed = definitions.send("PATCH", path, body).json()
    assert (changed["description"], changed["tags"], changed["hidden"]) == ("In cents.", ["money"], True)
    assert (changed["property_type"], changed["is_numerical"]) == ("Numeric", True)
    verified = definitions.send("PUT", path, {"verified": True}).json()
    assert (verified["verified"], verified["hidden"], verified["verified_by"]["id"]) == (True, False, account.user.pk)
    both = definitions.send("PATCH", path, {"verified": True, "hidden": True})
    assert (both.status_code, both.json()["detail"]) == (400, "A property cannot be both hidden and verified")
    assert definitions.send("PATCH", path, {"property_type": "Text"}).json()["attr"] == "property_type"
    assert definitions.send("PATCH", path, {"property_type": ""}).json()["property_type"] is None
    assert definitions.send("DELETE", path).status_code == 204
    gone = definitions.get(path)
    assert (gone.status_code, gone.json()["detail"]) == (404, "Property definition not found.")
    told = definitions.get("activity/").json()["results"]
    assert [entry["activity"] for entry in told] == ["deleted", "changed", "changed", "changed"]
    assert {entry["scope"] for entry in told} == {"PropertyDefinition"}


def test_a_changed_type_counts_from_the_next_query_on_and_stays(account: Account, event_store: EventStore) -> None:
    load([event("paid", "x", {"amount": text}, team=account.project.pk) for text in ("10", "9")])
    infer_properties(event_store, *_always(event_store))
    definitions = properties(account)
    (found,) = definitions.get(search="amount").json()["results"]
    assert found["property_type"] == "Numeric"
    query = {"kind": "HogQLQuery", "query": "select properties.amount from events where properties.amount > '9'"}
    compared = {"kind": "HogQLQuery", "query": "select max(properties.amount) from events"}
    assert run_query(account.project, compared)["results"] == [[10.0]]
    definitions.send("PATCH", f"{found['id']}/", {"property_type": "String"})
    assert run_query(account.project, compared)["results"] == [["9"]]
    assert run_query(account.project, query)["results"] == []
    infer_properties(event_store, *_always(event_store))
    assert definitions.get(f"{found['id']}/").json()["property_type"] == "String"
    definitions.send("PATCH", f"{found['id']}/", {"property_type": None})
    infer_properties(event_store, *_always(event_store))
    assert definitions.get(f"{found['id']}/").json()["property_type"] is None
    definitions.send("PATCH", f"{found['id']}/", {"property_type": "Numeric"})
    assert run_query(account.project, compared)["results"] == [[10.0]]


def test_which_types_the_values_fit(account: Account, event_store: EventStore) -> None:
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    values = ["1", 2, "3", "many", None]
    load([loaded(account.project.pk, "paid", properties={"amount": value}, timestamp=now) for value in values])
    EventProperty.objects.create(project=account.project, event="paid", property="amount")
    path = f"{defined(account, 'amount', property_type='String').pk}/type_fit/"
    found = properties(account).get(path).json()
    assert found == {"values": 4, "fits": {"Numeric": 0.75, "Boolean": 0.0, "DateTime": 0.0, "String": 1.0}}
    for type, index in [("person", -1), ("group", 0), ("session", -1), ("event", -1)]:
        unseen = defined(account, "unseen", type=type, group_type_index=index)
        assert properties(account).get(f"{unseen.pk}/type_fit/").json() == {"values": 0, "fits": {}}


def _always(event_store: EventStore) -> tuple[Any, Any]:
    ((now,),) = event_store.query("SELECT now64(3, 'UTC')").rows
    return now.replace(year=now.year - 1), now.replace(year=now.year + 1)


ROWS: list[dict[str, Any]] = [
    {"name": "amount", "is_numerical": True, "property_type": "Numeric", "verified": True},
    {"name": "Amount in EUR", "is_numerical": True},
    {"name": "amounts"},
    {"name": "total_amount"},
    {"name": "hidden amount", "hidden": True},
    {"name": "$browser"},
    {"name": "$initial_referrer"},
    {"name": "utm_source"},
    {"name": "$feature/new-checkout"},
    {"name": "$Feature/other"},
    {"name": "50%_off"},
]
SEEN = {"paid": ["amount", "$browser"], "refunded": ["amounts"]}
ON_PAID = orjson.dumps(["paid"]).decode()


@pytest.mark.parametrize(
    ("asked", "test"),
    [
        ({}, lambda row: True),
        ({"type": "person"}, lambda row: False),
        ({"type": "group", "group_type_index": 0}, lambda row: False),
        ({"search": "AMOUNT"}, lambda row: "amount" in row["name"].lower()),
        ({"search": "eur amount"}, lambda row: row["name"] == "Amount in EUR"),
        ({"search": "initial referrer url"}, lambda row: row["name"] == "$initial_referrer"),
        ({"search": "%_"}, lambda row: row["name"] == "50%_off"),
        ({"properties": "amount,$browser,unknown"}, lambda row: row["name"] in ("amount", "$browser")),
        ({"event_names": ON_PAID}, lambda row: True),
        ({"event_names": ON_PAID, "filter_by_event_names": "true"}, lambda row: row["name"] in SEEN["paid"]),
        ({"filter_by_event_names": "true"}, lambda row: True),
        ({"excluded_properties": '["amount"]'}, lambda row: row["name"] != "amount"),
        (
            {"exclude_core_properties": "true"},
            lambda row: not row["name"].startswith("$") and row["name"] != "utm_source",
        ),
        ({"exclude_hidden": "true"}, lambda row: not row["hidden"]),
        ({"is_feature_flag": "true"}, lambda row: row["name"].startswith("$feature/")),
        ({"is_feature_flag": "false"}, lambda row: not row["name"].startswith("$feature/")),
        ({"is_numerical": "true"}, lambda row: row["is_numerical"]),
        ({"is_numerical": "false"}, lambda row: not row["is_numerical"]),
        ({"verified": "true"}, lambda row: row["verified"]),
    ],
)
def test_the_list_is_narrowed(account: Account, asked: dict[str, Any], test: Any) -> None:
    _make_rows(account)
    found = properties(account).get(**asked).json()
    expected = {row["name"] for row in ROWS if test({"hidden": False, "verified": False, "is_numerical": False, **row})}
    assert {row["name"] for row in found["results"]} == expected
    assert found["count"] == len(expected)
    for row in found["results"]:
        seen = row["name"] in SEEN["paid"] if "event_names" in asked else None
        assert row["is_seen_on_filtered_events"] is seen


def _make_rows(account: Account) -> None:
    for row in ROWS:
        defined(account, **row)
    for name, seen in SEEN.items():
        for each in seen:
            EventProperty.objects.create(project=account.project, event=name, property=each)


def test_the_list_is_ordered(account: Account) -> None:
    _make_rows(account)
    own = sorted(row["name"] for row in ROWS if not row["name"].startswith("$") and row["name"] != "amount")
    libraries = sorted(row["name"] for row in ROWS if row["name"].startswith("$"))
    definitions = properties(account)
    expected = ["amount", *own, *libraries]
    assert definitions.names() == expected
    assert [name for offset in (0, 4, 8) for name in definitions.names(limit=4, offset=offset)] == expected
    seen_first = definitions.names(event_names=orjson.dumps(["refunded"]).decode())
    assert seen_first[:2] == ["amounts", "amount"]
    assert definitions.names(event_names=ON_PAID, filter_by_event_names="true") == ["amount", "$browser"]
    assert definitions.names(search="amount") == [
        *("amount", "amounts", "Amount in EUR", "total_amount", "hidden amount"),
    ]


@pytest.mark.parametrize(
    ("asked", "attr"),
    [
        ({"type": "thing"}, "type"),
        ({"type": "group"}, "group_type_index"),
        ({"type": "group", "group_type_index": "5"}, "group_type_index"),
        ({"type": "group", "group_type_index": "x"}, "group_type_index"),
        ({"group_type_index": "0"}, "group_type_index"),
        ({"event_names": "paid"}, "event_names"),
        ({"excluded_properties": "[null]"}, "excluded_properties"),
        ({"excluded_properties": '["\\u0000"]'}, "excluded_properties"),
        ({"is_numerical": "perhaps"}, "is_numerical"),
        ({"is_feature_flag": "2"}, "is_feature_flag"),
        ({"filter_by_event_names": "x"}, "filter_by_event_names"),
        ({"exclude_hidden": "x"}, "exclude_hidden"),
    ],
)
def test_a_list_asked_for_wrongly_says_so(account: Account, asked: dict[str, Any], attr: str) -> None:
    answer = properties(account).get(**asked)
    assert (answer.status_code, answer.json()["attr"]) == (400, attr)


def test_groups_of_each_type_have_their_own_properties(account: Account) -> None:
    for index in (0, 1):
        defined(account, f"of type {index}", type="group", group_type_index=index)
    definitions = properties(account)
    assert definitions.names(type="group", group_type_index=1) == ["of type 1"]
    assert definitions.names(type="event") == []


def test_the_properties_of_sessions_are_there_from_the_start(account: Account) -> None:
    definitions = properties(account)
    assert sorted(definitions.names(type="session", limit=200)) == sorted(SESSION_PROPERTIES)
    (duration,) = definitions.get(type="session", search="session duration").json()["results"]
    assert (duration["name"], duration["property_type"]) == ("$session_duration", "Duration")
    described = definitions.send("PATCH", f"{duration['id']}/", {"description": "How long people stay."})
    assert described.status_code == 200
    (again,) = definitions.get(type="session", properties="$session_duration").json()["results"]
    assert again["description"] == "How long people stay."


def test_on_which_events_a_property_was_seen(account: Account) -> None:
    _make_rows(account)
    definitions = properties(account)
    expected = {"paid": True, "refunded": False, "unknown": False}
    one_by_one = definitions.get("seen_together/", event_names=list(expected), property_name="amount")
    assert one_by_one.json() == expected
    as_json = definitions.get("seen_together/", event_names=orjson.dumps(list(expected)), property_name="amount")
    assert as_json.json() == expected
    assert definitions.get("seen_together/", property_name="amount").json()["attr"] == "event_names"
    assert definitions.get("seen_together/", event_names="paid").json()["attr"] == "property_name"
    assert definitions.get("seen_together/", event_names="[paid", property_name="x").json()["attr"] == "event_names"


def test_core_properties_are_served_with_labels_and_descriptions(account: Account) -> None:
    core = properties(account).get("core/").json()
    assert core["event"]["$current_url"]["label"] == "Current URL"
    assert core["person"]["$initial_referrer"]["label"] == "Initial referrer URL"
    assert core["session"].keys() == SESSION_PROPERTIES.keys()
    texts = [each for known in core.values() for each in known.values()]
    assert all(each["label"] and each["description"].endswith((".", "…")) for each in texts)


@pytest.mark.parametrize("mount", ["projects", "environments"])
def test_another_project_is_not_reached(account: Account, mount: str) -> None:
    foreign = make_account("Umbrella")
    definition = defined(foreign, "secret")
    EventProperty.objects.create(project=foreign.project, event="paid", property="secret")
    own = properties(account, mount)
    for path in ("", "activity/", "type_fit/"):
        assert own.get(f"{definition.pk}/{path}").status_code == 404
    for method in ("PATCH", "PUT", "DELETE"):
        assert own.send(method, f"{definition.pk}/", {"verified": True}).status_code == 404
    assert own.names() == []
    asked = {"event_names": "paid", "property_name": "secret"}
    assert own.get("seen_together/", **asked).json() == {"paid": False}
    theirs = properties(foreign, mount)
    for path in ("", "seen_together/", "core/", "activity/", f"{definition.pk}/", f"{definition.pk}/activity/"):
        assert account.api().get(theirs.path + path, asked).status_code == 403
    assert PropertyDefinition.objects.filter(pk=definition.pk, verified=False).exists()
    assert own.get(f"{uuid.uuid4()}/").status_code == 404
    assert own.get("1/").status_code == 404


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("PATCH", 403), ("PUT", 403), ("DELETE", 403)])
def test_a_key_to_read_cannot_write(account: Account, method: str, status: int) -> None:
    definitions = properties(account)
    definitions.client = account.api("property_definition:read")
    assert definitions.send(method, f"{defined(account, 'amount').pk}/", {}).status_code == status
