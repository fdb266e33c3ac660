"""Web analytics in a real browser."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import httpx
from playwright.sync_api import Page, expect

from tests.serving import Server

PHONE = {"width": 390, "height": 844}


def sign_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/login")
    page.get_by_label("E-mail").fill(server.email)
    page.get_by_label("Password").fill(server.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/project/"))


def send_visit(server: Server, *paths: str) -> None:
    """Views of one visitor as a client would send them, and the time until they can be asked for."""
    session = str(uuid.uuid4())
    begun = datetime.now(UTC) - timedelta(minutes=5)
    batch = [
        {
            "event": "$pageview",
            "distinct_id": session,
            "timestamp": (begun + timedelta(seconds=20 * place)).isoformat(),
            "properties": {"$session_id": session, "$pathname": path, "$browser": "Firefox", "$device_type": "Desktop"},
        }
        for place, path in enumerate(paths)
    ]
    body = {"api_key": server.project_api_key, "batch": batch}
    assert httpx.post(f"{server.url}/batch/", json=body).status_code == 200
    server.wait_for_rows("SELECT uuid FROM events WHERE $session_id = {session}", len(paths), session=session)


def test_what_is_chosen_stays_in_the_address(browser_page: Page, server: Server) -> None:
    page, complaints = browser_page, list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    first, last = f"/first-{uuid.uuid4().hex[:6]}", f"/last-{uuid.uuid4().hex[:6]}"
    send_visit(server, first, last)
    sign_in(page, server)
    page.get_by_role("link", name="Web analytics").click()
    expect(page.locator("#chart svg")).to_be_visible()
    pages = page.locator("#pages")
    expect(pages.get_by_text(last)).to_be_visible()

    pages.get_by_role("link", name="Entry").click()
    expect(pages.get_by_text(last)).to_have_count(0)
    expect(pages.get_by_text(first)).to_be_visible()
    page.locator("#devices").get_by_role("link", name="Browser").click()
    expect(page.locator("#devices").get_by_text("Firefox")).to_be_visible()
    page.get_by_role("link", name="Sessions").click()
    expect(page.locator(".tiles [aria-current]")).to_have_text("Sessions")
    page.get_by_label("Dates").select_option("Today")
    page.wait_for_url(re.compile("range=today"))
    expect(page.locator("#chart svg")).to_be_visible()
    expect(pages.locator("[aria-current]")).to_have_text("Entry")
    expect(page.locator("#devices [aria-current]")).to_have_text("Browser")
    page.reload()
    expect(page.get_by_label("Dates")).to_have_value("today")
    expect(pages.locator("[aria-current]")).to_have_text("Entry")
    expect(page.locator(".tiles [aria-current]")).to_have_text("Sessions")
    assert complaints == []


def test_the_page_fits_a_phone(browser_page: Page, server: Server) -> None:
    send_visit(server, "/a-path-that-is-quite-long/and-goes-on/for-much-longer-than-a-phone-is-wide")
    browser_page.set_viewport_size(PHONE)
    sign_in(browser_page, server)
    browser_page.goto(f"{server.url}/project/{server.project_id}/web")
    expect(browser_page.locator("#chart svg")).to_be_visible()
    assert browser_page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
