"""Connections to Slack over HTTP: made, looked at, forgotten, and the channels there are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from hedgerow.integrations.models import Integration
from hedgerow.integrations.secrets import bot_token
from tests.accounts import Account, denied, error, make_account
from tests.integrations.slack_player import playing_slack
from tests.subscriptions.listeners import Listener

pytestmark = pytest.mark.django_db

TOKEN = "xoxb-1-secret"


@pytest.fixture
def player(settings: Settings) -> Iterator[Listener]:
    """A server that plays Slack's API."""
    with playing_slack(settings) as running:
        yield running


@pytest.fixture
def account(db: None) -> Account:
    """Somebody with a project."""
    return make_account()


def send(client: Client, account: Account, method: str, rest: str = "", body: Any = None) -> Any:
    """Any request below the integrations of the account's project."""
    path = f"/api/environments/{account.project.pk}/integrations/{rest}"
    return client.generic(method, path, json.dumps(body) if body is not None else b"", content_type="application/json")


def connect(account: Account, token: str = TOKEN, **fields: Any) -> dict[str, Any]:
    """A new connection, as answered."""
    answer = send(account.api(), account, "POST", body={"kind": "slack", "access_token": token, **fields})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def test_a_workspace_is_connected_by_the_token_of_its_bot(account: Account, player: Listener) -> None:
    made = connect(account, config={"note": "ours"})

    assert set(made) == {"id", "kind", "config", "created_at", "created_by", "errors", "display_name"}
    assert (made["kind"], made["display_name"], made["errors"]) == ("slack", "Team 1", "")
    assert made["config"] == {"note": "ours", "team": {"id": "T1", "name": "Team 1"}, "bot_user_id": "U1"}
    assert made["created_by"]["id"] == account.user.pk
    client = account.api()
    assert send(client, account, "GET", f"{made['id']}/").json() == made
    assert send(client, account, "GET").json()["results"] == [made]


def test_the_token_is_kept_encrypted_and_not_told(account: Account, player: Listener) -> None:
    made = connect(account)
    stored = Integration.objects.get(pk=made["id"])

    assert TOKEN not in stored.secrets
    assert bot_token(stored) == TOKEN
    for rest in ("", f"{made['id']}/"):
        assert TOKEN not in send(account.api(), account, "GET", rest).content.decode()


def test_with_another_secret_of_the_server_the_token_is_lost(
    account: Account, player: Listener, settings: Settings
) -> None:
    stored = Integration.objects.get(pk=connect(account)["id"])
    settings.SECRET_KEY = "another one"

    assert bot_token(stored) == ""


def test_the_token_may_stand_in_secrets(account: Account, player: Listener) -> None:
    body = {"kind": "slack", "secrets": {"access_token": TOKEN}}

    assert send(account.api(), account, "POST", body=body).status_code == 201


def test_a_workspace_that_is_connected_gets_the_new_token(account: Account, player: Listener) -> None:
    made = connect(account)
    again = connect(account, "xoxb-1-new")

    assert again["id"] == made["id"]
    assert bot_token(Integration.objects.get()) == "xoxb-1-new"
    assert connect(account, "xoxb-2-other")["id"] != made["id"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"access_token": TOKEN}, error("required", "This field is required.", "kind")),
        ({"kind": "slack"}, error("required", "This field is required.", "access_token")),
        ({"kind": "slack", "secrets": {}}, error("required", "This field is required.", "secrets__access_token")),
        ({"kind": "fax", "access_token": TOKEN}, error("invalid_choice", '"fax" is not a valid choice.', "kind")),
        (
            {"kind": "slack", "access_token": "bad"},
            error("invalid_input", "Slack refused the token: invalid_auth", "access_token"),
        ),
        (
            {"kind": "slack", "access_token": "xoxb-1\r\nX: y"},
            error("invalid_input", "This value does not match the required pattern.", "access_token"),
        ),
        (
            {"kind": "slack", "access_token": TOKEN, "config": []},
            error("not_an_object", "Expected an object.", "config"),
        ),
    ],
)
def test_what_is_refused(
    account: Account, player: Listener, body: dict[str, Any], refusal: dict[str, str | None]
) -> None:
    answer = send(account.api(), account, "POST", body=body)

    assert (answer.status_code, answer.json()) == (400, refusal)
    assert not Integration.objects.exists()


def test_slack_that_is_away_is_no_fault_of_the_caller(account: Account, player: Listener, settings: Settings) -> None:
    made = connect(account)
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"slack_api_url": "http://127.0.0.1:9/api/"})

    body = {"kind": "slack", "access_token": TOKEN}
    assert send(account.api(), account, "POST", body=body).status_code == 503
    assert send(account.api(), account, "GET", f"{made['id']}/channels/").status_code == 503


def test_the_channels_are_those_that_slack_lists(account: Account, player: Listener) -> None:
    made = connect(account)
    answer = send(account.api(), account, "GET", f"{made['id']}/channels/")

    assert [channel["name"] for channel in answer.json()["channels"]] == ["board", "general", "sales"]
    assert answer.json()["channels"][1] == {
        **{"id": "C1", "name": "general"},
        **{"is_private": False, "is_member": False, "is_ext_shared": True},
    }


def test_a_forgotten_one_is_gone(account: Account, player: Listener) -> None:
    made = connect(account)

    assert send(account.api(), account, "DELETE", f"{made['id']}/").status_code == 204
    assert send(account.api(), account, "GET", f"{made['id']}/").status_code == 404
    assert send(account.api(), account, "PATCH", f"{made['id']}/", {}).status_code == 405


def test_only_the_projects_own_are_reached(account: Account, player: Listener) -> None:
    made = connect(account)
    stranger = make_account()

    for rest in (f"{made['id']}/", f"{made['id']}/channels/"):
        assert send(stranger.api(), stranger, "GET", rest).status_code == 404
        assert send(stranger.api(), account, "GET", rest).status_code == 403
    assert send(stranger.api(), stranger, "DELETE", f"{made['id']}/").status_code == 404
    assert send(stranger.api(), stranger, "GET").json()["results"] == []
    connect(stranger)
    assert Integration.objects.count() == 2


@pytest.mark.parametrize(
    ("method", "rest", "scope"),
    [("GET", "", "read"), ("POST", "", "write"), ("DELETE", "1/", "write"), ("GET", "1/channels/", "read")],
)
def test_keys_need_the_scope(account: Account, method: str, rest: str, scope: str) -> None:
    answer = send(account.api("insight:write", "insight:read"), account, method, rest, {})

    assert (answer.status_code, answer.json()) == (
        403,
        denied(f"API key missing required scope 'integration:{scope}'"),
    )


@pytest.mark.django_db(transaction=True)
def test_what_is_done_is_in_the_log(account: Account, player: Listener) -> None:
    from hedgerow.activity.models import ActivityLog

    made = connect(account)
    connect(account)
    send(account.api(), account, "DELETE", f"{made['id']}/")

    entries = ActivityLog.objects.filter(scope="Integration").order_by("pk")
    assert [(each.activity, each.detail["name"]) for each in entries] == [
        ("created", "Team 1"),
        ("updated", "Team 1"),
        ("deleted", "Team 1"),
    ]
    assert TOKEN not in json.dumps([each.detail for each in entries])
