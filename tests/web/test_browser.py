"""The pages in a real browser, against a real server."""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import Server

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}
PAGES = ["trends", "insights/funnels", "insights/retention", "insights/paths", "events", "connect"]


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


def choose(reader: Reader, label: str, option: str) -> None:
    """Choose in a field of the editor, and wait until the page has answered."""
    with reader.page.expect_response(re.compile("/insights/.*q=")):
        reader.page.get_by_label(label, exact=True).first.select_option(option)
    expect(reader.page.locator(".htmx-request")).to_have_count(0)


def asked_query(reader: Reader) -> dict[str, Any]:
    """The query that the address holds."""
    query: dict[str, Any] = json.loads(parse_qs(urlsplit(reader.page.url).query)["q"][0])
    return query


def api_results(reader: Reader) -> Any:
    """What the API answers to the query in the address."""
    body = {"query": asked_query(reader), "refresh": "force_blocking"}
    answer = reader.server.api.post(f"/api/projects/{reader.server.project_id}/query/", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def shown_rows(reader: Reader) -> list[list[str]]:
    """The rows of the first table, as text."""
    rows = reader.page.locator("table").first.locator("tbody tr")
    return [row.locator("th, td").all_inner_texts() for row in rows.all()]


def drawn(reader: Reader) -> list[dict[str, Any]]:
    """The data of the chart that is drawn."""
    expect(reader.page.locator("#chart svg")).to_be_visible()
    specification = json.loads(reader.page.locator("#chart-specification").text_content() or "")
    data = specification.get("data") or specification["layer"][0]["data"]
    values: list[dict[str, Any]] = data["values"]
    return values


def as_number(text: str) -> float:
    return float(text.replace(",", "").replace("%", ""))


@pytest.fixture(scope="module")
def steps(server: Server) -> tuple[str, str]:
    """The names of two events: three people did the first, two of them the second."""
    seen, paid = fresh_name("seen"), fresh_name("paid")
    events = [(seen, "ann"), (seen, "bob"), (seen, "cem"), (paid, "ann"), (paid, "bob")]
    now = datetime.now(UTC)
    batch = [
        {"event": name, "distinct_id": f"{who} {seen}", "timestamp": (now - timedelta(seconds=60 - at)).isoformat()}
        for at, (name, who) in enumerate(events)
    ]
    body = {"api_key": server.project_api_key, "batch": batch}
    assert httpx.post(f"{server.url}/batch/", json=body).status_code == 200
    server.wait_for_rows("SELECT uuid FROM events WHERE event IN ({seen}, {paid})", 5, seen=seen, paid=paid)
    return seen, paid


def check_a_fresh_browser_shows_the_same(reader: Reader, browser: Browser) -> None:
    """The link alone gives the same table and chart to somebody else who may see the project."""
    rows, data = shown_rows(reader), drawn(reader)
    with browser.new_context(viewport=DESK) as context:  # type: ignore[arg-type]
        other = Reader(context.new_page(), reader.server)
        other.sign_in()
        other.page.goto(reader.page.url)
        assert (shown_rows(other), drawn(other)) == (rows, data)
        assert other.complaints == []


def test_trends_are_asked_by_choosing_and_stay_in_the_address(
    reader: Reader, browser: Browser, steps: tuple[str, str]
) -> None:
    reader.open("insights/trends")
    choose(reader, "Event 1", steps[0])
    choose(reader, "How event 1 is counted", "Unique people")
    choose(reader, "Dates", "Last 7 days")
    choose(reader, "Show as", "Bars, stacked")
    expect(reader.page.locator("#chart")).to_have_attribute("aria-label", re.compile("^Bar chart of seen"))
    (result,) = api_results(reader)
    assert [as_number(cell) for cell in shown_rows(reader)[0][3:]] == result["data"]
    assert [row["value"] for row in drawn(reader)] == result["data"]
    check_a_fresh_browser_shows_the_same(reader, browser)

    reader.page.get_by_role("button", name="+ Add an event").click()
    expect(reader.page.get_by_label("Event 2", exact=True)).to_be_visible()
    reader.page.reload()
    expect(reader.page.get_by_label("How event 1 is counted")).to_have_value("dau")
    expect(reader.page.get_by_label("Event 2", exact=True)).to_be_visible()
    expect(reader.page.get_by_label("Event 3", exact=True)).to_have_count(0)
    reader.page.go_back()
    expect(reader.page.get_by_label("Event 2", exact=True)).to_have_count(0)
    expect(reader.page.locator("#chart svg")).to_be_visible()


def test_funnels_are_asked_by_choosing(reader: Reader, browser: Browser, steps: tuple[str, str]) -> None:
    reader.open("insights/funnels")
    choose(reader, "Event 1", steps[0])
    choose(reader, "Event 2", steps[1])
    choose(reader, "Dates", "Last 7 days")
    first, second = api_results(reader)
    assert (first["count"], second["count"]) == (3, 2)
    assert [as_number(row[2]) for row in shown_rows(reader)] == [3, 2]
    assert [row["count"] for row in drawn(reader) if row["part"] == "Went on"] == [3, 2]
    check_a_fresh_browser_shows_the_same(reader, browser)
    reader.page.get_by_role("table").get_by_role("link", name="2", exact=True).click()
    expect(reader.page.get_by_role("heading", name="2 in all")).to_be_visible()


def test_retention_is_asked_by_choosing(reader: Reader, browser: Browser, steps: tuple[str, str]) -> None:
    reader.open("insights/retention")
    choose(reader, "Event 1", steps[0])
    choose(reader, "Event 2", steps[1])
    choose(reader, "Share", "of the interval before")
    results = api_results(reader)
    rows = shown_rows(reader)[1:]  # after the row of means
    assert [as_number(row[1]) for row in rows] == [result["values"][0]["count"] for result in results]
    assert sum(as_number(row[1]) for row in rows) == 3
    check_a_fresh_browser_shows_the_same(reader, browser)


def test_paths_are_asked_by_choosing(reader: Reader, browser: Browser, steps: tuple[str, str]) -> None:
    reader.open("insights/paths")
    with reader.page.expect_response(re.compile("/insights/.*q=.*custom_event")):
        reader.page.get_by_label("Own events").check()
    expect(reader.page.locator(".htmx-request")).to_have_count(0)
    reader.page.get_by_label("Begin at").fill(steps[0])
    with reader.page.expect_response(re.compile("/insights/.*q=.*startPoint")):
        reader.page.keyboard.press("Enter")
    expect(reader.page).to_have_url(re.compile("startPoint"))
    (edge,) = api_results(reader)
    assert edge["value"] == 2 and shown_rows(reader)[0][:4] == [steps[0], steps[1], "1", "2"]
    assert {row["value"] for row in drawn(reader)} == {2}
    check_a_fresh_browser_shows_the_same(reader, browser)


def test_stickiness_is_asked_by_choosing(reader: Reader, browser: Browser, steps: tuple[str, str]) -> None:
    reader.open("insights/stickiness")
    choose(reader, "Event 1", steps[0])
    choose(reader, "Count who were active", "On so many or more")
    (result,) = api_results(reader)
    assert [as_number(cell) for cell in shown_rows(reader)[0][1:]] == result["data"]
    assert [row["value"] for row in drawn(reader)] == result["data"] and result["data"][0] == 3
    check_a_fresh_browser_shows_the_same(reader, browser)


def test_the_lifecycle_is_asked_by_choosing(reader: Reader, browser: Browser, steps: tuple[str, str]) -> None:
    reader.open("insights/lifecycle")
    choose(reader, "Event 1", steps[0])
    with reader.page.expect_response(re.compile("/insights/.*q=")):
        reader.page.get_by_role("checkbox", name="Dormant").uncheck()
    expect(reader.page.get_by_role("table")).not_to_contain_text("Dormant")
    results = [result for result in api_results(reader) if result["status"] != "dormant"]
    assert [[as_number(cell) for cell in row[1:]] for row in shown_rows(reader)] == [each["data"] for each in results]
    assert [row["value"] for row in drawn(reader)] == [value for each in results for value in each["data"]]
    check_a_fresh_browser_shows_the_same(reader, browser)


def test_a_query_is_written_by_hand_and_a_filter_by_its_suggestions(reader: Reader, steps: tuple[str, str]) -> None:
    reader.send_and_wait(fresh_name("known"), plan="Grove")
    reader.open("insights/trends")
    reader.page.get_by_text("The question as a query").click()
    query = {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": steps[1]}],
        "properties": [{"type": "event", "key": "plan", "operator": "exact", "value": ["Grove"]}],
        "dateRange": {"date_from": "-7d"},
        "trendsFilter": {"display": "BoldNumber"},
    }
    reader.page.locator("#query-text").fill(json.dumps(query))
    reader.page.get_by_role("button", name="Ask this").click()
    expect(reader.page.get_by_label("Event 1", exact=True)).to_have_value(steps[1])
    expect(reader.page.get_by_label("Value of filter 1")).to_have_value("Grove")
    with reader.page.expect_response(re.compile("/insights/values")):
        reader.page.get_by_label("Value of filter 1").focus()
    expect(reader.page.locator("#values-0 option[value=Grove]")).to_have_count(1)
    with reader.page.expect_response(re.compile("/insights/.*q=")):
        reader.page.get_by_role("button", name="Remove filter 1").click()
    expect(reader.page.get_by_role("table")).to_contain_text("2")
    assert api_results(reader)[0]["aggregated_value"] == 2


def test_countries_are_shown_on_a_map(reader: Reader) -> None:
    name = fresh_name("visited")
    reader.send_and_wait(name, **{"$geoip_country_code": "DE"})
    reader.open("insights/trends")
    choose(reader, "Event 1", name)
    choose(reader, "Show as", "World map")
    expect(reader.page.locator("#chart svg .mark-shape path").nth(100)).to_be_attached()
    assert [row[0] for row in shown_rows(reader)] == ["DE"]


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
        reader.page.wait_for_load_state("load" if page in ("events", "connect") else "networkidle")
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
