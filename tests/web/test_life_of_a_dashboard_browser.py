"""The whole life of a dashboard in a browser: made, arranged, filtered, shared with a password, and taken back."""

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import Server
from tests.web.test_dashboards_browser import tile
from tests.web.test_records_browser import GIVEN_UP, Reader


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    browser_page.emulate_media(reduced_motion="reduce")
    browser_page.set_viewport_size({"width": 1440, "height": 900})
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


def test_made_arranged_filtered_shared_opened_and_revoked(reader: Reader, server: Server, browser: Browser) -> None:
    name = f"Life {uuid.uuid4().hex[:8]}"
    seen = {"event": "$pageview", "distinct_id": name, "properties": {}}
    server.api.post("/batch/", json={"api_key": server.project_api_key, "batch": [seen]}).raise_for_status()
    server.wait_for_rows("SELECT uuid FROM events WHERE distinct_id = {name}", 1, name=name)
    make_from_template(reader, name)
    page = reader.page
    place = tile(page, "Stickiness").bounding_box()
    arrange(page)
    filter_by_dates(page)
    link, password = share_with_password(page)

    with browser.new_context() as clean:
        visit = clean.new_page()
        visit.goto(link)
        expect(visit.get_by_text(name)).to_have_count(0)
        visit.get_by_label("Password").fill(password)
        visit.get_by_role("button", name="Open").click()
        expect(visit.get_by_role("heading", name=name)).to_be_visible()
        expect(visit.locator(".tile-answer svg.marks").first).to_be_visible()
        shown = tile(visit, "Stickiness").bounding_box()
        assert shown is not None
        assert place is not None
        assert shown["y"] != place["y"], "the arrangement is shared, too"

        page.get_by_role("button", name="Revoke the password without a note").click()
        expect(page.get_by_text("Nobody can open the link until there is a password.")).to_be_visible()
        visit.reload()
        expect(visit.get_by_text(name)).to_have_count(0)
        expect(visit.get_by_label("Password")).to_be_visible()

        page.get_by_role("switch", name="Share with a link").uncheck()
        expect(page.get_by_text("Only members of")).to_be_visible()
        gone = visit.goto(link)
        assert gone is not None
        assert gone.status == 404


def make_from_template(reader: Reader, name: str) -> None:
    page = reader.page
    reader.open("dashboards/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("radio", name="Product analytics").check()
    page.get_by_role("button", name="Make dashboard").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    expect(page.locator(".tile-answer[data-state=waiting]")).to_have_count(0, timeout=30_000)


def arrange(page: Page) -> None:
    page.get_by_role("button", name="Move or resize Stickiness").focus()
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.keyboard.press("ArrowUp")
    expect(page.locator("#board-said")).to_have_text(re.compile("^Stickiness: column 1, row"))


def filter_by_dates(page: Page) -> None:
    page.get_by_label("Dates").select_option("28d")
    page.get_by_role("button", name="Save to the dashboard").click()
    expect(page.get_by_role("link", name="Discard")).to_have_count(0)
    expect(page.get_by_label("Dates")).to_have_value("28d")


def share_with_password(page: Page) -> tuple[str, str]:
    """The link and the password."""
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("switch", name="Share with a link").check()
    link = page.get_by_role("textbox", name="Link").input_value()
    page.get_by_role("switch", name="Ask for a password").check()
    page.get_by_role("button", name="Make a password").click()
    return link, page.get_by_label("New password").input_value()
