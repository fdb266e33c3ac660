"""Events held against the schema of their name while they are loaded."""

import json
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.taxonomy.models import EventDefinition
from tests.accounts import Account, make_account
from tests.loader.spooling import event
from tests.taxonomy.definitions import Definitions, account_of_its_own
from tests.taxonomy.loading import load

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("event_store")]

SCHEMA = [
    {"name": "amount", "property_type": "Numeric", "is_required": True},
    {"name": "coupon", "property_type": "String", "is_required": False},
]


@pytest.fixture
def account() -> Account:
    """A person with a project."""
    return account_of_its_own()


def with_schema(account: Account, mode: str, properties: list[dict[str, Any]] = SCHEMA) -> str:
    """Give the event `purchase` a schema through the API; the definition's id."""
    definitions = Definitions(account)
    id: str = definitions.send("POST", body={"name": "purchase", "enforcement_mode": mode}).json()["id"]
    answer = definitions.send("PUT", f"{id}/schema/", {"properties": properties})
    assert (answer.status_code, answer.json()["properties"]) == (200, properties)
    return id


def rows(event_store: EventStore, account: Account, sql: str) -> list[Any]:
    return event_store.query(sql, {"team": account.project.pk}).rows


def stored(event_store: EventStore, account: Account) -> list[str]:
    sql = "SELECT distinct_id FROM events WHERE team_id = {team:Int64} ORDER BY distinct_id"
    return [distinct_id for (distinct_id,) in rows(event_store, account, sql)]


def warnings(event_store: EventStore, account: Account) -> dict[str, str]:
    """By distinct id, the reason told."""
    sql = "SELECT distinct_id, type, details FROM ingestion_warnings WHERE team_id = {team:Int64}"
    found = rows(event_store, account, sql)
    assert {type for _, type, _ in found} <= {"schema_validation_failed"}
    return {distinct_id: json.loads(details)["reason"] for distinct_id, _, details in found}


def test_reject_drops_what_does_not_fit_and_keeps_the_rest_of_the_batch(
    account: Account, event_store: EventStore
) -> None:
    with_schema(account, "reject")
    team = account.project.pk
    missing = event(team, "purchase", "missing", properties={"coupon": "x"})
    lines = [
        event(team, "purchase", "fits", properties={"amount": 1.5, "coupon": None, "anything": [1]}),
        missing,
        event(team, "purchase", "null", properties={"amount": None}),
        event(team, "purchase", "wrong", properties={"amount": "much", "coupon": 5}),
        event(team, "other", "other", properties={"amount": "much"}),
        missing,
    ]
    accepted = {line.u for line in lines}
    assert load(lines) == 2
    assert stored(event_store, account) == ["fits", "other"]
    assert warnings(event_store, account) == {
        "missing": "property 'amount' is required",
        "null": "property 'amount' is required",
        "wrong": "property 'amount' is not of the type Numeric; property 'coupon' is not of the type String",
    }
    sql = "SELECT event_uuid, reason, raw FROM dead_letters WHERE team_id = {team:Int64}"
    letters = {uuid: (reason, json.loads(raw)) for uuid, reason, raw in rows(event_store, account, sql)}
    assert letters[missing.u] == ("schema_validation_failed", {"coupon": "x"})
    assert len(letters) + 2 == len(accepted)


def test_a_rejected_event_leaves_no_trace_in_the_records(account: Account, event_store: EventStore) -> None:
    id = with_schema(account, "reject")
    load([event(account.project.pk, "purchase", "x")])
    assert EventDefinition.objects.get(pk=id).last_seen_at is None
    assert not account.project.persons.exists()


def test_allow_stores_it_and_warns(account: Account, event_store: EventStore) -> None:
    with_schema(account, "allow")
    load([event(account.project.pk, "purchase", "missing"), event(account.project.pk, "other", "other")])
    assert stored(event_store, account) == ["missing", "other"]
    assert warnings(event_store, account) == {"missing": "property 'amount' is required"}
    assert rows(event_store, account, "SELECT 1 FROM dead_letters WHERE team_id = {team:Int64}") == []


@pytest.mark.parametrize(
    ("property_type", "good", "bad"),
    [
        ("String", ["", "x", "5"], [5, True, ["x"], {}]),
        ("Numeric", [0, -1.5, "10", "1e3"], ["", "x", "1 2", True, [1]]),
        ("Boolean", [True, False, "true"], ["yes", 0, 1, []]),
        ("DateTime", ["2026-01-31", "2026-01-31T12:00:00Z", 1_700_000_000, 1_700_000_000_000], ["soon", 5, True, {}]),
        ("Array", [[], [1]], ["[]", {}, 1]),
        ("Object", [{}, {"a": 1}], ["{}", [], 1]),
    ],
)
def test_values_are_held_against_their_type(
    account: Account, event_store: EventStore, property_type: str, good: list[Any], bad: list[Any]
) -> None:
    with_schema(account, "reject", [{"name": "it", "property_type": property_type, "is_required": True}])
    team = account.project.pk
    values = {f"good {number}": value for number, value in enumerate(good)}
    values |= {f"bad {number}": value for number, value in enumerate(bad)}
    load([event(team, "purchase", name, properties={"it": value}) for name, value in values.items()])
    assert stored(event_store, account) == sorted(name for name in values if name.startswith("good"))


def test_a_schema_holds_for_its_own_project_only(account: Account, event_store: EventStore) -> None:
    with_schema(make_account("Umbrella"), "reject")
    load([event(account.project.pk, "purchase", "x")])
    assert stored(event_store, account) == ["x"]


def test_a_changed_schema_is_told_and_counts_at_once(account: Account, event_store: EventStore) -> None:
    id = with_schema(account, "reject")
    definitions = Definitions(account)
    assert definitions.get(f"{id}/schema/").json() == {"properties": SCHEMA}
    definitions.send("PUT", f"{id}/schema/", {"properties": []})
    load([event(account.project.pk, "purchase", "x")])
    assert stored(event_store, account) == ["x"]
    last, first = definitions.get(f"{id}/activity/").json()["results"][:2]
    assert last["detail"]["changes"] == [
        {"type": "EventDefinition", "action": "deleted", "field": "schema", "before": SCHEMA, "after": []}
    ]
    assert first["detail"]["changes"][0]["action"] == "created"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"properties": {}},
        {"properties": [{"name": "a"}]},
        {"properties": [{"name": "a", "property_type": "Duration"}]},
        {"properties": [{"name": "x" * 401, "property_type": "String"}]},
        {"properties": [SCHEMA[0], SCHEMA[0]]},
        [],
    ],
)
def test_a_schema_that_is_none_is_refused(account: Account, body: Any) -> None:
    id = with_schema(account, "allow")
    assert Definitions(account).send("PUT", f"{id}/schema/", body).status_code == 400
    assert Definitions(account).get(f"{id}/schema/").json() == {"properties": SCHEMA}
