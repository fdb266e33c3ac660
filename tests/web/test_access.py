"""Pages show a person their own projects and nothing else, and nothing from other places."""

import re

import pytest
from django.test import Client

from hedgerow.eventstore.client import EventStore
from hedgerow.projects.models import Project
from tests.queries.asking import make_project
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

INSIGHTS = [f"/insights/{kind}" for kind in ("trends", "funnels", "retention", "paths", "stickiness", "lifecycle")]
INSIGHTS += ["/insights/values", "/insights/trends/people"]
RECORDS = ["/persons", "/cohorts", "/cohorts/new", "/data/events", "/data/properties", "/data/code/python", "/activity"]
SENT = ["/exports", "/exports/new?base={}", "/subscriptions", "/subscriptions/channels?integration=1", "/replay"]
SETTINGS = ["/settings", "/settings/keys", "/settings/access"]
PAGES = ["", "/connect", "/connect/first-event", "/events", "/events/new", "/trends", "/insights"]
PAGES += [*INSIGHTS, *RECORDS, *SENT, *SETTINGS]


@pytest.mark.parametrize("page", PAGES)
def test_a_strangers_project_is_not_found(visitor: Visitor, page: str) -> None:
    other = make_project("Stranger's")
    response = visitor.client.get(f"/project/{other.pk}{page}")
    assert response.status_code == 404
    assert "Stranger" not in response.content.decode()


def test_a_strangers_event_is_not_found(visitor: Visitor, event_store: EventStore) -> None:
    stranger = Visitor(make_project(), event_store, email="mallory@example.com")
    uuid = stranger.send("secret", plan="hidden")
    assert stranger.get(f"events/{uuid}").status_code == 200
    assert visitor.get(f"events/{uuid}").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_pages_ask_to_sign_in(visitor: Visitor, page: str) -> None:
    response = Client().get(f"/project/{visitor.project.pk}{page}")
    assert response.status_code == 302 and response.headers["Location"].startswith("/login")


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(visitor: Visitor) -> None:
    response = Client().get(f"/project/{visitor.project.pk}/events/new", headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == "/login"


def test_the_switcher_offers_the_projects_of_ones_organizations(visitor: Visitor) -> None:
    second = Project.objects.create(organization=visitor.project.organization, name="Second shop")
    make_project("Stranger's")
    page = visitor.text("insights/trends")
    assert f'href="/project/{second.pk}/insights"' in page
    assert "Stranger" not in page


def test_short_paths_lead_to_the_project_looked_at_last(visitor: Visitor) -> None:
    second = Project.objects.create(organization=visitor.project.organization, name="Second shop")
    visitor.client.get(f"/project/{second.pk}/connect")
    response = visitor.client.get("/trends?display=ActionsBar")
    assert response.headers["Location"] == f"/project/{second.pk}/trends?display=ActionsBar"


def test_home_leads_to_connect_until_there_are_events(visitor: Visitor) -> None:
    home = f"/project/{visitor.project.pk}"
    assert visitor.client.get(home).headers["Location"] == f"{home}/connect"
    visitor.send("signed up")
    assert visitor.client.get(home).headers["Location"] == f"{home}/insights"


@pytest.mark.parametrize("page", ["events", "connect"])
def test_the_slash_at_the_end_is_optional(visitor: Visitor, page: str) -> None:
    assert visitor.get(f"{page}/").status_code == 200
    assert visitor.client.get(f"/{page}/").headers["Location"] == f"/project/{visitor.project.pk}/{page}"
    assert visitor.client.get("/login/").headers["Location"] == "/"
    assert visitor.get("insights/trends/").status_code == 200


def test_pages_can_be_asked_for_their_head_alone(visitor: Visitor) -> None:
    for path in ("/login", "/logout", "/setup"):
        assert Client().head(path).status_code in (200, 302)
    visitor.client.head("/logout")
    assert visitor.client.head(f"/project/{visitor.project.pk}/insights/trends").status_code == 200


def test_an_unknown_address_is_a_page_and_under_api_json(visitor: Visitor) -> None:
    assert "Nothing grows here" in visitor.client.get("/no/such/page").content.decode()
    unknown = visitor.client.get("/api/no/such/thing")
    assert unknown.status_code == 404 and unknown.json()["type"]


@pytest.mark.parametrize("page", ["connect", "events", "insights/trends"])
def test_pages_load_nothing_from_elsewhere_and_hold_no_script(visitor: Visitor, page: str) -> None:
    visitor.send("$pageview")
    response = visitor.get(page)
    policy, html = response.headers["Content-Security-Policy"], response.content.decode()
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert all(path.startswith("/static/") for path in re.findall(r'<(?:script|link)[^>]+(?:src|href)="([^"]+)"', html))
    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", html)
    assert inline == [] and " onclick=" not in html and " style=" not in html
