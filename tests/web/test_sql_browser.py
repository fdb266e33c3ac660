"""The SQL page in a real browser, with the keyboard, in light and dark."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.serving import Server
from tests.web.test_browser import DESK, PHONE, Reader, fresh_name

EDITOR = ".cm-content"


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader on the SQL page; nothing they did may have made the browser complain or ask elsewhere."""
    reader = Reader(browser_page, server)
    reader.page.set_viewport_size(DESK)
    reader.sign_in()
    reader.open("sql")
    expect(reader.page.locator(EDITOR)).to_be_visible()
    yield reader
    assert reader.complaints == []
    assert [url for url in reader.asked if not url.startswith(server.url)] == []


def write(reader: Reader, text: str) -> None:
    """Replace the query by typing another."""
    reader.page.locator(EDITOR).click()
    reader.page.keyboard.press("Control+a")
    reader.page.keyboard.press("Delete")
    reader.page.keyboard.type(text)


def let_the_list_take_keys(reader: Reader) -> None:
    """A list that has only just opened takes no key for a moment, lest somebody takes a suggestion unseen."""
    reader.page.wait_for_timeout(200)


def test_a_query_is_run_by_the_keyboard_and_kept_in_the_address(reader: Reader) -> None:
    write(reader, "SELECT 6 * 7 AS answer")
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("Control+Enter")
    expect(reader.page.locator(".sql-rows td")).to_have_text("42")
    expect(reader.page).to_have_url(re.compile(r"q=SELECT\+6"))
    reader.page.reload()
    expect(reader.page.locator(".sql-rows td")).to_have_text("42")
    expect(reader.page.locator(EDITOR)).to_contain_text("6 * 7")


def test_tables_and_names_of_events_are_suggested(reader: Reader) -> None:
    name = fresh_name("purchase")
    reader.send_and_wait(name)
    write(reader, "SELECT count() FROM ev")
    options = reader.page.locator(".cm-tooltip-autocomplete li")
    expect(options.first).to_contain_text("events")
    let_the_list_take_keys(reader)
    reader.page.keyboard.press("Tab")
    reader.page.keyboard.type(f" WHERE event = '{name[:11]}")
    expect(options.filter(has_text=name)).to_be_visible()
    let_the_list_take_keys(reader)
    reader.page.keyboard.press("Enter")
    expect(reader.page.locator(EDITOR)).to_contain_text(f"event = '{name}'")
    reader.page.keyboard.press("Control+Enter")
    expect(reader.page.locator(".sql-rows td")).to_have_text("1")


def test_mistakes_are_underlined_where_they_are(reader: Reader) -> None:
    write(reader, "SELECT '😀', nope FROM events")
    expect(reader.page.locator(".cm-lintRange-error")).to_have_text("nope")
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("Control+Enter")
    expect(reader.page.get_by_role("alert")).to_contain_text("Unable to resolve field: nope")


def test_the_editor_lets_the_tab_key_go(reader: Reader) -> None:
    write(reader, "SELECT 1 ")
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("Tab")
    expect(reader.page.get_by_role("button", name="Run")).to_be_focused()


def test_a_field_is_put_into_the_query(reader: Reader) -> None:
    write(reader, "SELECT ")
    reader.page.keyboard.press("Escape")
    reader.page.locator('[data-insert="timestamp"]').first.click()
    expect(reader.page.locator(EDITOR)).to_contain_text("SELECT timestamp")


def test_rows_become_a_chart_and_a_file(reader: Reader) -> None:
    write(reader, "SELECT number, number * number AS square FROM numbers(5)")
    reader.page.keyboard.press("Escape")
    reader.page.get_by_label("Show as").select_option("Bars")
    expect(reader.page.locator("#chart svg")).to_be_visible()
    with reader.page.expect_download() as download:
        reader.page.get_by_role("button", name="Download as CSV").click()
    assert Path(download.value.path()).read_text().splitlines()[:2] == ["number,square", "0,0"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_fits_its_window(reader: Reader, scheme: str, size: dict[str, int]) -> None:
    reader.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    reader.page.set_viewport_size(size)  # type: ignore[arg-type]
    write(reader, "SELECT number, 'a rather long text for a column' AS words FROM numbers(30)")
    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("Control+Enter")
    expect(reader.page.locator(".sql-rows td").first).to_be_visible()
    width = reader.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size["width"]
