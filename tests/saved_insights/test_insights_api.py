"""Saved insights over HTTP: what they look like, what is refused, and what becomes of deleted ones."""

from typing import Any

import pytest

from hedgerow.files.models import Entry
from hedgerow.saved_insights.models import Insight
from tests.accounts import Account, denied, error
from tests.saved_insights.asking import HOGQL, TRENDS, Insights

pytestmark = pytest.mark.django_db


def test_a_new_insight_has_all_its_fields(insights: Insights, account: Account) -> None:
    made = insights.make(description="How many", tags=[" Web ", "web", "Shop"], favorited=True)

    assert made.pop("created_by")["email"] == account.user.email
    assert made.pop("last_modified_by")["email"] == account.user.email
    short_id, id = made.pop("short_id"), made.pop("id")
    assert Insight.objects.get(pk=id).short_id == short_id
    assert len(short_id) == 8
    times = {made.pop(name) for name in ("created_at", "updated_at", "last_modified_at", "last_viewed_at")}
    assert None not in times
    assert made.pop("filters_hash").startswith("cache_")
    assert made == {
        "name": "Visits",
        "derived_name": None,
        "query": {"kind": "InsightVizNode", "source": TRENDS},
        "filters": {},
        "order": None,
        "deleted": False,
        "dashboards": [],
        "dashboard_tiles": [],
        "description": "How many",
        "tags": ["web", "shop"],
        "favorited": True,
        "saved": True,
        "is_sample": False,
        "effective_restriction_level": 21,
        "effective_privilege_level": 37,
        "user_access_level": "manager",
        "alerts": [],
        "search_match_type": None,
        "result": None,
        "hasMore": None,
        "columns": None,
        "types": None,
        "hogql": None,
        "timezone": "UTC",
        "is_cached": False,
        "last_refresh": None,
        "cache_target_age": None,
        "next_allowed_client_refresh": None,
        "query_status": None,
        "resolved_date_range": None,
    }


def test_an_insight_is_found_by_id_and_by_short_id_under_every_path(insights: Insights, account: Account) -> None:
    made = insights.make()
    account.user.current_project = account.project
    account.user.save()

    by_id = insights.get(made)
    assert by_id == made
    assert insights.send("GET", made["short_id"]).json() == by_id
    assert insights.send("GET", f"{made['id']}/", mount="environments").json() == by_id
    assert insights.client.get(f"/api/insight/{made['short_id']}/").json() == by_id
    assert [each["id"] for each in insights.client.get("/api/insight").json()["results"]] == [made["id"]]


@pytest.mark.parametrize(
    ("query", "wrapper"),
    [
        (TRENDS, "InsightVizNode"),
        (HOGQL, "DataVisualizationNode"),
        ({"kind": "EventsQuery", "select": ["event"]}, "InsightVizNode"),
    ],
)
def test_a_bare_query_is_wrapped(insights: Insights, query: dict[str, Any], wrapper: str) -> None:
    assert insights.make(query=query)["query"] == {"kind": wrapper, "source": query}


@pytest.mark.parametrize("kind", ["InsightVizNode", "DataTableNode", "DataVisualizationNode"])
def test_a_wrapped_query_stays_as_it_is(insights: Insights, kind: str) -> None:
    query = {"kind": kind, "source": HOGQL, "full": True}
    assert insights.make(query=query)["query"] == query


@pytest.mark.parametrize("query", ["abc", ["abc"], 1, True])
def test_a_query_is_an_object(insights: Insights, query: Any) -> None:
    answer = insights.send("POST", body={"query": query})
    assert (answer.status_code, answer.json()) == (
        400,
        error("invalid_input", "Query must be a valid JSON object", "query"),
    )


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"kind": "NoQuery"},
        {"kind": "TrendsQuery", "series": "all"},
        {"kind": "InsightVizNode"},
        {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "interval": "decade"}},
        {"kind": "DataTableNode", "source": {"kind": "HogQLMetadata", "query": "SELECT 1", "language": "hogQL"}},
        {"kind": "EventsNode", "event": "$pageview"},
    ],
)
def test_a_query_has_to_be_one_that_can_be_answered(insights: Insights, query: Any) -> None:
    answer = insights.send("POST", body={"query": query})
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["attr"]) == ("parse_error", "query")
    assert not Insight.objects.filter(project=insights.account.project).exists()


def test_filters_of_the_old_form_are_kept_and_answered(insights: Insights) -> None:
    filters = {"insight": "TRENDS", "events": [{"id": "$pageview", "type": "events"}]}
    made = insights.make(query=None, filters=filters)
    assert made["filters"] == filters
    assert made["query"]["source"]["series"][0]["event"] == "$pageview"
    assert insights.get(made, refresh="true")["result"][0]["count"] == 0

    assert insights.change(made, query=TRENDS)["filters"] == {}


def test_filters_are_checked(insights: Insights) -> None:
    answer = insights.send("POST", body={"filters": {"insight": "HOROSCOPE"}})
    assert (answer.status_code, answer.json()["attr"]) == (400, "filters")
    answer = insights.send("POST", body={"filters": ["x"]})
    assert (answer.status_code, answer.json()["attr"]) == (400, "filters")


@pytest.mark.parametrize("field", ["name", "derived_name", "description"])
def test_texts_have_at_most_400_characters(insights: Insights, field: str) -> None:
    assert insights.make(**{field: "x" * 400})[field] == "x" * 400
    answer = insights.send("POST", body={field: "x" * 401})
    expected = error("max_length", "Ensure this field has no more than 400 characters.", field)
    assert (answer.status_code, answer.json()) == (400, expected)


def test_an_insight_needs_no_name_and_no_question(insights: Insights) -> None:
    made = insights.send("POST", body={}).json()
    assert (made["name"], made["query"], made["filters"], made["result"], made["query_status"]) == (
        None,
        None,
        {},
        None,
        None,
    )


def test_to_delete_hides_an_insight_until_it_is_restored(insights: Insights) -> None:
    made = insights.make()
    answer = insights.send("DELETE", f"{made['id']}/")
    assert (answer.status_code, answer.content) == (405, b"")
    assert insights.change(made, deleted=True)["deleted"] is True

    missing = error("not_found", "Not found.", type="invalid_request")
    for key in (made["id"], made["short_id"]):
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("PATCH", {"deleted": "false"}), ("PUT", {})):
            answer = insights.send(method, f"{key}/", body)
            assert (answer.status_code, answer.json()) == (404, missing)
    assert insights.send("GET", f"{made['id']}/activity/").status_code == 404
    assert insights.names() == []

    answer = insights.send("PUT", f"{made['short_id']}/", {"deleted": False, "name": "Back"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Back")
    assert insights.names() == ["Back"]


def test_a_change_saves_an_insight_and_moves_only_what_it_should(insights: Insights, account: Account) -> None:
    made = insights.make(saved=False)
    Insight.objects.filter(pk=made["id"]).update(is_sample=True)

    tagged = insights.change(made, tags=["Web"])
    assert (tagged["saved"], tagged["is_sample"], tagged["tags"]) == (True, False, ["web"])
    assert tagged["last_modified_at"] == made["last_modified_at"]
    assert tagged["updated_at"] > made["updated_at"]

    for fields in ({"name": "Views"}, {"description": "d"}, {"query": HOGQL}):
        changed = insights.change(made, **fields)
        assert changed["last_modified_at"] > tagged["last_modified_at"]
        tagged = changed
    assert insights.change(made, saved=False)["saved"] is False


@pytest.mark.parametrize("key", ["0", "999999999", "9" * 30, "abcdefgh", "-1", "²"])
def test_unknown_insights_are_not_found(insights: Insights, key: str) -> None:
    assert insights.send("GET", f"{key}/").status_code == 404


def test_a_key_needs_the_scope(account: Account) -> None:
    reader = Insights(account, account.api("insight:read"))
    made = Insights(account, account.api("insight:write")).make()

    assert reader.send("GET").status_code == 200
    answer = reader.send("PATCH", f"{made['id']}/", {"name": "x"})
    assert (answer.status_code, answer.json()) == (403, denied("API key missing required scope 'insight:write'"))
    assert reader.send("POST", "viewed/", {"insight_ids": [made["id"]]}).status_code == 201
    assert reader.send("GET", "my_last_viewed/").status_code == 200
    assert reader.send("GET", "activity/").status_code == 403
    assert reader.send("POST", "cancel/", {"client_query_id": "x"}).status_code == 403
    assert Insights(account, account.api("query:read")).send("GET").status_code == 403


def test_what_cannot_be_is_refused(insights: Insights) -> None:
    made = insights.make()
    refused: list[dict[str, Any]] = [
        {"name": ["x"]},
        {"name": "a\0b"},
        {"order": "first"},
        {"order": 2**70},
        {"tags": "web"},
        {"tags": ["x" * 256]},
        {"dashboards": "all"},
        {"dashboards": [2**70]},
        {"favorited": "perhaps"},
        {"deleted": "perhaps"},
        {"filters": {"a": "\0"}, "query": None},
        {"refresh": "sometimes"},
    ]
    for fields in refused:
        status, body = insights.refused(made, **fields)
        assert status == 400, fields
        assert body["attr"], fields
    assert insights.send("PATCH", f"{made['id']}/", ["x"]).status_code == 400
    assert insights.get(made) == made


def test_activity_tells_each_change_once(
    insights: Insights, account: Account, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = insights.make()
        insights.change(made, name="Views")
        insights.change(made, name="Views")
        insights.change(made, deleted=True)
        insights.change(made, deleted=False)

    newest_first = insights.history(made)
    assert [entry["activity"] for entry in newest_first] == ["restored", "deleted", "updated", "created"]
    updated = newest_first[2]
    assert (updated["scope"], updated["item_id"]) == ("Insight", str(made["id"]))
    assert updated["user"]["email"] == account.user.email
    assert updated["detail"]["name"] == "Views"
    assert updated["detail"]["short_id"] == made["short_id"]
    assert updated["detail"]["changes"] == [
        {"type": "Insight", "action": "changed", "field": "name", "before": "Visits", "after": "Views"}
    ]
    assert newest_first[0]["detail"]["changes"][0]["field"] == "deleted"
    assert [entry["activity"] for entry in insights.send("GET", "activity/").json()["results"]] == [
        entry["activity"] for entry in newest_first
    ]


def test_questions_without_a_name_leave_no_trace_in_the_log(
    insights: Insights, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        made = insights.make(name=None)
        insights.change(made, favorited=True)
        insights.change(made, derived_name="Pageviews")
    assert [entry["detail"]["name"] for entry in insights.history(made)] == ["Pageviews"]


def test_an_insight_is_filed_where_it_was_made(insights: Insights, account: Account) -> None:
    def place(insight: dict[str, Any]) -> list[str]:
        return list(
            Entry.objects.filter(project=account.project, ref=insight["short_id"]).values_list("path", flat=True)
        )

    in_team = insights.make(name="Q/1", _create_in_folder="Team")
    at_root = insights.make(name="Root", _create_in_folder="")
    usual = insights.make(name="Usual")
    draft = insights.make(name="Draft", saved=False)
    assert "_create_in_folder" not in in_team
    assert [place(each) for each in (in_team, at_root, usual, draft)] == [
        ["Team/Q\\/1"],
        ["Root"],
        ["Unfiled/Insights/Usual"],
        [],
    ]
    insights.change(in_team, name="Q2", _create_in_folder="Elsewhere")
    assert place(in_team) == ["Team/Q2"]
    insights.change(in_team, deleted=True)
    assert place(in_team) == []
