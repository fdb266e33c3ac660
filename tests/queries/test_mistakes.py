"""What is answered to requests and queries that are wrong, not allowed, or too much."""

from typing import Any

import pytest
from django.test import Client

from hedgerow.settings import Settings
from tests.queries.asking import Api, make_api, make_project


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        {"query": None},
        {"query": "select 1"},
        {"query": {}},
        {"query": {"kind": "Nope"}},
        {"query": {"kind": 5}},
        {"query": {"kind": "HogQLQuery"}},
        {"query": {"kind": "HogQLQuery", "query": 5}},
        {"query": {"kind": "HogQLQuery", "query": "select 1"}, "refresh": "sometimes"},
        {"query": {"kind": "HogQLQuery", "query": "select 1"}, "name": "x" * 129},
        {"query": {"kind": "HogQLQuery", "query": "select 1"}, "limit_context": "x"},
        {"query": {"kind": "HogQLQuery", "query": "select 1"}, "client_query_id": 5},
        {"query": {"kind": "TrendsQuery"}},
        {"query": {"kind": "EventsQuery", "select": "event"}},
        {"query": {"kind": "DataTableNode"}},
        {"query": {"kind": "DataTableNode", "source": {"kind": "Nope"}}},
    ],
)
def test_a_body_that_is_no_request(api: Api, body: Any) -> None:
    response = api.send("POST", "query/", body)
    assert response.status_code == 400, response.content
    error = response.json()
    assert (error["type"], error["code"], error["attr"]) == ("invalid_request", "parse_error", None)
    assert error["detail"].startswith("JSON parse error")


def test_a_body_nested_beyond_measure(api: Api) -> None:
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    response = api.send("POST", "query/", {"query": {"kind": "HogQLQuery", "query": "select 1", "values": {"a": deep}}})
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"


def test_keys_it_does_not_know_are_ignored(api: Api) -> None:
    query = {"kind": "HogQLQuery", "query": "select 1", "response": {"x": 1}, "version": 2, "newer": True}
    assert api.answer(query, newer_key=1)["results"] == [[1]]


@pytest.mark.parametrize("kind", ["EventsNode", "ActionsNode", "SavedInsightNode", "WebGoalsQuery"])
def test_kinds_that_cannot_be_run(api: Api, kind: str) -> None:
    error = api.fault({"kind": kind, "event": "x", "series": []})
    assert (error["type"], error["code"]) == ("validation_error", "invalid_input")
    assert error["detail"] == f"Unsupported query kind: {kind}"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("select foo from events", 7, 10),
        ("select nope(1) from events", 7, 14),
        ("select 1 from nowhere", 14, 21),
        ("select 'é', foo from events", 12, 15),
    ],
)
def test_an_error_points_at_its_place(api: Api, text: str, start: int, end: int) -> None:
    error = api.fault(text)
    assert (error["type"], error["code"]) == ("validation_error", "invalid_input")
    assert error["extra"] == {"start": start, "end": end}


def test_a_syntax_error_tells_its_place(api: Api) -> None:
    error = api.fault("select (event from events")
    assert (error["type"], error["code"]) == ("validation_error", "invalid_input")
    assert "at character" in error["detail"]
    assert error["extra"]["start"] is not None


@pytest.mark.parametrize(
    "text",
    [
        "insert into events select 1",
        "drop table events",
        "alter table events delete where 1",
        "system shutdown",
        "select 1; select 2",
        "select * from system.tables",
        "select * from url('http://127.0.0.1', 'CSV', 'a String')",
        "select * from file('/etc/passwd', 'LineAsString')",
        "select * from remote('127.0.0.1', 'a.b')",
        "select * from person_overrides",
        "select * from dead_letters",
        "select file('/etc/passwd')",
        "select 1 settings readonly = 0",
        "select 1 format JSON",
        "select 1 into outfile '/tmp/x'",
        "select dictGet('a', 'b', 1)",
        "",
        "   ",
        "{x}",
        "\0",
    ],
)
def test_nothing_but_a_select_of_the_projects_tables_is_run(api: Api, text: str) -> None:
    error = api.fault(text)
    assert error["type"] == "validation_error"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select toInt('x') + toDate('nonsense')", None),
        ("select throwIf(1)", None),
        ("select match('a', '(')", "cannot_compile_regexp"),
        ("select arrayMap(x -> x, 5)", None),
        ("select 1 + [1]", None),
        ("select event from events group by distinct_id", None),
        ("select sum(event) from events", None),
        ("select group_0.properties.x from events array join NULL as z", "type_mismatch"),
        ("select JSONExtract(event, 5) from events", None),
        ("select entropy(x -> x) from events", "unsupported_method"),
    ],
)
def test_what_the_engine_refuses_is_a_mistake_without_its_inner_words(api: Api, text: str, code: str | None) -> None:
    api.store_event()
    error = api.fault(text)
    assert error["type"] == "validation_error"
    if code:
        assert error["code"] == code
    for inner in ("__table", "In scope", "DB::", "properties_raw", "team_id", "SELECT", "_CAST"):
        assert inner not in error["detail"]


def with_limits(settings: Any, **limits: object) -> None:
    settings.HEDGEROW = Settings(**{**settings.HEDGEROW.model_dump(exclude={"base_url"}), **limits})


LONG_TEXT = "select sum(cityHash64(number)) from numbers(1000000000000)"


def test_a_query_that_takes_too_long(api: Api, settings: Any) -> None:
    with_limits(settings, query_max_seconds=0.2)
    assert api.fault(LONG_TEXT)["code"] == "too_slow"


def test_a_query_that_needs_too_much_memory(api: Api, settings: Any) -> None:
    with_limits(settings, query_max_memory=50_000_000)
    assert api.fault("select groupArray(number) from numbers(1000000000)")["code"] == "memory_limit_exceeded"


def test_a_query_that_reads_too_many_rows(api: Api, settings: Any) -> None:
    with_limits(settings, query_max_rows_read=1000)
    assert api.fault("select count() from numbers(100000)")["code"] == "too_many_rows"


def test_a_query_whose_answer_is_too_large(api: Api) -> None:
    fault = api.fault("select repeat('x', 10000) from numbers(50000) limit 50000")
    assert fault["code"] == "too_many_rows_or_bytes"
    assert api.rows("select 1") == [[1]]


def test_what_a_project_keeps_may_be_wrong(api: Api) -> None:
    api.project.test_account_filters = [{"key": "x", "operator": "nope"}]
    api.project.modifiers = ["not", "an", "object"]
    api.project.save()
    events = {"kind": "EventsQuery", "select": ["event"]}
    trends = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}]}
    for query in (events, trends):
        assert "test account filters" in api.fault({**query, "filterTestAccounts": True})["detail"]
        assert api.answer(query)["modifiers"] == {}


class TestAccess:
    """Who may ask."""

    BODY = {"query": {"kind": "HogQLQuery", "query": "select count() from events"}}

    def test_nobody(self, api: Api) -> None:
        response = Client().post(f"/api/projects/{api.project.pk}/query/", self.BODY, content_type="application/json")
        assert response.status_code == 401
        assert response.json()["type"] == "authentication_error"

    def test_a_key_without_the_scope(self, api: Api) -> None:
        without = make_api(api.project, api.store, scopes=["insight:read"])
        for method, path in (("POST", "query/"), ("GET", "query/x/"), ("DELETE", "query/x/")):
            response = without.send(method, path, self.BODY)
            assert response.status_code == 403
            assert response.json()["code"] == "permission_denied"
            assert response.json()["detail"] == "API key missing required scope 'query:read'"

    def test_a_key_of_another_organization(self, api: Api) -> None:
        api.store_event()
        stranger = make_api(make_project(), api.store)
        for method, path in (("POST", "query/"), ("GET", "query/x/"), ("DELETE", "query/x/")):
            response = api.send(method, path, self.BODY, key=stranger.key)
            assert response.status_code in (403, 404)
            assert "results" not in response.json()

    def test_other_projects_do_not_exist_in_any_text(self, api: Api) -> None:
        other = make_api(make_project(), api.store)
        api.store_event("mine")
        other.store_event("theirs", distinct_id="eve", properties={"secret": "s3cret"})
        theirs = other.project.pk
        assert api.rows("select distinct team_id from events") == [[api.project.pk]]
        for text in (
            f"select count() from events where team_id = {theirs}",
            f"select count() from events where team_id = {theirs} or 1 = 1",
            "select count() from events where event = 'theirs' or distinct_id = 'eve'",
            f"select count() from (select * from events) as e join events as f on f.team_id = {theirs}"
            " where f.event = 'theirs'",
            f"with x as (select event from events where team_id = {theirs})"
            " select count() from x where event = 'theirs'",
            f"select count() from events where event in (select event from events where team_id = {theirs})"
            " and event = 'theirs'",
        ):
            answer = api.ask({"kind": "HogQLQuery", "query": text})
            if answer.status_code == 200:
                assert answer.json()["results"] in ([[0]], [[1]]), text
                assert answer.json()["results"] == [[0]] or "1 = 1" in text, text
        fault = api.fault("select event as team_id from events")
        assert fault["type"] == "validation_error"

    def test_other_kinds_stay_within_the_project(self, api: Api) -> None:
        other = make_api(make_project(), api.store)
        other.store_event("theirs", properties={"plan": "pro"})
        hostile = [
            {"key": "plan') OR team_id > 0 --", "type": "event", "value": "x"},
            {"key": "plan", "type": "event", "value": ["pro') OR (1=1"]},
            {"key": "1 = 1 or team_id > 0", "type": "hogql"},
        ]
        for given in ([], *([each] for each in hostile)):
            listed = api.answer({"kind": "EventsQuery", "select": ["*"], "properties": given, "after": "all"})
            assert listed["results"] == []
            trends = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": None}], "properties": given}
            assert api.answer(trends)["results"][0]["count"] == 0


def test_calls_with_a_key_are_limited_when_that_is_switched_on(api: Api, settings: Any) -> None:
    from django.core.cache import cache

    cache.clear()
    with_limits(settings, rate_limit_enabled=True)
    path = "query/check_auth_for_async/"
    answers = [api.send("POST", path).status_code for _ in range(241)]
    assert answers == [200] * 240 + [429]
    throttled = api.send("POST", path)
    assert throttled.json()["type"] == "throttled_error"
    assert int(throttled.headers["Retry-After"]) > 0


def test_small_endpoints(api: Api) -> None:
    assert api.send("POST", "query/check_auth_for_async/").json() == {"user": "ok"}
    query = {"kind": "HogQLQuery", "query": "select 1"}
    assert api.send("POST", "query/upgrade/", {"query": query}).json() == {"query": query}
    assert api.send("POST", "query/upgrade/", {"query": {"kind": "Nope"}}).status_code == 400
    assert api.send("POST", "query/upgrade/", {}).status_code == 400
    assert api.send("GET", "query/").status_code == 405
