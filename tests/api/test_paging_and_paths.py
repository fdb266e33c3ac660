"""Lists are paged by limit and offset; every path has an optional slash, two names for a project, and `@current`."""

import pytest
from django.test import Client

from hedgerow.projects.models import Project
from tests.accounts import Account, make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Account:
    account = make_account()
    for number in range(4):
        Project.objects.create(organization=account.organization, name=f"Project {number}")
    return account


def test_next_and_previous_lead_through_the_list(ada: Account) -> None:
    client = ada.api()
    first = client.get("/api/projects/?limit=2&search=x").json()
    assert first["count"] == 5
    assert first["previous"] is None
    assert first["next"] == "http://testserver/api/projects/?limit=2&offset=2&search=x"
    second = client.get(first["next"]).json()
    assert second["previous"] == "http://testserver/api/projects/?limit=2&search=x"
    last = client.get(second["next"]).json()
    assert last["next"] is None
    seen = [row["name"] for page in (first, second, last) for row in page["results"]]
    assert seen == ["Shop", "Project 0", "Project 1", "Project 2", "Project 3"]


def test_links_use_the_scheme_and_host_the_caller_used(ada: Account) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "analytics.example.com"}
    page = ada.api().get("/api/projects/?limit=1", headers=headers).json()
    assert page["next"] == "https://analytics.example.com/api/projects/?limit=1&offset=1"


@pytest.mark.parametrize(
    "query", ["limit=abc", "limit=0", "limit=-3", "offset=-1", "offset=x", "limit=", "limit=99999"]
)
def test_senseless_limits_and_offsets_count_as_not_given(ada: Account, query: str) -> None:
    assert len(ada.api().get(f"/api/projects/?{query}").json()["results"]) == 5


@pytest.mark.parametrize("offset", ["5", "1000000", "9" * 40])
def test_past_the_end_there_is_nothing(ada: Account, offset: str) -> None:
    page = ada.api().get("/api/projects/", {"offset": offset})
    assert page.status_code == 200
    assert (page.json()["count"], page.json()["results"], page.json()["next"]) == (5, [], None)


@pytest.mark.parametrize(
    "path",
    [
        "/api/users/@me",
        "/api/projects",
        "/api/projects/@current",
        "/api/environments/@current",
        "/api/organizations",
        "/api/organizations/@current",
        "/api/organizations/@current/projects",
        "/api/organizations/@current/members",
        "/api/organizations/@current/members/@me",
        "/api/organizations/@current/invites",
        "/api/personal_api_keys/@current",
        "/api/schema",
    ],
)
def test_the_slash_at_the_end_is_optional_and_never_redirected(ada: Account, path: str) -> None:
    client = ada.api()
    assert client.get(path).status_code == 200
    assert client.get(path + "/").status_code == 200


def test_a_project_and_its_environment_are_the_same(ada: Account) -> None:
    client = ada.api()
    project = client.get(f"/api/projects/{ada.project.id}/").json()
    assert client.get(f"/api/environments/{ada.project.id}/").json() == project
    assert client.get("/api/projects/@current/").json() == project
    assert client.get(f"/api/organizations/{ada.organization.id}/projects/{ada.project.id}/").json() == project


def test_a_project_is_missing_below_another_organization(ada: Account) -> None:
    other = make_account("Other")
    other.organization.memberships.create(user=ada.user)
    path = f"/api/organizations/{other.organization.id}/projects/{ada.project.id}/"
    assert ada.api().get(path).json()["detail"] == "Project not found."


def test_without_an_organization_there_is_no_current_one() -> None:
    ada = make_account()
    ada.organization.delete()
    client = ada.session()
    assert client.get("/api/projects/@current/").json()["detail"] == "Project not found."
    assert client.get("/api/organizations/@current/").json()["detail"] == "Organization not found."
    assert client.get("/api/users/@me/").json()["organization"] is None


def test_pages_of_other_origins_may_call_the_api() -> None:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PATCH"}
    preflight = Client().options("/api/users/@me/", headers=headers)
    assert preflight.status_code == 200
    assert preflight["Access-Control-Allow-Origin"] == "*"
    assert "PATCH" in preflight["Access-Control-Allow-Methods"]
    assert "authorization" in preflight["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in preflight
    answer = Client().get("/api/users/@me/", headers={"Origin": "https://shop.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
