"""The frame in a real browser: the tree in the side bar and the search of everything, by mouse, keyboard and phone."""

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_records_browser import GIVEN_UP, PHONE, Reader

DESK = {"width": 1280, "height": 860}


@pytest.fixture
def reader(browser: Browser, server: Server) -> Iterator[Reader]:
    """Somebody signed in at a desk; nothing they did may have made the browser complain."""
    with browser.new_context(viewport=DESK, reduced_motion="reduce") as context:
        reader = Reader(context.new_page(), server)
        yield reader
        assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


@pytest.fixture
def word(server: Server) -> str:
    """A word that only this test's objects are called by: a dashboard in a folder, and a cohort."""
    word = f"w{uuid.uuid4().hex[:8]}"
    make(server, f"{word} board", f"{word} folder/Weekly")
    answer = server.api.post(
        f"/api/projects/{server.project_id}/cohorts/", json={"name": f"{word} people", "is_static": True}
    )
    assert answer.status_code == 201, answer.text
    return word


def make(server: Server, name: str, folder: str) -> int:
    body = {"name": name, "_create_in_folder": folder}
    answer = server.api.post(f"/api/projects/{server.project_id}/dashboards/", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def item(page: Page, name: str) -> Locator:
    return page.get_by_role("treeitem", name=re.compile(f"^{re.escape(name)}"))


def test_the_tree_by_the_keyboard_alone(reader: Reader, word: str) -> None:
    page = reader.page
    reader.open("persons")
    folder = item(page, f"{word} folder")
    expect(folder).to_have_attribute("aria-expanded", "false")
    folder.focus()
    page.keyboard.press("ArrowRight")
    expect(item(page, "Weekly")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(item(page, "Weekly")).to_be_focused()
    page.keyboard.press("Enter")
    expect(item(page, f"{word} board")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(item(page, f"{word} board")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(item(page, "Weekly")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Home")
    page.keyboard.type(word[0])
    assert page.locator("[role=treeitem][tabindex='0']").count() == 1
    item(page, "Weekly").focus()
    page.keyboard.press("Enter")
    page.reload()  # what is open stays open
    item(page, f"{word} board").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/dashboard/\d+"))
    expect(page.get_by_role("heading", name=f"{word} board")).to_be_visible()


def test_a_folder_is_made_and_things_are_dragged_into_it(reader: Reader, server: Server, word: str) -> None:
    page = reader.page
    reader.open("persons")
    page.get_by_role("button", name="New folder").click()
    page.get_by_label("Name of the new folder").fill(f"{word} target")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Made the folder “{word} target”.")).to_be_visible()
    item(page, f"{word} folder").drag_to(item(page, f"{word} target"))
    expect(page.get_by_text(f"Moved “{word} folder” to “{word} target”.")).to_be_visible()
    item(page, f"{word} target").click()
    expect(item(page, f"{word} folder")).to_have_attribute("aria-level", "2")


def test_renamed_deleted_and_taken_back_by_the_dialog(reader: Reader, word: str) -> None:
    page = reader.page
    reader.open("files")
    folder = item(page, f"{word} folder")
    folder.focus()
    page.keyboard.press("F2")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    assert serious_faults(page) == []
    dialog.get_by_label("Name", exact=True).fill(f"{word} renamed")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(item(page, f"{word} renamed")).to_be_visible()
    expect(page.get_by_role("table").get_by_role("link", name=f"{word} renamed")).to_be_visible()
    item(page, f"{word} renamed").focus()
    page.keyboard.press("Delete")
    expect(dialog.get_by_role("button", name="Delete with 2 things in it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(item(page, f"{word} renamed")).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(item(page, f"{word} renamed")).to_be_visible()
    item(page, f"{word} renamed").focus()
    page.keyboard.press("F2")
    dialog.get_by_role("button", name="Add to my shortcuts").click()
    expect(page.locator(".tree-links").get_by_role("link", name=f"{word} renamed")).to_be_visible()


def test_finding_in_the_tree(reader: Reader, word: str) -> None:
    page = reader.page
    reader.open("persons")
    page.get_by_label("Find files").fill(f"{word} board")
    expect(page.get_by_role("tree", name="Found files").get_by_role("treeitem")).to_have_count(1)
    page.get_by_label("Find files").fill("")
    expect(item(page, f"{word} folder")).to_be_visible()


def test_the_search_of_everything_by_the_keyboard(reader: Reader, word: str) -> None:
    page = reader.page
    reader.open("persons")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find anything")
    expect(field).to_be_focused()
    expect(page.get_by_role("option", name="New funnel")).to_be_visible()
    page.keyboard.type(f"{word} ")
    expect(page.get_by_role("option", name=f"{word} board")).to_have_attribute("aria-selected", "true")
    assert serious_faults(page) == []
    page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("listbox", name="Results").get_by_role("option", name=f"{word} people")
    expect(chosen).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Search", exact=True).click()
    field.fill(f"{word} people")
    page.keyboard.press("Enter")  # before the answer has come
    page.wait_for_url(re.compile(r"/cohorts/\d+"))
    page.keyboard.press("Control+k")
    page.keyboard.type("go to sql")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/sql$"))


def test_nothing_found_is_said(reader: Reader) -> None:
    reader.open("persons")
    reader.page.keyboard.press("Control+k")
    reader.page.keyboard.type("zzzzzz")
    expect(reader.page.get_by_text("Nothing is called “zzzzzz”.")).to_be_visible()


def test_on_a_phone_the_tree_is_behind_a_button(reader: Reader, word: str) -> None:
    page = reader.page
    reader.open("persons")
    expect(item(page, f"{word} folder")).to_be_visible()
    page.set_viewport_size(PHONE)
    expect(item(page, f"{word} folder")).to_be_hidden()
    page.get_by_role("button", name="Files").click()
    item(page, f"{word} folder").click()
    expect(item(page, "Weekly")).to_be_visible()
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    expect(item(page, f"{word} folder")).to_be_hidden()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("combobox", name="Find anything")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
