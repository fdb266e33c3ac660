"""Axe finds no serious fault on any page: by day on a wide screen, by night on a phone."""

import re
import uuid

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.serving import Server
from tests.web.axe import serious_faults

PAGES = (
    *("dashboards", "dashboards/new", "templates", "insights", "files", "search?q=new", "activity", "connect"),
    *(f"insights/{kind}" for kind in ("trends", "funnels", "retention", "paths", "stickiness", "lifecycle")),
    *("web", "events", "sql", "sql/functions", "persons", "cohorts", "cohorts/new", "data/events", "data/properties"),
    *("exports", "subscriptions", "replay", "settings", "settings/keys", "settings/access"),
)
OWN_PAGES = ("account", "account/second-factor", "account/keys/new", "account/confirm", "cli/authorize")
ORGANIZATION_PAGES = ("", "/members", "/invites", "/roles", "/domains", "/activity")
LOOKS = {
    "wide, light": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "phone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def used_project(server: Server) -> Server:
    """A project in which something has happened and was made."""
    name = f"opened {uuid.uuid4().hex[:6]}"
    batch = [
        {
            "event": event,
            "distinct_id": f"person-{number}",
            "properties": {"$browser": "Firefox", "$set": {"plan": "x"}},
        }
        for number in range(8)
        for event in ("$pageview", name)
    ]
    assert (
        httpx.post(f"{server.url}/batch/", json={"api_key": server.project_api_key, "batch": batch}).status_code == 200
    )
    server.wait_for_rows("SELECT uuid FROM events WHERE event = {name}", 8, name=name)
    base = f"/api/projects/{server.project_id}"
    for path, body in (
        ("dashboards", {"name": "Board", "tags": ["weekly"]}),
        ("insights", {"name": "Views", "query": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}]}}),
        ("cohorts", {"name": "People", "is_static": True}),
    ):
        assert server.api.post(f"{base}/{path}/", json=body).status_code == 201
    insight = server.api.get(f"{base}/insights/?limit=1").json()["results"][0]["id"]
    weekly = {"frequency": "weekly", "start_date": "2026-01-01T09:00:00Z"}
    report = {"insight": insight, "target_type": "email", "target_value": "ada@example.com", **weekly}
    assert server.api.post(f"{base}/subscriptions/", json=report).status_code == 201
    table = {"kind": "HogQLQuery", "query": "select 1 as a"}
    file = {"export_format": "text/csv", "export_context": {"source": table}}
    assert server.api.post(f"{base}/exports/", json=file).status_code == 201
    return server


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_serious_fault(browser: Browser, used_project: Server, look: str) -> None:
    server = used_project
    faults = []
    with browser.new_context(reduced_motion="reduce", **LOOKS[look]) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{server.url}/login")
        faults += [f"login: {fault}" for fault in serious_faults(page)]
        page.goto(f"{server.url}/unsubscribe")
        faults += [f"unsubscribe: {fault}" for fault in serious_faults(page)]
        page.goto(f"{server.url}/login")
        page.get_by_label("E-mail").fill(server.email)
        page.get_by_label("Password").fill(server.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile("/project/"))
        for path in PAGES:
            page.goto(f"{server.url}/project/{server.project_id}/{path}")
            expect(page.locator("h1")).to_be_visible()
            faults += [f"{path}: {fault}" for fault in serious_faults(page)]
        for path in (*OWN_PAGES, *(f"organization/{server.organization_id}{tab}" for tab in ORGANIZATION_PAGES)):
            page.goto(f"{server.url}/{path}")
            faults += [f"{path}: {fault}" for fault in serious_faults(page)]
    assert faults == []
