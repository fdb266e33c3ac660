"""Unsubscribing in a real browser, by somebody without an account who follows the link of a mail."""

from collections.abc import Iterator

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from hedgerow.secret import secret_key
from hedgerow.settings import Settings
from hedgerow.subscriptions.models import Subscription
from hedgerow.subscriptions.unsubscribing import unsubscribe_token
from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_saved_insights_browser import PHONE


@pytest.fixture
def subscription_id(server: Server) -> Iterator[int]:
    """A subscription of two people."""
    base = f"/api/projects/{server.project_id}"
    query = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}]}
    insight = server.api.post(f"{base}/insights/", json={"name": "Views", "query": query}).json()
    fields = {
        "insight": insight["id"],
        "title": "Every morning",
        "target_type": "email",
        "target_value": "ada@example.com,grace@example.com",
        "frequency": "daily",
        "start_date": "2026-01-01T09:00:00Z",
    }
    made = server.api.post(f"{base}/subscriptions/", json=fields)
    assert made.status_code == 201, made.text
    yield int(made.json()["id"])
    server.api.patch(f"{base}/subscriptions/{made.json()['id']}/", json={"deleted": True})


def link(server: Server, subscription_id: int, address: str) -> str:
    """The link in the mail to somebody."""
    with override_settings(SECRET_KEY=secret_key(Settings(data_dir=server.data_dir))):
        return f"{server.url}/unsubscribe?token={unsubscribe_token(Subscription(pk=subscription_id), address)}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_receiver_unsubscribes_with_one_press(
    browser_page: Page, server: Server, subscription_id: int, scheme: str
) -> None:
    """Opening the link changes nothing, the button does; the other receiver stays. On a phone, too, by keyboard."""
    page, told = browser_page, f"/api/projects/{server.project_id}/subscriptions/{subscription_id}/"
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size(PHONE)
    page.goto(link(server, subscription_id, "ada@example.com"))
    expect(page.get_by_role("heading", name="Stop these mails?")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Every morning, sent every day, will not be sent to ada@example")
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert server.api.get(told).json()["target_value"] == "ada@example.com,grace@example.com"
    page.get_by_role("button", name="Unsubscribe").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert serious_faults(page) == []
    assert server.api.get(told).json()["target_value"] == "grace@example.com"
    page.goto(link(server, subscription_id, "ada@example.com"))
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()


def test_a_link_that_is_none_is_told(browser_page: Page, server: Server, subscription_id: int) -> None:
    """One character more, and nothing is ended."""
    browser_page.goto(f"{link(server, subscription_id, 'ada@example.com')}x")
    expect(browser_page.get_by_role("heading", name="This link does not work any more")).to_be_visible()
    assert serious_faults(browser_page) == []
