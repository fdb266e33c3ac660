"""Subscriptions in a real browser: from a dashboard to its page, with the sentence that follows what is chosen."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_saved_insights_browser import GIVEN_UP, PHONE, Reader


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


def open_form(reader: Reader) -> str:
    """The form of a new subscription to a dashboard with one insight; the dashboard's name."""
    page, name = reader.page, f"Board {uuid.uuid4().hex[:8]}"
    board = reader.make("dashboards", name=name)
    reader.make_insight(dashboards=[board["id"]])
    reader.open(f"dashboard/{board['id']}")
    page.locator("#more-menu").click()
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("dialog", name=f"Subscribe to {name}")).to_be_visible()
    return name


def test_the_sentence_follows_what_is_chosen(reader: Reader) -> None:
    page = reader.page
    open_form(reader)
    expect(page.get_by_label("Title")).to_be_focused()
    said = page.locator("#said")
    expect(said).to_contain_text("Sent every week on")
    expect(said.locator("time")).to_have_count(3)
    for day in page.locator(".days input:checked").all():
        day.uncheck()
    page.get_by_label("Unit").select_option("monthly")
    page.get_by_role("checkbox", name="Monday").check()
    page.get_by_label("Of a month’s days").select_option("-1")
    expect(said).to_contain_text("Sent every month on the last Monday")
    page.get_by_label("Repeat every").fill("3")
    expect(said).to_contain_text("Sent every 3 months on the last Monday")
    page.get_by_label("Repeat every").fill("0")
    expect(said).to_contain_text("greater than or equal to 1")
    page.get_by_label("Unit").select_option("daily")
    expect(page.get_by_label("Of a month’s days")).to_be_hidden()


def test_a_dashboard_is_subscribed_to_paused_deleted_and_brought_back(reader: Reader) -> None:
    page = reader.page
    name = open_form(reader)
    page.get_by_label("Title").fill(f"Numbers of {name}")
    page.get_by_label("Receivers").fill("")
    page.get_by_role("dialog").get_by_role("button", name="Subscribe").click()
    alert = page.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("may not be blank")
    expect(alert).to_be_focused()
    page.get_by_label("Receivers").fill("ada@example.com, grace@example.com")
    page.get_by_role("dialog").get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name=f"Numbers of {name}", level=1)).to_be_visible()
    expect(page.get_by_text("The subscription is made.")).to_be_visible()
    expect(page.get_by_role("article").first).to_contain_text("Invitation")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("is paused.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Title").fill(f"Money of {name}")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=f"Money of {name}", level=1)).to_be_visible()
    page.get_by_role("link", name="Subscriptions", exact=True).first.click()
    page.get_by_label("Search", exact=True).fill(f"money {name}")
    expect(page.get_by_role("row").filter(has_text=f"Money of {name}")).to_be_visible()
    page.wait_for_url(re.compile("search="))
    page.get_by_role("button", name=f"Menu of Money of {name}").click()
    page.get_by_role("button", name=f"Delete Money of {name}").click()
    expect(page.get_by_text("is deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=f"Money of {name}", level=1)).to_be_visible()


def test_an_insight_with_a_subscription_shows_it(reader: Reader) -> None:
    page, insight = reader.page, reader.make_insight()
    reader.make(
        "subscriptions",
        insight=insight["id"],
        title="Every morning",
        target_type="email",
        target_value="ada@example.com",
        frequency="daily",
        start_date="2026-01-01T09:00:00Z",
    )
    reader.open(f"insights/{insight['short_id']}")
    page.locator("#more-menu").click()
    page.get_by_role("button", name="Subscribe").click()
    dialog = page.get_by_role("dialog", name=f"Subscriptions to {insight['name']}")
    expect(dialog).to_contain_text("sent every day")
    dialog.get_by_role("button", name="Edit Every morning").click()
    expect(page.get_by_label("Receivers")).to_have_value("ada@example.com")
    expect(page.get_by_label("Starts")).to_have_value("2026-01-01")
    page.keyboard.press("Escape")
    expect(page.locator("#more-menu")).to_be_focused()


def test_a_webhook_and_slack_have_fields_of_their_own(reader: Reader) -> None:
    page = reader.page
    open_form(reader)
    page.get_by_role("radio", name="Webhook").check()
    expect(page.get_by_label("Receivers")).to_be_hidden()
    page.get_by_label("Address").fill("http://localhost/")
    page.get_by_role("dialog").get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Invalid webhook URL")
    page.get_by_role("radio", name="Slack").check()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("Put the token of a Slack bot here.")).to_be_visible()
    expect(page.get_by_role("radio", name="Slack")).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(reader: Reader, scheme: Any) -> None:
    page = reader.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size(PHONE)
    open_form(reader)
    expect(page.locator("#said time").first).to_be_visible()
    assert serious_faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert serious_faults(page) == []
    page.get_by_role("dialog").get_by_role("button", name="Subscribe").click()
    page.wait_for_url(re.compile(r"/subscriptions/\d+$"))
    expect(page.get_by_role("article").first).to_be_visible()
    for size in ({"width": 1280, "height": 900}, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert serious_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    reader.open("subscriptions")
    for size in ({"width": 1280, "height": 900}, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        expect(page.get_by_role("row").nth(1)).to_be_visible()
        assert serious_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
