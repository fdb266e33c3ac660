"""The dialog of sharing in a real browser: by the keyboard, and what it makes is what visitors get."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_saved_insights_browser import GIVEN_UP, Reader


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


def test_an_insight_is_shared_by_the_keyboard_and_opened_by_a_stranger(reader: Reader, browser: Browser) -> None:
    page, insight = reader.page, reader.make_insight()
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_role("button", name="Share").focus()
    page.keyboard.press("Enter")
    switch = page.get_by_role("switch", name="Share with a link")
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("Anyone who has the link can see it")).to_be_visible()
    expect(switch).to_be_checked()
    expect(switch).to_be_focused()
    link = page.get_by_role("textbox", name="Link").input_value()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Share")).to_be_focused()
    with browser.new_context() as stranger:
        visit = stranger.new_page()
        response = visit.goto(link)
        assert response is not None
        assert response.status == 200
        expect(visit.get_by_text(insight["name"]).first).to_be_visible()


def test_a_new_link_and_a_password_shown_once(reader: Reader) -> None:
    page, insight = reader.page, reader.make_insight()
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("switch", name="Share with a link").check()
    link = page.get_by_role("textbox", name="Link")
    before = link.input_value()
    page.get_by_role("button", name="Make a new link").click()
    expect(link).not_to_have_value(before)
    page.get_by_role("switch", name="Ask for a password").check()
    expect(page.get_by_text("Nobody can open the link until there is a password.")).to_be_visible()
    page.get_by_label("For whom").fill("Investors")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Make a password").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("at least 8 characters")
    page.get_by_label("For whom").fill("Investors")
    page.get_by_role("button", name="Make a password").click()
    expect(page.get_by_label("New password")).to_be_focused()
    page.get_by_role("dialog").get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("dialog").get_by_text("Copied")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_label("New password")).to_be_hidden()
    page.get_by_role("button", name="Revoke Investors").click()
    expect(page.get_by_text("Nobody can open the link until there is a password.")).to_be_visible()


def test_how_it_is_shown_is_chosen(reader: Reader) -> None:
    page, insight = reader.page, reader.make_insight()
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("switch", name="Share with a link").check()
    expect(page.get_by_label("Without the heading")).to_be_visible()
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_label("Without the heading").check()
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_label("Colours").select_option("dark")
    kept = reader.server.api.get(f"/api/projects/{reader.server.project_id}/insights/{insight['id']}/sharing/").json()
    assert kept["settings"]["noHeader"] is True
    assert kept["settings"]["theme"] == "dark"


def test_a_dashboard_is_shared_from_its_page(reader: Reader) -> None:
    page, board = reader.page, reader.make("dashboards", name=f"Board {uuid.uuid4().hex[:8]}")
    reader.open(f"dashboard/{board['id']}")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("switch", name="Share with a link").check()
    expect(page.get_by_text("Anyone who has the link can see it")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Share")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_dialog_can_be_used_by_everybody(reader: Reader, scheme: Any) -> None:
    page, insight = reader.page, reader.make_insight()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("switch", name="Share with a link").check()
    page.get_by_role("switch", name="Ask for a password").check()
    page.get_by_role("button", name="Make a password").click()
    expect(page.get_by_label("New password")).to_be_visible()
    page.get_by_text("Put it into another page").click()
    assert serious_faults(page) == []
