"""Event definitions through the API: what people say of events, and how the list is narrowed and ordered."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.queries.runner import run_query
from hedgerow.taxonomy.core_events import CORE_EVENTS
from hedgerow.taxonomy.models import EventDefinition, EventProperty, PropertyDefinition
from hedgerow.taxonomy.recording import record_event_names
from hedgerow.taxonomy.usage import count_insights_with
from tests.accounts import Account, add_member, make_account
from tests.loader.spooling import event as loaded
from tests.persons.lines import event
from tests.taxonomy.definitions import Definitions, account_of_its_own
from tests.taxonomy.loading import load

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("event_store")]


@pytest.fixture
def account() -> Account:
    """A person with a project."""
    return account_of_its_own()


def seen(account: Account, name: str, **fields: Any) -> EventDefinition:
    """A definition as an event of an hour ago has made it."""
    now = datetime.now(UTC) - timedelta(hours=1)
    return EventDefinition.objects.create(
        project=account.project, name=name, **{"created_at": now, "last_seen_at": now, **fields}
    )


FIELDS = {
    *("id", "name", "owner", "description", "tags", "created_at", "updated_at", "updated_by", "last_seen_at"),
    *("last_updated_at", "verified", "verified_at", "verified_by", "hidden", "enforcement_mode", "is_action"),
    *("action_id", "is_calculating", "last_calculated_at", "created_by", "post_to_slack", "default_columns"),
    *("media_preview_urls", "primary_property"),
}


@pytest.mark.parametrize("mount", ["projects", "environments"])
def test_the_life_of_a_definition(account: Account, mount: str) -> None:
    definitions = Definitions(account, mount)
    made = definitions.send(
        "POST", body={"name": "purchase", "description": "Somebody paid.", "tags": [" Shop ", "shop"]}
    )
    assert made.status_code == 201, made.content
    found = made.json()
    assert set(found) == FIELDS
    assert (found["created_at"], found["last_seen_at"], found["tags"]) == (None, None, ["shop"])
    assert found["created_by"]["id"] == account.user.pk
    path = f"{found['id']}/"
    changed = definitions.send("PATCH", path, {"owner": account.user.pk, "default_columns": ["timestamp", "person"]})
    assert changed.json()["owner"] == account.user.pk
    assert changed.json()["default_columns"] == ["timestamp", "person"]
    assert changed.json()["updated_by"]["id"] == account.user.pk
    put = definitions.send(
        "PUT", path, {"name": "purchase", "primary_property": "amount", "enforcement_mode": "reject"}
    )
    assert (put.json()["primary_property"], put.json()["enforcement_mode"]) == ("amount", "reject")
    assert definitions.get(path).json() == put.json()
    assert definitions.get("primary_properties/").json() == {"primary_properties": {"purchase": "amount"}}
    assert definitions.send("DELETE", path).status_code == 204
    assert definitions.get(path).status_code == 404
    told = definitions.get("activity/").json()["results"]
    assert [entry["activity"] for entry in told] == ["deleted", "changed", "changed", "changed", "created"]
    assert {entry["scope"] for entry in told} == {"EventDefinition"}
    assert {"type": "EventDefinition", "action": "created", "field": "primary_property", "before": None}.items() <= (
        told[1]["detail"]["changes"][1].items()
    )


def test_verifying_shows_an_event_and_hiding_takes_the_verification_back(account: Account) -> None:
    path = f"{seen(account, 'purchase', hidden=True).pk}/"
    definitions = Definitions(account)
    verified = definitions.send("PATCH", path, {"verified": True}).json()
    assert (verified["verified"], verified["hidden"]) == (True, False)
    assert verified["verified_by"]["id"] == account.user.pk
    assert verified["verified_at"]
    hidden = definitions.send("PATCH", path, {"hidden": True}).json()
    assert [hidden[name] for name in ("hidden", "verified", "verified_at", "verified_by")] == [True, False, None, None]
    definitions.send("PATCH", path, {"verified": True})
    doubted = definitions.send("PATCH", path, {"verified": False}).json()
    assert [doubted[name] for name in ("verified", "verified_at", "verified_by")] == [False, None, None]
    both = definitions.send("PATCH", path, {"verified": True, "hidden": True})
    assert (both.status_code, both.json()["detail"]) == (400, "An event cannot be both hidden and verified")


@pytest.mark.parametrize(
    ("body", "attr", "detail"),
    [
        ({"name": "another"}, "name", "`name` cannot be changed: it is what the events carry."),
        ({"owner": 123_456_789}, "owner", None),
        ({"owner": "me"}, "owner", None),
        ({"enforcement_mode": "drop"}, "enforcement_mode", None),
        ({"tags": "shop"}, "tags", None),
        ({"verified": "perhaps"}, "verified", None),
        ({"default_columns": [{}]}, "default_columns__0", None),
        ({"primary_property": "x" * 401}, "primary_property", None),
        ([], None, None),
    ],
)
def test_what_cannot_be_said_is_told(account: Account, body: Any, attr: str | None, detail: str | None) -> None:
    path = f"{seen(account, 'purchase').pk}/"
    answer = Definitions(account).send("PATCH", path, body)
    assert (answer.status_code, answer.json()["attr"]) == (400, attr), answer.content
    if detail:
        assert answer.json()["detail"] == detail


def test_an_owner_is_a_member_of_the_organization(account: Account) -> None:
    path = f"{seen(account, 'purchase').pk}/"
    colleague, stranger = add_member(account.organization), make_account("Umbrella").user
    assert Definitions(account).send("PATCH", path, {"owner": colleague.pk}).json()["owner"] == colleague.pk
    assert Definitions(account).send("PATCH", path, {"owner": stranger.pk}).status_code == 400


def test_a_name_is_defined_once(account: Account) -> None:
    seen(account, "purchase")
    answer = Definitions(account).send("POST", body={"name": "purchase"})
    assert (answer.status_code, answer.json()["attr"]) == (400, "name")
    assert answer.json()["detail"] == "Event definition with name 'purchase' already exists"
    assert Definitions(account).send("POST", body={"name": "x" * 201}).status_code == 400
    assert Definitions(account).send("POST", body={}).json()["attr"] == "name"


def test_an_id_that_is_none_is_not_found(account: Account) -> None:
    for id in ("1", "purchase", str(uuid.uuid4())):
        answer = Definitions(account).get(f"{id}/")
        assert (answer.status_code, answer.json()["detail"]) == (404, "Event definition not found.")


def test_a_deleted_definition_says_that_it_came_back(account: Account) -> None:
    definitions = Definitions(account)
    old = seen(account, "purchase").pk
    definitions.send("DELETE", f"{old}/")
    gone = definitions.get(f"{old}/").json()["detail"]
    assert "will have a new one when it next comes in" in gone
    record_event_names([event("purchase", "x", team=account.project.pk)])
    back = definitions.get("by_name/", name="purchase").json()
    assert back["came_back"]["deleted_by"] == account.user.email
    assert definitions.get(f"{back['id']}/").json()["came_back"] == back["came_back"]
    assert back["id"] in definitions.get(f"{old}/").json()["detail"]


def test_a_definition_by_its_name(account: Account) -> None:
    seen(account, "purchase")
    for name, type in [("amount", "Numeric"), ("shop", None)]:
        EventProperty.objects.create(project=account.project, event="purchase", property=name)
        PropertyDefinition.objects.create(project=account.project, name=name, property_type=type)
    definitions = Definitions(account)
    found = definitions.get("by_name/", name="purchase").json()
    assert set(found) == FIELDS | {"event", "elements", "properties"}
    assert (found["event"], found["elements"]) == ("purchase", [])
    assert found["properties"] == {"amount": "Numeric", "shop": None}
    missing = definitions.get("by_name/")
    assert (missing.status_code, missing.json()["detail"]) == (400, "Query parameter 'name' is required")
    unknown = definitions.get("by_name/", name="Purchase")
    assert unknown.status_code == 404
    assert unknown.json()["detail"] == "Event definition with name 'Purchase' not found"


def test_the_queries_that_name_an_event_are_counted(account: Account) -> None:
    definition = seen(account, "it's paid")
    definitions = Definitions(account)

    def usage() -> int:
        answer = definitions.get(f"{definition.pk}/metrics/")
        assert set(answer.json()) == {"query_usage_30_day", "volume_30_day", "last_seen_at", "insights"}
        return int(answer.json()["query_usage_30_day"])

    assert usage() == 0
    series = {"kind": "EventsNode", "event": "it's paid"}
    run_query(account.project, {"kind": "TrendsQuery", "series": [series]})
    assert usage() == 1
    by_text = "select count() from events where event = 'it\\'s paid'"
    run_query(account.project, {"kind": "HogQLQuery", "query": by_text}, refresh="force_blocking")
    run_query(account.project, {"kind": "HogQLQuery", "query": by_text}, refresh="force_blocking")
    entity = {"id": "it's paid", "type": "events"}
    retention = {"kind": "RetentionQuery", "retentionFilter": {"targetEntity": entity, "returningEntity": entity}}
    run_query(account.project, retention)
    assert usage() == 4
    run_query(account.project, {"kind": "HogQLQuery", "query": "select 'it\\'s paid'"})
    run_query(account.project, {"kind": "TrendsQuery", "series": [{**series, "event": "it's paid back"}]})
    run_query(account.project, {"kind": "TrendsQuery", "series": [{**series, "event": "x", "name": "it's paid"}]})
    assert usage() == 4
    assert definitions.get(f"{seen(account, 'paid').pk}/metrics/").json()["query_usage_30_day"] == 0


def test_the_events_of_the_last_thirty_days_are_counted(account: Account) -> None:
    definition = seen(account, "purchase")
    now = datetime.now(UTC)
    ages = [timedelta(minutes=1), timedelta(days=29), timedelta(days=31), timedelta(days=-1)]
    times = [f"{now - age:%Y-%m-%d %H:%M:%S.%f}" for age in ages]
    lines = [loaded(account.project.pk, "purchase", timestamp=time) for time in times]
    load([*lines, loaded(account.project.pk, "other", timestamp=times[0])])
    assert Definitions(account).get(f"{definition.pk}/metrics/").json()["volume_30_day"] == 2


def test_saved_insights_that_name_an_event_are_counted(account: Account) -> None:
    saved = {account.project.pk: [{"kind": "EventsNode", "event": name} for name in ("paid", "paid", "refunded")]}
    count_insights_with("test", lambda project_id, names: sum(map(names, saved[project_id])))
    try:
        definition = seen(account, "paid")
        assert Definitions(account).get(f"{definition.pk}/metrics/").json()["insights"] == 2
    finally:
        count_insights_with("test", lambda project_id, names: 0)


def test_several_events_are_changed_at_once(account: Account) -> None:
    one, two = seen(account, "one", tags=["a"]), seen(account, "two", hidden=True)
    foreign = seen(make_account("Umbrella"), "three")
    definitions = Definitions(account)
    ids = [str(one.pk), str(two.pk), str(foreign.pk), "nonsense"]
    tagged = definitions.send("POST", "bulk_update_tags/", {"ids": ids, "action": "add", "tags": ["B", "a"]}).json()
    assert tagged["updated"] == [{"id": ids[0], "tags": ["a", "b"]}, {"id": ids[1], "tags": ["b", "a"]}]
    assert [each["id"] for each in tagged["skipped"]] == ids[2:]
    assert all(each["reason"] for each in tagged["skipped"])
    definitions.send("POST", "bulk_update_tags/", {"ids": ids[:1], "action": "remove", "tags": ["a"]})
    assert definitions.get(f"{one.pk}/").json()["tags"] == ["b"]
    definitions.send("POST", "bulk_update_verified/", {"ids": ids[:2], "verified": True})
    shown = definitions.get(f"{two.pk}/").json()
    assert (shown["verified"], shown["hidden"]) == (True, False)
    foreign.refresh_from_db()
    assert (foreign.tags, foreign.verified) == ([], False)
    assert definitions.send("POST", "bulk_update_tags/", {"ids": ids, "action": "mix", "tags": []}).status_code == 400
    assert definitions.send("POST", "bulk_update_verified/", {"ids": [], "verified": True}).status_code == 400


NOW = datetime.now(UTC)
ROWS: list[dict[str, Any]] = [
    {"name": "purchase", "tags": ["shop", "é"], "verified": True, "last_seen_at": NOW - timedelta(days=1)},
    {"name": "Purchase Refunded", "tags": ["shop"], "last_seen_at": NOW - timedelta(days=40)},
    {"name": "sign up", "hidden": True, "last_seen_at": NOW - timedelta(days=1, hours=1)},
    {"name": "ÜBERWEISUNG", "last_seen_at": None},
    {"name": "100% done_", "tags": ["50"], "last_seen_at": NOW - timedelta(days=40)},
    {"name": "$pageview", "last_seen_at": NOW - timedelta(days=2)},
    {"name": "$own", "last_seen_at": NOW - timedelta(days=2)},
    {"name": "survey sent", "last_seen_at": None},
]


def _rows(test: Any) -> set[str]:
    return {row["name"] for row in ROWS if test({"tags": [], "verified": False, "hidden": False, **row})}


def _is_stale(row: dict[str, Any]) -> bool:
    return row["last_seen_at"] is not None and row["last_seen_at"] < NOW - timedelta(days=30)


@pytest.mark.parametrize(
    ("asked", "test"),
    [
        ({}, lambda row: True),
        ({"search": "PURCH"}, lambda row: "purch" in row["name"].lower()),
        ({"search": "ref purch"}, lambda row: row["name"] == "Purchase Refunded"),
        ({"search": "überw"}, lambda row: row["name"] == "ÜBERWEISUNG"),
        ({"search": "%"}, lambda row: "%" in row["name"]),
        ({"search": "_"}, lambda row: "_" in row["name"]),
        ({"search": "\\"}, lambda row: False),
        ({"event_type": "event_custom"}, lambda row: not row["name"].startswith("$")),
        ({"event_type": "event_posthog"}, lambda row: row["name"].startswith("$")),
        ({"verified": "true"}, lambda row: row["verified"] or row["name"] in CORE_EVENTS),
        ({"verified": "false"}, lambda row: not row["verified"] and row["name"] not in CORE_EVENTS),
        ({"exclude_hidden": "true"}, lambda row: not row["hidden"]),
        ({"exclude_stale": "true"}, lambda row: not _is_stale(row)),
        ({"names": "purchase,sign up"}, lambda row: row["name"] in ("purchase", "sign up")),
        ({"names": ["purchase", "sign up"]}, lambda row: row["name"] in ("purchase", "sign up")),
        ({"excluded_properties": '["purchase"]'}, lambda row: row["name"] != "purchase"),
        ({"tags": '["shop"]'}, lambda row: "shop" in row["tags"]),
        ({"tags": '["é", "5"]'}, lambda row: "é" in row["tags"]),
        ({"tags": '["\'", "50"]'}, lambda row: "50" in row["tags"]),
    ],
)
def test_the_list_is_narrowed(account: Account, asked: dict[str, Any], test: Any) -> None:
    for row in ROWS:
        seen(account, **row)
    found = Definitions(account).names(**asked)
    assert len(found) == len(set(found))
    assert set(found) == _rows(test)


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({}, lambda row: (row["last_seen_at"] is None, -_day(row), row["name"])),
        ({"ordering": "name"}, lambda row: row["name"]),
        ({"ordering": "nonsense"}, lambda row: (row["last_seen_at"] is None, -_day(row), row["name"])),
        ({"ordering": "-last_seen_at"}, lambda row: (row["last_seen_at"] is None, -_seconds(row), row["name"])),
        ({"ordering": "last_seen_at::date"}, lambda row: (row["last_seen_at"] is None, _day(row), row["name"])),
        (
            {"ordering": ["last_seen_at::date", "name"]},
            lambda row: (row["last_seen_at"] is None, _day(row), row["name"]),
        ),
        ({"ordering": "created_at,name"}, lambda row: row["name"]),
    ],
)
def test_the_list_is_ordered(account: Account, asked: dict[str, Any], key: Any) -> None:
    for row in ROWS:
        seen(account, **{**row, "created_at": NOW})
    expected = [row["name"] for row in sorted(ROWS, key=key)]
    assert Definitions(account).names(**asked) == expected
    in_pages = [
        name for offset in range(0, 9, 3) for name in Definitions(account).names(**asked, limit=3, offset=offset)
    ]
    assert in_pages == expected


def _seconds(row: dict[str, Any]) -> float:
    return row["last_seen_at"].timestamp() if row["last_seen_at"] else 0


def _day(row: dict[str, Any]) -> int:
    return row["last_seen_at"].toordinal() if row["last_seen_at"] else 0


def test_a_search_gives_shorter_names_first(account: Account) -> None:
    for name in ("a purchase", "purchase", "purchased", "purchaser"):
        seen(account, name)
    assert Definitions(account).names(search="purchase") == ["purchase", "purchased", "purchaser", "a purchase"]


@pytest.mark.parametrize(
    ("asked", "attr"),
    [
        ({"event_type": "action"}, "event_type"),
        ({"tags": "shop"}, "tags"),
        ({"tags": "[1]"}, "tags"),
        ({"excluded_properties": "{}"}, "excluded_properties"),
        ({"verified": "perhaps"}, "verified"),
        ({"exclude_hidden": "2"}, "exclude_hidden"),
        ({"names": "a\0b"}, None),
    ],
)
def test_a_list_asked_for_wrongly_says_so(account: Account, asked: dict[str, Any], attr: str | None) -> None:
    answer = Definitions(account).get(**asked)
    assert (answer.status_code, answer.json()["attr"]) == (400, attr)


def test_core_events_are_served_with_labels_and_descriptions(account: Account) -> None:
    core = Definitions(account).get("core/").json()
    assert core["$pageview"]["label"] == "Pageview"
    assert all(each["label"] and each["description"].endswith(".") for each in core.values())


PATHS = ["", "activity/", "metrics/", "schema/"]


@pytest.mark.parametrize("mount", ["projects", "environments"])
def test_another_project_is_not_reached(account: Account, mount: str) -> None:
    foreign = make_account("Umbrella")
    definition = seen(foreign, "secret", primary_property="x")
    own = Definitions(account, mount)
    for path in PATHS:
        assert own.get(f"{definition.pk}/{path}").status_code == 404, path
    assert own.send("PATCH", f"{definition.pk}/", {"verified": True}).status_code == 404
    assert own.send("PUT", f"{definition.pk}/", {"name": "secret"}).status_code == 404
    assert own.send("PUT", f"{definition.pk}/schema/", {"properties": []}).status_code == 404
    assert own.send("DELETE", f"{definition.pk}/").status_code == 404
    assert own.get("by_name/", name="secret").status_code == 404
    assert own.names() == []
    assert own.get("primary_properties/").json() == {"primary_properties": {}}
    theirs = Definitions(foreign, mount)
    for path in ["", "by_name/", "primary_properties/", "activity/", "core/", f"{definition.pk}/"]:
        answer = account.api().get(theirs.path + path, {"name": "secret"})
        assert answer.status_code == 403, (path, answer.content)
    assert EventDefinition.objects.filter(pk=definition.pk, verified=False).exists()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *[("GET", path, 200) for path in ("", "by_name/?name=purchase", "primary_properties/", "core/")],
        *[("GET", f"{{id}}/{path}", 200) for path in ("", "metrics/", "schema/")],
        *[("POST", path, 403) for path in ("", "bulk_update_tags/", "bulk_update_verified/")],
        *[(method, "{id}/", 403) for method in ("PATCH", "PUT", "DELETE")],
        ("PUT", "{id}/schema/", 403),
    ],
)
def test_a_key_to_read_cannot_write(account: Account, method: str, path: str, status: int) -> None:
    definitions = Definitions(account)
    definitions.client = account.api("event_definition:read")
    id = seen(account, "purchase").pk
    assert definitions.send(method, path.format(id=id), {}).status_code == status
