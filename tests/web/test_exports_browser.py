"""Exports in a real browser: from the button to the file, by mouse and keyboard, on every page that has it."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_saved_insights_browser import GIVEN_UP, PHONE, Reader


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


def exported(page: Page, name: str) -> tuple[str, bytes]:
    """The file that comes when a format is chosen in the open dialog: its name and its bytes."""
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name=name).click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_an_insight_is_downloaded_as_a_table_and_as_a_picture(reader: Reader) -> None:
    page, insight = reader.page, reader.make_insight()
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_role("button", name="Export").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Export {insight['name']}")
    expect(dialog.get_by_role("button", name="Picture")).to_be_focused()
    name, content = exported(page, "Table")
    assert re.fullmatch(r"export-payments-[\w-]+\.csv", name)
    assert content.startswith(b"series,")
    expect(dialog.get_by_role("status")).to_contain_text("The file is ready.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Export")).to_be_focused()
    page.get_by_role("button", name="Export").click()
    name, content = exported(page, "Picture")
    assert name.endswith(".png")
    assert content.startswith(b"\x89PNG")


def test_a_question_that_is_not_saved_is_exported_as_it_is_asked(reader: Reader) -> None:
    page = reader.page
    reader.open("insights/trends")
    page.get_by_label("Dates", exact=True).select_option("90d")
    page.wait_for_url(re.compile("-90d"))
    page.get_by_role("button", name="Export").click()
    name, content = exported(page, "Data")
    assert name.endswith(".json")
    assert content.count(b"-") > 90


def test_the_sql_page_exports_what_its_editor_holds(reader: Reader) -> None:
    page = reader.page
    reader.open("sql?q=select 1 as a, 'x' as b")
    expect(page.get_by_text("1 row")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    name, content = exported(page, "Table")
    assert name.startswith("query-")
    assert content == b"a,b\r\n1,x\r\n"


def test_the_columns_of_a_table_are_chosen(reader: Reader) -> None:
    page = reader.page
    reader.open("sql?q=select 1 as a, 'x' as utm_source, 3 as c")
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Columns of tables").click()
    expect(dialog.get_by_role("checkbox", name="UTM source")).to_be_visible()
    dialog.get_by_role("checkbox", name="UTM source").check()
    dialog.get_by_role("checkbox", name="Readable names").check()
    assert serious_faults(page) == []
    assert exported(page, "Table")[1] == b"UTM source\r\nx\r\n"


def test_a_dashboard_and_its_tile_are_exported(reader: Reader) -> None:
    page, word = reader.page, uuid.uuid4().hex[:8]
    board = reader.make("dashboards", name=f"Board {word}")
    insight = reader.make_insight(dashboards=[board["id"]])
    reader.open(f"dashboard/{board['id']}")
    page.locator("#more-menu").click()
    page.locator("#export").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Table")).to_be_hidden()
    name, content = exported(page, "Document")
    assert name.startswith(f"export-board-{word}")
    assert content.startswith(b"%PDF")
    page.keyboard.press("Escape")
    page.locator(".tile").hover()
    page.get_by_role("button", name=f"Menu of {insight['name']}").click()
    page.locator(".top-menu:popover-open").get_by_role("button", name="Export").click()
    assert exported(page, "Spreadsheet")[1].startswith(b"PK")


def test_what_cannot_be_exported_is_told_in_words(reader: Reader) -> None:
    page = reader.page
    reader.open("sql?q=select nothing from nowhere")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("dialog").get_by_role("button", name="Table").click()
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("There is no file.")
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("nowhere")


def test_the_list_gives_the_file_and_a_link_for_everybody(reader: Reader, browser: Browser) -> None:
    page, insight = reader.page, reader.make_insight()
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_role("button", name="Export").click()
    name, content = exported(page, "Table")
    page.get_by_role("link", name="My exports").click()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("Ready")
    with page.expect_download() as download:
        row.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_bytes() == content
    row.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    link = row.locator("input[id^=link-]").input_value()
    with browser.new_context() as stranger:
        response = stranger.request.get(re.sub(r"https?://[^/]+", reader.server.url, link))
        assert response.status == 200
        assert response.body() == content


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(reader: Reader, scheme: Any) -> None:
    page, insight = reader.page, reader.make_insight()
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for size in (PHONE, {"width": 1280, "height": 900}):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        reader.open(f"insights/{insight['short_id']}")
        page.get_by_role("button", name="Export").click()
        expect(page.get_by_role("dialog").get_by_role("button", name="Picture")).to_be_visible()
        assert serious_faults(page) == []
        exported(page, "Table")
        expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("The file is ready.")
        assert serious_faults(page) == []
        reader.open("exports")
        expect(page.get_by_role("row").filter(has_text="Ready").first).to_be_visible()
        assert serious_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
