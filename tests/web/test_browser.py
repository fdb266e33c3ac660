"""The pages in a real browser, against a real server."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import Server

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
PAGES = ["trends", "events", "connect"]


class Reader:
    """Somebody signed in, looking at a project; remembers what the browser complained about and asked for."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.complaints: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def sign_in(self) -> None:
        self.page.goto(f"{self.server.url}/login")
        self.page.get_by_label("E-mail").fill(self.server.email)
        self.page.get_by_label("Password").fill(self.server.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(re.compile("/project/"))

    def open(self, path: str) -> None:
        self.page.goto(f"{self.server.url}/project/{self.server.project_id}/{path}")

    def send(self, event: str, **properties: object) -> None:
        """Send an event as a client would."""
        body = {
            "api_key": self.server.project_api_key,
            "batch": [{"event": event, "distinct_id": "ada", "properties": properties}],
        }
        assert httpx.post(f"{self.server.url}/batch/", json=body).status_code == 200

    def send_and_wait(self, event: str, **properties: object) -> None:
        """Send an event, and wait until it can be asked for."""
        self.send(event, **properties)
        self.server.wait_for_rows("SELECT uuid FROM events WHERE event = {name}", 1, name=event)


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain or ask elsewhere."""
    reader = Reader(browser_page, server)
    reader.page.set_viewport_size(DESK)
    reader.sign_in()
    yield reader
    assert reader.complaints == []
    assert [url for url in reader.asked if not url.startswith(server.url)] == []


def fresh_name(word: str) -> str:
    """An event name no other test uses."""
    return f"{word} {uuid.uuid4().hex[:8]}"


def test_connect_notices_an_event_by_itself(reader: Reader) -> None:
    reader.open("connect")
    expect(reader.page.locator("#first-event")).to_be_visible()
    name = fresh_name("first")
    reader.send(name)
    expect(reader.page.get_by_text("Events are arriving")).to_be_visible(timeout=15_000)


def test_snippets_are_chosen_with_the_keyboard_and_copied(reader: Reader) -> None:
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.open("connect")
    reader.page.get_by_role("radio", name="HTML").focus()
    reader.page.keyboard.press("ArrowRight")
    reader.page.keyboard.press("ArrowRight")
    expect(reader.page.locator("#code-python")).to_be_visible()
    reader.page.get_by_role("button", name="Copy the Python snippet").click()
    expect(reader.page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert reader.server.project_api_key in reader.page.evaluate("navigator.clipboard.readText()")


def test_new_events_appear_on_top_and_open_to_their_properties(reader: Reader) -> None:
    before, name = fresh_name("before"), fresh_name("arrived")
    reader.send_and_wait(before)
    reader.open("events")
    expect(reader.page.locator("#rows li").first).to_contain_text(before)
    reader.send(name, plan="Grove", seats=3)
    top = reader.page.locator("#rows li").first
    expect(top).to_contain_text(name, timeout=15_000)
    top.locator("summary").focus()
    reader.page.keyboard.press("Enter")
    expect(top.get_by_text("Grove")).to_be_visible()
    expect(top.get_by_role("link", name="Events of this person")).to_be_visible()


def test_the_note_of_an_empty_list_goes_when_the_first_event_comes(reader: Reader) -> None:
    name = fresh_name("first of its name")
    reader.open(f"events?event={name}")
    note = reader.page.get_by_role("heading", name="No such event yet")
    expect(note).to_be_visible()
    reader.send(name)
    expect(reader.page.locator("#rows").get_by_text(name)).to_be_visible(timeout=15_000)
    expect(note).to_be_hidden()


def test_pausing_holds_new_events_back_until_resumed(reader: Reader) -> None:
    reader.send_and_wait(fresh_name("before"))
    reader.open("events")
    reader.page.get_by_role("button", name="Live · pause").click()
    name = fresh_name("held back")
    reader.send_and_wait(name)
    asked = len(reader.asked)
    reader.page.wait_for_timeout(2_500)  # longer than the list's rhythm
    assert len(reader.asked) == asked
    expect(reader.page.get_by_text(name)).to_have_count(0)
    reader.page.get_by_role("button", name="Paused · resume").click()
    expect(reader.page.locator("#rows").get_by_text(name)).to_be_visible(timeout=15_000)


def test_a_question_is_asked_by_choosing_and_stays_in_the_address(reader: Reader) -> None:
    name = fresh_name("paid")
    reader.send_and_wait(name, plan="Grove")
    reader.server.wait_for_rows("SELECT 1 FROM events WHERE properties.plan = 'Grove' LIMIT 1", 1)
    reader.open("trends")
    reader.page.get_by_label("Event 1", exact=True).select_option(name)
    reader.page.wait_for_url(re.compile("event=paid"))
    reader.page.get_by_label("How event 1 is counted").select_option("Unique people")
    reader.page.wait_for_url(re.compile("math=dau"))
    reader.page.get_by_label("Show as").select_option("Bars")
    reader.page.wait_for_url(re.compile("display=ActionsBar"))
    chart = reader.page.locator("#chart")
    expect(chart.locator("svg")).to_be_visible()
    expect(chart).to_have_attribute("aria-label", re.compile("^Bar chart of paid"))
    expect(reader.page.get_by_role("table")).to_contain_text(name)

    reader.page.reload()
    expect(reader.page.get_by_label("How event 1 is counted")).to_have_value("dau")
    expect(reader.page.locator("#chart svg")).to_be_visible()
    reader.page.go_back()
    expect(reader.page.get_by_label("Show as")).to_have_value("ActionsLineGraph")
    expect(reader.page.locator("#chart svg")).to_be_visible()


def test_adding_an_event_keeps_the_address_fit_for_a_reload(reader: Reader) -> None:
    reader.send_and_wait(fresh_name("anything"))
    reader.open("trends")
    reader.page.get_by_role("button", name="+ Add an event").click()
    expect(reader.page.get_by_label("Event 2", exact=True)).to_be_visible()
    reader.page.reload()
    expect(reader.page.get_by_label("Event 2", exact=True)).to_be_visible()
    expect(reader.page.get_by_label("Event 3", exact=True)).to_have_count(0)


def test_the_keyboard_reaches_the_content_first(reader: Reader) -> None:
    reader.open("events")
    reader.page.keyboard.press("Tab")
    expect(reader.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator("main")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_phone_shows_the_page_without_scrolling_sideways(
    browser: Browser, server: Server, page: str, scheme: str
) -> None:
    with browser.new_context(viewport=PHONE, color_scheme=scheme) as context:  # type: ignore[arg-type]
        reader = Reader(context.new_page(), server)
        reader.sign_in()
        reader.send_and_wait(fresh_name("a rather long name of an event that would not fit"))
        reader.open(page)
        reader.page.wait_for_load_state("networkidle" if page == "trends" else "load")
        width = reader.page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
        assert reader.complaints == []


def test_a_phone_bears_the_longest_project_name(browser: Browser, server: Server) -> None:
    made = server.api.post(f"/api/organizations/{server.organization_id}/projects/", json={"name": "W" * 200})
    with browser.new_context(viewport=PHONE) as context:  # type: ignore[arg-type]
        reader = Reader(context.new_page(), server)
        reader.sign_in()
        for page in PAGES:
            reader.page.goto(f"{server.url}/project/{made.json()['id']}/{page}")
            reader.page.locator(".switcher summary").click()
            assert reader.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    server.api.delete(f"/api/projects/{made.json()['id']}/")


def test_a_form_sent_without_its_cookie_leads_back_to_itself(browser: Browser, server: Server) -> None:
    with browser.new_context(viewport=PHONE) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{server.url}/login")
        context.clear_cookies()
        page.get_by_label("E-mail").fill(server.email)
        page.get_by_label("Password").fill(server.password)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Open it anew").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        logo, heading = page.locator(".logo").bounding_box(), page.get_by_role("heading").bounding_box()
        assert logo and heading and logo["y"] < heading["y"]


def test_charts_take_the_colours_of_the_scheme(browser: Browser, server: Server) -> None:
    colours = {}
    today = datetime.now(UTC).date().isoformat()
    for scheme in ("light", "dark"):
        with browser.new_context(viewport=DESK, color_scheme=scheme) as context:  # type: ignore[arg-type]
            reader = Reader(context.new_page(), server)
            reader.sign_in()
            reader.send_and_wait(fresh_name("shown"))
            reader.open(f"trends?event=&display=ActionsBar&range=custom&from={today}")
            expect(reader.page.locator("#chart svg")).to_be_visible()
            colours[scheme] = reader.page.locator("#chart .mark-rect path").first.get_attribute("fill")
    assert colours == {"light": "#0f7b5f", "dark": "#5fcf9f"}


def test_two_browsers_do_not_share_a_login(browser: Browser, server: Server) -> None:
    with browser.new_context() as first, browser.new_context() as second:
        Reader(first.new_page(), server).sign_in()
        page = second.new_page()
        page.goto(f"{server.url}/project/{server.project_id}/trends")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
