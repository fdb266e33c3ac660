"""The template gallery in a real browser: from a template to a dashboard, and from a dashboard to a template."""

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_records_browser import GIVEN_UP, PHONE, Reader


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


def test_from_a_template_to_a_dashboard_to_a_template(reader: Reader) -> None:
    page, word = reader.page, f"Board {uuid.uuid4().hex[:8]}"
    reader.open("templates")
    assert serious_faults(page) == []
    page.get_by_label("Search", exact=True).fill("web")
    expect(page.get_by_role("link", name="Growth")).to_be_hidden()
    page.get_by_role("link", name="Website traffic").click()
    assert serious_faults(page) == []
    page.get_by_label("Name of the dashboard").fill(word)
    page.get_by_role("button", name="Make dashboard").click()
    page.wait_for_url(re.compile(r"/dashboard/\d+"))
    expect(page.get_by_role("heading", name=word)).to_be_visible()
    page.goto(f"{page.url.partition('?')[0]}/template")
    page.get_by_label("Description").fill("As of today")
    page.get_by_role("button", name="Save template").click()
    expect(page.get_by_text(f"Made the template “{word}”.")).to_be_visible()
    page.get_by_text("Change this template").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".gallery").get_by_role("link", name=word)).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=word)).to_be_visible()


def test_the_gallery_fits_a_phone(reader: Reader) -> None:
    page = reader.page
    page.set_viewport_size(PHONE)
    reader.open("templates")
    expect(page.get_by_role("link", name="Website traffic")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert serious_faults(page) == []
