"""`/api/organizations/:id/domains/:id/scim/logs/`: what identity providers asked, without what is personal in it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from hedgerow.api.levels import Level
from hedgerow.scim.log import forget_old_requests, mask, masked
from hedgerow.scim.models import ScimRequest
from tests.accounts import Account, denied, make_account, member_of
from tests.scim.provider import Provider


def logs(account: Account, provider: Provider, **query: Any) -> Any:
    path = f"/api/organizations/{account.organization.pk}/domains/{provider.domain.pk}/scim/logs/"
    return account.api("organization:read").get(path, query)


def test_requests_and_answers_are_kept_masked(ada: Account, provider: Provider) -> None:
    made = provider.make("bo.berg@acme.example", name={"givenName": "Bo", "familyName": "Berg"})
    provider.get("Users", filter='userName eq "bo.berg@acme.example"')
    provider.patch(f"Users/{made['id']}", {"op": "Replace", "path": "name.familyName", "value": "Lindberg"})
    provider.get("Users/0")

    answer = logs(ada, provider)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["count"], body["next"], body["previous"]) == (4, None, None)
    missing, changed, found, created = body["results"]
    assert list(created) == [
        *("id", "request_method", "request_path", "request_headers", "request_body"),
        *("response_status", "response_body", "identity_provider", "duration_ms", "created_at"),
    ]
    assert (created["request_method"], created["response_status"], created["identity_provider"]) == (
        *("POST", 201, "okta"),
    )
    assert created["request_path"] == f"{provider.base}/Users"
    assert created["request_headers"]["Authorization"] == "***"
    assert created["request_body"] == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "b***g@acme.example",
        "emails": [{"value": "b***g@acme.example"}],
        "name": {"givenName": "*", "familyName": "B***g"},
    }
    assert created["response_body"]["id"] == made["id"]
    assert found["request_path"] == f'{provider.base}/Users?filter=userName eq "b***g@acme.example"'
    assert changed["request_body"]["Operations"] == [{"op": "Replace", "path": "name.familyName", "value": "L***g"}]
    assert (missing["response_status"], missing["response_body"]["detail"]) == (404, "User not found")
    stored = answer.content.decode()
    assert not any(secret in stored for secret in ("bo.berg", "Berg", "Lindberg", provider.token))


def test_searching_the_log(ada: Account, provider: Provider) -> None:
    provider.make("bo.berg@acme.example")
    provider.make("cy@acme.example")
    provider.get("Users/0")
    provider.get("Groups")

    def paths(**query: Any) -> list[str]:
        rows = logs(ada, provider, **query).json()["results"]
        return [f"{row['request_method']} {row['request_path'].rpartition('/')[2]}" for row in rows]

    assert paths(search="bo.berg@acme.example") == ["POST Users"]
    assert paths(search="Groups") == ["GET Groups"]
    assert paths(status_min=400) == ["GET 0"]
    assert paths(status_max=200) == ["GET Groups"]
    assert paths(page_size=3, page=2) == ["POST Users"]
    latest = logs(ada, provider).json()["results"][0]["created_at"]
    assert paths(after=latest) == ["GET Groups"]
    assert len(paths(before=latest)) == 4
    assert logs(ada, provider, page=9).json()["detail"] == "Invalid page."
    assert logs(ada, provider, after="yesterday").json()["attr"] == "after"
    assert logs(ada, provider, status_min="x").json()["attr"] == "status_min"


def test_only_admins_of_the_organization_see_it(ada: Account, provider: Provider) -> None:
    provider.get("Users")
    member, admin, stranger = member_of(ada), member_of(ada, Level.ADMIN), make_account("Elsewhere")
    assert logs(admin, provider).json()["count"] == 1
    refused = logs(member, provider)
    assert (refused.status_code, refused.json()) == (403, denied("Only organization admins can view SCIM logs."))
    assert logs(stranger, provider).status_code == 404
    path = f"/api/organizations/{ada.organization.pk}/domains/{provider.domain.pk}/scim/logs/"
    assert stranger.api().get(path).status_code == 403


def test_requests_without_the_token_are_not_kept(provider: Provider) -> None:
    provider.client.get(f"{provider.base}/Users", headers={"Authorization": "Bearer wrong"})
    assert not ScimRequest.objects.exists()


def test_entries_go_after_30_days(provider: Provider) -> None:
    provider.get("Users")
    provider.get("Groups")
    old = ScimRequest.objects.earliest("created_at")
    ScimRequest.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=30, minutes=1))
    assert forget_old_requests() == 1
    assert ScimRequest.objects.get().request_path.endswith("Groups")


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("bo", "*"),
        ("b", "*"),
        ("ada", "a***a"),
        ("ada.lovelace@acme.example", "a***e@acme.example"),
        ("bo@x.example", "*@x.example"),
    ],
)
def test_masks(word: str, shown: str) -> None:
    assert mask(word) == shown


def test_names_are_masked_wherever_they_stand() -> None:
    value = {"PATH": "userName", "value": "Lovelace", "x": [{"deep": "Lovelace"}], "detail": "of ada.l@acme.example"}
    assert masked(value) == {
        "PATH": "userName",
        "value": "L***e",
        "x": [{"deep": "L***e"}],
        "detail": "of a***l@acme.example",
    }
    assert masked({"op": "replace", "path": 'emails[value eq "ada.l@acme.example"]', "value": "True"}) == {
        "op": "replace",
        "path": 'emails[value eq "a***l@acme.example"]',
        "value": "True",
    }


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Okta SCIM Client 1.0.0", "okta"),
        ("Microsoft.Azure.ActiveDirectory.Provisioning", "entra_id"),
        ("Google-Auto-Provisioning", "google"),
        ("OneLogin SCIM/2.0", "onelogin"),
        ("curl/8", "other"),
    ],
)
def test_providers_are_known_by_what_they_call_themselves(agent: str, name: str, ada: Account) -> None:
    Provider(ada.organization, agent=agent).get("Users")
    assert ScimRequest.objects.get().identity_provider == name
