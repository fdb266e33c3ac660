"""Cohorts, persons and events in a real browser, through their whole life."""

import re
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.serving import Server

PHONE: ViewportSize = {"width": 390, "height": 844}
GIVEN_UP = ("htmx:afterRequest", "htmx:sendAbort", "htmx:abort")
"""What htmx notes when a request is given up because of the next one, or because the page is left."""


class Reader:
    """Somebody signed in, looking at the pages of a project; remembers what the browser complained about."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{server.url}/login")
        page.get_by_label("E-mail").fill(server.email)
        page.get_by_label("Password").fill(server.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile("/project/"))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.server.url}/project/{self.server.project_id}/{path}")


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


def send(server: Server, word: str, *names: str) -> None:
    """Identified persons with a plan each, who did something, once they can be asked for."""
    batch = [
        {
            "event": f"{word} paid",
            "distinct_id": f"{name}-{word}",
            "properties": {"$set": {"email": f"{name}-{word}@example.com", "plan": f"{word}-{name}"}, "amount": 12},
        }
        for name in names
    ]
    body = {"api_key": server.project_api_key, "batch": batch}
    assert httpx.post(f"{server.url}/batch/", json=body).status_code == 200
    server.wait_for_rows(
        "SELECT person.properties.email FROM events WHERE event = {name}", len(names), name=f"{word} paid"
    )


def wait_for_property(server: Server, name: str) -> None:
    """Return once a property of persons can be chosen, which is a little after the first event that has it."""
    deadline = time.monotonic() + 30
    query = {"type": "person", "properties": name}
    while not server.api.get(f"/api/projects/{server.project_id}/property_definitions/", params=query).json()[
        "results"
    ]:
        assert time.monotonic() < deadline, f"the property {name} is not known"
        time.sleep(0.2)


def test_a_cohort_from_the_editor_to_its_members(reader: Reader, server: Server) -> None:
    page, word = reader.page, uuid.uuid4().hex[:8]
    send(server, word, "ada", "bob")
    wait_for_property(server, "plan")
    reader.open("cohorts")
    page.get_by_role("link", name="New cohort").click()
    page.get_by_label("Name", exact=True).fill(f"Payers {word}")
    page.get_by_label("Kind of criterion 1").select_option("did an event some number of times")
    page.get_by_label("Event", exact=True).select_option(f"{word} paid")
    page.get_by_label("Number of events").fill("1")
    page.get_by_role("button", name="+ Add a group").click()
    page.get_by_label("Whom criterion 2.1 means").select_option("All but those who")
    page.locator("#c0-1-0-key").select_option("plan")
    page.locator("#c0-1-0-value").fill(f"{word}-bob")
    page.get_by_role("button", name="Make cohort").click()
    expect(page.get_by_role("heading", name=f"Payers {word}")).to_be_visible()
    expect(page.locator("#member-count")).to_have_text("1", timeout=30_000)
    page.get_by_role("link", name=f"ada-{word}@example.com").click()
    page.get_by_role("link", name="Cohorts", exact=True).last.click()
    expect(page.get_by_role("link", name=f"Payers {word}")).to_be_visible()


def test_a_criterion_without_a_choice_is_not_saved(reader: Reader) -> None:
    reader.open("cohorts/new")
    reader.page.get_by_role("button", name="Make cohort").click()
    expect(reader.page.get_by_text("Choose a property.")).to_be_visible()
    reader.complaints.clear()  # the browser notes that the form was refused


def test_a_property_of_a_person_is_edited_and_the_events_tell(reader: Reader, server: Server) -> None:
    page, word = reader.page, uuid.uuid4().hex[:8]
    send(server, word, "ada")
    reader.open("persons")
    page.get_by_label("Search").fill(f"ada-{word}@")
    page.get_by_role("link", name=f"ada-{word}@example.com").click()
    page.get_by_role("link", name="Edit plan").click()
    page.get_by_label("New value of plan").fill("Forest")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".values")).to_contain_text("Forest")
    page.get_by_role("link", name="History").click()
    expect(page.locator(".history")).to_contain_text("Forest")
    server.wait_for_rows("SELECT uuid FROM events WHERE event = '$set' AND distinct_id = {id}", 1, id=f"ada-{word}")
    page.get_by_role("link", name="Events", exact=True).click()
    expect(page.locator("#rows")).to_contain_text("Set person properties")


def test_an_event_is_verified(reader: Reader, server: Server) -> None:
    page, word = reader.page, uuid.uuid4().hex[:8]
    send(server, word, "ada")
    reader.open("data/events")
    page.get_by_label("Search").fill(word)
    row = page.get_by_role("row", name=f"{word} paid")
    expect(page.get_by_role("heading", name="1 event", exact=True)).to_be_visible()
    row.get_by_role("button", name="Verify").click()
    expect(row.locator(".tag")).to_have_text("verified")
    row.get_by_role("link", name=f"{word} paid").click()
    expect(page.locator(".facts-line .tag")).to_have_text("verified")


@pytest.mark.parametrize("path", ["persons", "cohorts", "cohorts/new", "data/events", "data/properties", "activity"])
def test_the_pages_fit_a_phone(reader: Reader, server: Server, path: str) -> None:
    reader.page.set_viewport_size(PHONE)
    reader.open(path)
    expect(reader.page.locator("h1")).to_be_visible()
    assert reader.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
