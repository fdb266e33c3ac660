"""Rate limits count calls with a key, each key by itself, and only when they are switched on."""

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from hedgerow.api.throttling import CrudBurst, LoginPrechecks, RawSQLSustained, Signups
from tests.accounts import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_calls_a_minute(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(CrudBurst, "rate", "3/minute")
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"rate_limit_enabled": True})


def statuses(client: Any, path: str, calls: int = 4) -> list[int]:
    return [client.get(path).status_code for _ in range(calls)]


@pytest.mark.usefixtures("three_calls_a_minute")
def test_a_call_too_many_is_told_when_to_come_back() -> None:
    client = make_account().api()
    assert statuses(client, "/api/users/@me/") == [200, 200, 200, 429]
    answer = client.get("/api/users/@me/")
    wait = int(answer["Retry-After"])
    assert 1 <= wait <= 60
    assert answer.json() == {
        "type": "throttled_error",
        "code": "throttled",
        "detail": f"Request was throttled. Expected available in {wait} seconds.",
        "attr": None,
    }


@pytest.mark.usefixtures("three_calls_a_minute")
def test_another_key_and_a_session_are_not_affected() -> None:
    ada = make_account()
    statuses(ada.api(), "/api/users/@me/")
    assert ada.api().get("/api/users/@me/").status_code == 200
    assert statuses(ada.session(), "/api/users/@me/", 6) == [200] * 6


@pytest.mark.usefixtures("three_calls_a_minute")
def test_listed_projects_are_never_limited(settings: Any) -> None:
    ada = make_account()
    exempt = {"rate_limit_exempt_projects": [ada.project.id]}
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=exempt)
    assert statuses(ada.api(), f"/api/projects/{ada.project.id}/", 6) == [200] * 6


def test_nothing_is_limited_by_default() -> None:
    cache.clear()
    assert statuses(make_account().api(), "/api/users/@me/", 6) == [200] * 6


@pytest.mark.usefixtures("three_calls_a_minute")
def test_answers_tell_what_is_left() -> None:
    ada = make_account()
    client = ada.api()
    left = [client.get("/api/users/@me/")["X-RateLimit-Remaining"] for _ in range(4)]
    assert left == ["2", "1", "0", "0"]
    answer = client.get("/api/users/@me/")
    assert answer["X-RateLimit-Limit"] == "3"
    assert time.time() < int(answer["X-RateLimit-Reset"]) <= time.time() + 61
    assert "X-RateLimit-Limit" not in ada.session().get("/api/users/@me/")


@pytest.mark.usefixtures("three_calls_a_minute", "event_store")
@pytest.mark.parametrize("wrap", [lambda query: query, lambda query: {"kind": "DataTableNode", "source": query}])
def test_queries_written_in_hogql_have_a_limit_of_their_own(monkeypatch: pytest.MonkeyPatch, wrap: Any) -> None:
    monkeypatch.setattr(RawSQLSustained, "rate", "2/hour")
    ada = make_account()
    client = ada.api()

    def ask(kind: str) -> int:
        body = {"query": wrap({"kind": kind, "query": "nonsense, answered by 400"})}
        path = f"/api/projects/{ada.project.id}/query/"
        return client.post(path, body, content_type="application/json").status_code

    assert [ask("HogQLQuery") for _ in range(3)] == [400, 400, 429]
    assert ask("TrendsQuery") == 400


@pytest.mark.usefixtures("three_calls_a_minute")
@pytest.mark.parametrize(("limit", "path"), [(Signups, "/api/signup/"), (LoginPrechecks, "/api/login/precheck")])
def test_callers_nobody_knows_are_counted_by_address(monkeypatch: pytest.MonkeyPatch, limit: type, path: str) -> None:
    monkeypatch.setattr(limit, "rate", "2/day")

    def ask(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return Client().post(path, {}, content_type="application/json", headers=headers).status_code

    assert [ask("203.0.113.1") for _ in range(3)] == [400, 400, 429]
    assert ask("203.0.113.2") == 400
