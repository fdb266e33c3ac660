"""Answers of saved insights: when they are computed, what is put over the questions, and questions that fail."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.dashboards.placing import place_insight
from hedgerow.eventstore.client import EventStore
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.results import RESULT_FIELDS, insight_result
from hedgerow.saved_insights.serializers import BasicInsightSerializer, InsightSerializer
from tests.queries.asking import Api
from tests.saved_insights.asking import HOGQL, TRENDS, Insights

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(insights: Insights, event_store: EventStore) -> Api:
    """Two visits today, one by Chrome, and one three days ago."""
    api = Api(insights.account.project, "", event_store)
    now = datetime.now(UTC)
    api.store_events(
        [
            {"timestamp": now, "properties": {"$browser": "Chrome"}},
            {"timestamp": now},
            {"timestamp": now - timedelta(days=3)},
        ]
    )
    return api


def stored(insight: dict[str, Any]) -> Insight:
    return Insight.objects.get(pk=insight["id"])


def test_nothing_is_computed_unless_it_is_asked_for(insights: Insights, events: Api) -> None:
    made = insights.make()
    for refresh in ({}, {"refresh": "false"}, {"refresh": "force_cache"}, {"refresh": "0"}):
        found = insights.get(made, **refresh)
        assert (found["result"], found["is_cached"], found["last_refresh"]) == (None, False, None)

    computed = insights.get(made, refresh="blocking")
    assert computed["result"][0]["count"] == 3
    assert computed["is_cached"] is False
    assert computed["resolved_date_range"]["date_to"]

    events.store_events([{}])
    kept = insights.get(made)
    assert kept["is_cached"] is True
    assert {name: kept[name] for name in RESULT_FIELDS if name != "is_cached"} == {
        name: computed[name] for name in RESULT_FIELDS if name != "is_cached"
    }
    assert insights.send("GET").json()["results"][0]["result"] == computed["result"]
    assert insights.get(made, refresh="true")["result"][0]["count"] == 4


@pytest.mark.parametrize("refresh", ["true", "1", "force_blocking", "blocking", "async_except_on_cache_miss"])
def test_an_answer_can_be_had_at_once(insights: Insights, refresh: str) -> None:
    found = insights.get(insights.make(query=HOGQL), refresh=refresh)
    assert (found["result"], found["columns"], found["hasMore"]) == ([[1]], ["one"], False)
    assert found["hogql"] and found["types"] and found["filters_hash"]


@pytest.mark.parametrize("refresh", ["soon", "2", "force"])
def test_other_ways_to_refresh_are_refused(insights: Insights, refresh: str) -> None:
    made = insights.make()
    for answer in (
        insights.send("GET", f"{made['id']}/", refresh=refresh),
        insights.send("GET", refresh=refresh),
        insights.send("POST", body={"refresh": refresh}),
    ):
        assert (answer.status_code, answer.json()["attr"]) == (400, "refresh")
    assert Insight.objects.filter(project=insights.account.project).count() == 1


def test_a_write_can_ask_for_the_answer(insights: Insights) -> None:
    made = insights.make(query=HOGQL, refresh=True)
    assert made["result"] == [[1]]
    changed = insights.change(made, query={**HOGQL, "query": "SELECT 2"}, refresh="blocking")
    assert changed["result"] == [[2]]


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "HogQLQuery", "query": "SELECT nothing FROM nowhere"},
        {"kind": "HogQLQuery", "query": "SELECT throwIf(1)"},
    ],
)
def test_a_failing_question_is_told_and_breaks_nothing(insights: Insights, query: dict[str, Any]) -> None:
    failing = insights.make(query=query)
    insights.make(query=HOGQL)

    found = insights.get(failing, refresh="true")
    assert found["result"] is None
    assert found["query_status"]["error"] is True
    assert found["query_status"]["complete"] is True
    assert found["query_status"]["error_message"]
    answer = insights.send("GET", refresh="blocking")
    assert answer.status_code == 200
    assert [each["result"] for each in answer.json()["results"]] == [None, [[1]]]


@pytest.mark.parametrize(
    "kept",
    [
        {"query": {"no": "kind"}},
        {"query": {"kind": "InsightVizNode"}},
        {"query": ["x"]},
        {"query": {"kind": "HogQuery", "code": "return 1"}},
        {"query": None, "filters": {"insight": "HOROSCOPE"}},
    ],
)
def test_whatever_is_stored_is_told(insights: Insights, kept: dict[str, Any]) -> None:
    made = insights.make()
    Insight.objects.filter(pk=made["id"]).update(**kept)

    for refresh in ("force_cache", "blocking", "async"):
        found = insights.get(made, refresh=refresh)
        assert (found["result"], found["query_status"]["error"]) == (None, True)
        assert insights.get(made, refresh=refresh, filters_override='{"date_from": "-1d"}')["query_status"]["error"]


def test_overrides_count_for_the_answer_only(insights: Insights, events: Api) -> None:
    made = insights.make()
    override = {"date_from": "-1d", "interval": "hour", "filterTestAccounts": True}
    found = insights.get(made, refresh="blocking", filters_override=json.dumps(override))

    source = found["query"]["source"]
    assert source["dateRange"] == {"date_from": "-1d", "date_to": None}
    assert (source["interval"], source["filterTestAccounts"]) == ("hour", True)
    assert found["result"][0]["count"] == 2
    assert insights.get(made)["query"] == made["query"]
    assert insights.get(made)["filters_hash"] == made["filters_hash"] != found["filters_hash"]


def test_variables_of_hogql_are_replaced(insights: Insights) -> None:
    variable = {"variableId": "a", "code_name": "limit", "value": 1}
    query = {"kind": "HogQLQuery", "query": "SELECT {variables.limit}", "variables": {"a": variable}}
    made = insights.make(query=query)

    override = json.dumps({"a": {**variable, "value": 7}})
    assert insights.get(made, refresh="blocking", variables_override=override)["result"] == [[7]]
    assert insights.get(made, refresh="blocking")["result"] == [[1]]


@pytest.mark.parametrize("name", ["filters_override", "variables_override"])
@pytest.mark.parametrize("text", ["{bad", "[]", "1"])
def test_overrides_are_json_objects(insights: Insights, name: str, text: str) -> None:
    answer = insights.send("GET", f"{insights.make()['id']}/", **{name: text})
    assert (answer.status_code, answer.json()["attr"]) == (400, name)
    assert answer.json()["detail"] == f"Invalid JSON passed in {name} parameter"


def test_an_insight_is_told_as_a_dashboard_shows_it(insights: Insights, events: Api) -> None:
    board = insights.dashboard(filters={"properties": [{"key": "$browser", "value": ["Chrome"], "type": "event"}]})
    made = insights.make()
    layouts = {"sm": {"x": 6, "y": 0, "w": 6, "h": 5}}
    tile = place_insight(board, stored(made), layouts=layouts, color="blue")

    found = insights.get(made, from_dashboard=str(board.pk), refresh="blocking")
    assert (found["color"], found["layouts"]) == ("blue", layouts)
    assert found["result"][0]["count"] == 1
    assert insights.get(made, refresh="blocking")["result"][0]["count"] == 3

    tile.filters_overrides = {"date_from": "-1d"}
    tile.save()
    assert insights.get(made, from_dashboard=str(board.pk), refresh="blocking")["result"][0]["count"] == 2
    answer = insights.send("GET", f"{made['id']}/", from_dashboard="x")
    assert (answer.status_code, answer.json()["attr"]) == (400, "from_dashboard")


def test_dashboards_it_is_not_on_change_nothing(insights: Insights) -> None:
    made = insights.make()
    board = insights.dashboard(filters={"date_from": "-1d"})
    place_insight(board, stored(insights.make()))
    deleted = insights.dashboard(deleted=True)
    place_insight(deleted, stored(made))

    for id in (board.pk, deleted.pk, 999_999):
        found = insights.get(made, from_dashboard=str(id))
        assert "color" not in found
        assert found["query"] == made["query"]


def test_a_kept_answer_is_not_that_of_another_project(insights: Insights, events: Api) -> None:
    from tests.queries.asking import make_project

    made = stored(insights.make())
    assert insight_result(made, insights.account.project, refresh="blocking")["result"][0]["count"] == 3
    elsewhere = insight_result(made, make_project())
    assert (elsewhere["result"], elsewhere["is_cached"]) == (None, False)


def test_an_answer_is_made_in_the_background(insights: Insights) -> None:
    found = insights.get(insights.make(query=HOGQL), refresh="force_async")
    assert found["result"] is None
    assert (found["query_status"]["query_async"], found["query_status"]["error"]) == (True, False)


def test_trends_without_a_wrapper_are_answered(insights: Insights, events: Api) -> None:
    made = insights.make()
    Insight.objects.filter(pk=made["id"]).update(query=TRENDS)
    assert insights.get(made, refresh="blocking")["result"][0]["count"] == 3


def test_overrides_that_are_nested_too_deeply_are_told(insights: Insights) -> None:
    made = insights.make()
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"values": [deep]}
    found = insights.get(made, filters_override=json.dumps({"properties": [deep]}))
    assert found["query"] == made["query"]
    assert "levels deep" in found["query_status"]["error_message"]


def test_those_without_an_account_are_told_no_addresses_and_of_no_other_dashboard(insights: Insights) -> None:
    board, other = insights.dashboard(), insights.dashboard()
    made = stored(insights.make(dashboards=[board.pk, other.pk]))
    tile = made.dashboard_tiles.get(dashboard=board)
    context = {"project": insights.account.project, "dashboard": board, "tile": tile, "shared": True}

    for serializer in (InsightSerializer, BasicInsightSerializer):
        told = serializer(made, context=context).data
        assert told["dashboards"] == [board.pk]
        assert [each["dashboard_id"] for each in told["dashboard_tiles"]] == [board.pk]
        assert told["user_access_level"] is None
        assert "alerts" not in told
        assert told["created_by"]["first_name"] == insights.account.user.first_name
        text = json.dumps(told, default=str)
        assert insights.account.user.email not in text
        assert str(insights.account.user.distinct_id) not in text
    full = InsightSerializer(made, context=context).data
    assert (full["effective_restriction_level"], full["effective_privilege_level"]) == (37, 21)
