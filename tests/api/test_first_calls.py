"""The first calls of real clients, over real HTTP through every process of a running server."""

import httpx
import pytest

from tests.serving import Server


@pytest.fixture
def client(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.personal_api_key}"}, timeout=60)


def test_an_assistant_finds_its_way_from_its_key_to_a_project(client: httpx.Client, server: Server) -> None:
    key = client.get("/api/personal_api_keys/@current").json()
    assert (key["scopes"], key["scoped_teams"], key["scoped_organizations"]) == (["*"], [], [])
    me = client.get("/api/users/@me/").json()
    assert isinstance(me["distinct_id"], str)
    organization = me["organization"]["id"]
    assert [item["id"] for item in client.get("/api/organizations/").json()["results"]] == [organization]
    projects = client.get(f"/api/organizations/{organization}/projects/").json()["results"]
    assert server.project_id in [project["id"] for project in projects]
    project = client.get(f"/api/projects/{server.project_id}/").json()
    assert project["api_token"] == server.project_api_key
    assert project["organization"] == organization


def test_an_infrastructure_tool_keeps_a_project_as_written(client: httpx.Client) -> None:
    organization = client.get("/api/organizations/@current/").json()["id"]
    projects = f"/api/organizations/{organization}/projects"
    made = client.post(f"{projects}/", json={"name": "By tool"}).json()
    assert isinstance(made["id"], int)
    changed = client.patch(f"/api/environments/{made['id']}/", json={"timezone": "Europe/Berlin"}).json()
    assert changed["timezone"] == "Europe/Berlin"
    accepted = client.post("/e/", json={"api_key": made["api_token"], "event": "hello", "distinct_id": "d"})
    assert accepted.status_code == 200
    assert client.delete(f"{projects}/{made['id']}/").status_code == 204
    assert client.get(f"{projects}/{made['id']}/").status_code == 404


def test_links_to_further_pages_work_as_they_are(client: httpx.Client) -> None:
    made = [client.post("/api/projects/", json={"name": f"Page {n}"}).json()["id"] for n in range(2)]
    first = client.get("/api/projects/", params={"limit": 1}).json()
    assert first["next"].startswith(str(client.base_url).rstrip("/"))
    assert client.get(first["next"]).json()["results"][0]["id"] != first["results"][0]["id"]
    for number in made:
        client.delete(f"/api/projects/{number}/")


def test_a_person_logs_in_and_changes_something(server: Server) -> None:
    person = httpx.Client(base_url=server.url, timeout=60)
    answer = person.post("/api/login", json={"email": server.email, "password": server.password})
    assert answer.json() == {"success": True}
    refused = person.patch("/api/users/@me/", json={"theme_mode": "dark"})
    assert refused.status_code == 403
    proof = {"X-CSRFToken": person.cookies["posthog_csrftoken"]}
    assert person.patch("/api/users/@me/", json={"theme_mode": "dark"}, headers=proof).json()["theme_mode"] == "dark"


def test_errors_are_json_all_the_way(client: httpx.Client) -> None:
    assert client.get("/api/nowhere/").json()["detail"] == "Endpoint not found."
    assert client.get("/api/projects/999999/").json()["detail"] == "Project not found."
    assert client.put("/api/login").json()["code"] == "method_not_allowed"
    broken = client.post("/api/projects/", content=b"{", headers={"Content-Type": "application/json"})
    assert broken.json()["code"] == "parse_error"
