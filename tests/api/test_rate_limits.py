"""Rate limits count calls with a key, each key by itself, and only when they are switched on."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from hedgerow.api import throttling
from hedgerow.api.throttling import (
    AnalyticsCalls,
    FlagDefinitionCalls,
    KeyLimit,
    Limit,
    LoginPrechecks,
    OrdinaryCalls,
    QueryCalls,
    Rate,
    RawSQLCalls,
    Signups,
    TestDeliveries,
)
from hedgerow.api.views import ScopedView
from tests.accounts import Account, client_with, make_account

pytestmark = pytest.mark.django_db

ME = "/api/users/@me/"


@pytest.fixture
def counting(settings: Settings) -> None:
    """Rate limits are on, and nothing has been counted."""
    caches["rate_limits"].clear()
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"rate_limit_enabled": True})


@pytest.fixture
def three_calls_a_minute(counting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrdinaryCalls, "rates", (Rate(3, 60), Rate(100, 3600)))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    """The time as the limits see it."""
    moved = Clock()
    monkeypatch.setattr(throttling.time, "time", lambda: moved.now)
    return moved


class Clock:
    """A time that passes when it is told to."""

    now = time.time()


def statuses(client: Client, path: str, calls: int = 4) -> list[int]:
    return [client.get(path).status_code for _ in range(calls)]


@pytest.mark.usefixtures("three_calls_a_minute")
def test_a_call_too_many_is_told_when_to_come_back() -> None:
    client = make_account().api()
    assert statuses(client, ME) == [200, 200, 200, 429]
    answer = client.get(ME)
    wait = int(answer["Retry-After"])
    assert 1 <= wait <= 60
    assert answer.json() == {
        "type": "throttled_error",
        "code": "throttled",
        "detail": f"Request was throttled. Expected available in {wait} seconds.",
        "attr": None,
    }


@pytest.mark.usefixtures("three_calls_a_minute")
def test_the_window_slides(clock: Clock) -> None:
    client, begin = make_account().api(), clock.now

    def call(seconds: float) -> int:
        clock.now = begin + seconds
        return client.get(ME).status_code

    assert [call(0), call(20), call(40), call(50)] == [200, 200, 200, 429]
    refused = client.get(ME)
    assert (refused["Retry-After"], refused["X-RateLimit-Remaining"]) == ("10", "0")
    assert abs(int(refused["X-RateLimit-Reset"]) - (begin + 60)) <= 1
    assert [call(59.5), call(60), call(79), call(80)] == [429, 200, 429, 200]
    clock.now = begin + 99.5
    assert client.get(ME).json()["detail"] == "Request was throttled. Expected available in 1 second."


@pytest.mark.usefixtures("counting")
def test_the_hour_has_a_limit_too_and_refused_calls_do_not_count(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OrdinaryCalls, "rates", (Rate(2, 60), Rate(4, 3600)))
    client, begin = make_account().api(), clock.now
    assert statuses(client, ME, 5) == [200, 200, 429, 429, 429]
    clock.now = begin + 100
    assert statuses(client, ME, 2) == [200, 200]
    clock.now = begin + 200
    hourly = client.get(ME)
    assert (hourly.status_code, hourly["Retry-After"], hourly["X-RateLimit-Limit"]) == (429, "3400", "4")
    clock.now = begin + 3600
    assert statuses(client, ME, 3) == [200, 200, 429]


@pytest.mark.usefixtures("three_calls_a_minute")
def test_another_key_and_a_session_are_not_affected() -> None:
    ada = make_account()
    statuses(ada.api(), ME)
    assert ada.api().get(ME).status_code == 200
    assert statuses(ada.session(), ME, 6) == [200] * 6


@pytest.mark.usefixtures("three_calls_a_minute")
def test_a_key_is_one_key_wherever_it_is_given() -> None:
    key = make_account().key()
    by_query = Client()
    calls = [client_with(key).get(ME), by_query.get(f"{ME}?personal_api_key={key}"), client_with(key).get(ME)]
    assert [each.status_code for each in calls] == [200] * 3
    assert by_query.get(f"{ME}?personal_api_key={key}").status_code == 429


@pytest.mark.usefixtures("three_calls_a_minute")
def test_calls_that_are_refused_for_other_reasons_do_not_count() -> None:
    ada, other = make_account(), make_account("Other")
    client = ada.api()
    assert statuses(client, f"/api/projects/{other.project.pk}/insights/", 5) == [403] * 5
    assert statuses(client, ME) == [200, 200, 200, 429]


@pytest.mark.usefixtures("three_calls_a_minute")
def test_listed_projects_are_never_limited(settings: Settings) -> None:
    ada = make_account()
    exempt = {"rate_limit_exempt_projects": [ada.project.id]}
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=exempt)
    assert statuses(ada.api(), f"/api/projects/{ada.project.id}/", 6) == [200] * 6
    assert statuses(ada.api(), ME) == [200, 200, 200, 429]


def test_nothing_is_limited_by_default(settings: Settings) -> None:
    caches["rate_limits"].clear()
    assert settings.HEDGEROW.rate_limit_enabled is False
    answer = make_account().api().get(ME)
    assert (answer.status_code, "X-RateLimit-Limit" in answer) == (200, False)
    assert caches["rate_limits"]._cache == {}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("three_calls_a_minute")
def test_answers_tell_what_is_left() -> None:
    ada = make_account()
    client = ada.api()
    left = [client.get(ME)["X-RateLimit-Remaining"] for _ in range(4)]
    assert left == ["2", "1", "0", "0"]
    answer = client.get(ME)
    assert answer["X-RateLimit-Limit"] == "3"
    assert time.time() < int(answer["X-RateLimit-Reset"]) <= time.time() + 61
    assert "X-RateLimit-Limit" not in ada.session().get(ME)


@pytest.mark.parametrize(
    ("limit", "rates"),
    [
        (OrdinaryCalls, [(480, 60), (4800, 3600)]),
        (AnalyticsCalls, [(240, 60), (1200, 3600)]),
        (QueryCalls, [(240, 60), (2400, 3600)]),
        (RawSQLCalls, [(120, 3600)]),
        (FlagDefinitionCalls, [(600, 60)]),
        (Signups, [(5, 86400)]),
        (LoginPrechecks, [(30, 60)]),
        (TestDeliveries, [(10, 60)]),
    ],
)
def test_the_rates(limit: type[Limit], rates: list[tuple[int, int]]) -> None:
    assert [(rate.calls, rate.seconds) for rate in limit.rates] == rates


@pytest.mark.usefixtures("counting", "event_store")
def test_the_classes_of_calls_are_counted_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = (OrdinaryCalls, AnalyticsCalls, FlagDefinitionCalls)
    for calls, kind in enumerate(kinds, start=1):
        monkeypatch.setattr(kind, "rates", (Rate(calls, 60),))
    ada = make_account()
    client, base = ada.api(), f"/api/projects/{ada.project.id}"
    analytics = [f"{base}/insights/", f"{base}/persons/", f"{base}/session_recordings/"]
    assert [client.get(path).status_code for path in analytics] == [200, 200, 429]
    assert statuses(client, "/api/feature_flag/local_evaluation/") == [200, 200, 200, 429]
    assert statuses(client, f"{base}/actions/", 2) == [200, 429]


@pytest.mark.usefixtures("three_calls_a_minute", "event_store")
@pytest.mark.parametrize("wrap", [lambda query: query, lambda query: {"kind": "DataTableNode", "source": query}])
def test_queries_written_in_hogql_have_a_limit_of_their_own(monkeypatch: pytest.MonkeyPatch, wrap: Any) -> None:
    monkeypatch.setattr(RawSQLCalls, "rates", (Rate(2, 3600),))
    ask = asking(make_account(), wrap)
    assert [ask("HogQLQuery") for _ in range(3)] == [400, 400, 429]
    assert ask("TrendsQuery") == 400


@pytest.mark.usefixtures("three_calls_a_minute", "event_store")
def test_a_project_may_have_its_own_limit_of_queries_written_in_hogql(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(RawSQLCalls, "rates", (Rate(2, 3600),))
    ada = make_account()
    own = {"api_query_rate_limits": {ada.project.pk: 4}}
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=own)
    ask = asking(ada)
    assert [ask("HogQLQuery") for _ in range(5)] == [400, 400, 400, 400, 429]


def asking(account: Account, wrap: Any = lambda query: query) -> Any:
    """What asks a query of a kind with a key, and tells the status."""
    client, path = account.api(), f"/api/projects/{account.project.id}/query/"

    def ask(kind: str) -> int:
        body = {"query": wrap({"kind": kind, "query": "nonsense, answered by 400"})}
        return client.post(path, body, content_type="application/json").status_code

    return ask


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize(("limit", "path"), [(Signups, "/api/signup/"), (LoginPrechecks, "/api/login/precheck")])
def test_callers_nobody_knows_are_counted_by_address(monkeypatch: pytest.MonkeyPatch, limit: type, path: str) -> None:
    monkeypatch.setattr(limit, "rates", (Rate(2, 86400),))

    def ask(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return Client().post(path, {}, content_type="application/json", headers=headers).status_code

    assert [ask("203.0.113.1") for _ in range(3)] == [400, 400, 429]
    assert ask("203.0.113.2") == 400


@pytest.mark.usefixtures("counting")
def test_who_is_logged_in_may_ask_about_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LoginPrechecks, "rates", (Rate(1, 60),))
    ada = make_account()
    client = ada.session()

    def ask(email: str) -> int:
        return client.post("/api/login/precheck", {"email": email}, content_type="application/json").status_code

    assert [ask(ada.user.email.upper()) for _ in range(3)] == [200] * 3
    assert [ask("bo@example.com"), ask("bo@example.com"), ask(ada.user.email)] == [200, 429, 200]


@pytest.mark.usefixtures("counting")
def test_no_call_is_forgotten_when_many_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Signups, "rates", (Rate(50, 60),))
    request = Request(APIRequestFactory().get("/"))
    with ThreadPoolExecutor(8) as threads:
        allowed = list(threads.map(lambda _: Signups().allow_request(request, view=None), range(200)))  # type: ignore[arg-type]
    assert sum(allowed) == 50


def test_no_view_that_keys_reach_is_without_a_limit() -> None:
    unlimited = {
        view.__name__
        for pattern in _patterns(get_resolver().url_patterns)
        if (view := getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None))
        and issubclass(view, ScopedView)
        and not any(issubclass(limit, KeyLimit) for limit in view.throttle_classes)
    }
    assert unlimited == set()


def _patterns(patterns: list[Any]) -> Iterator[URLPattern]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns)
        else:
            yield each
