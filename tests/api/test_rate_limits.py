"""Rate limits count calls with a key, each key by itself, and only when they are switched on."""

from typing import Any

import pytest
from django.core.cache import cache

from hedgerow.api.throttling import CrudBurst
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
