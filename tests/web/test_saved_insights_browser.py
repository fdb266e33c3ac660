"""Saved insights in a real browser: from a question to an insight, its page, its dialogs, and the list."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.serving import Server
from tests.web import test_records_browser as records
from tests.web.axe import serious_faults
from tests.web.test_records_browser import GIVEN_UP, PHONE


class Reader(records.Reader):
    """Somebody who can also make what they look at."""

    def make(self, path: str, **fields: Any) -> Any:
        """Something made over the API."""
        response = self.server.api.post(f"/api/projects/{self.server.project_id}/{path}/", json=fields)
        assert response.status_code == 201, response.text
        return response.json()

    def make_insight(self, **fields: Any) -> Any:
        """A saved insight about an event of its own, which has happened."""
        word = fields.pop("word", uuid.uuid4().hex[:8])
        event = {"event": f"{word} paid", "distinct_id": "ada", "properties": {"amount": 12}}
        body = {"api_key": self.server.project_api_key, "batch": [event]}
        assert httpx.post(f"{self.server.url}/batch/", json=body).status_code == 200
        self.server.wait_for_rows("SELECT uuid FROM events WHERE event = {name}", 1, name=f"{word} paid")
        query = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": f"{word} paid"}]}
        return self.make("insights", **{"name": f"Payments {word}", "query": query, **fields})


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


def test_a_question_becomes_an_insight(reader: Reader) -> None:
    page, word = reader.page, uuid.uuid4().hex[:8]
    reader.make("dashboards", name=f"Board {word}")
    reader.open("insights")
    page.locator("#new-insight").click()
    page.locator(".new-insight").get_by_role("link", name="Trends").click()
    page.wait_for_url(re.compile("/insights/trends"))
    page.get_by_label("Dates", exact=True).select_option("90d")
    page.wait_for_url(re.compile("-90d"))
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog", name="Save insight")
    expect(dialog.get_by_label("Name")).to_be_focused()
    expect(dialog.get_by_label("Name")).to_have_attribute("placeholder", re.compile("count"))
    dialog.get_by_label("Name").fill(f"Views {word}")
    dialog.get_by_label(f"Board {word}").check()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name=f"Views {word}", level=1)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
    expect(page.get_by_role("link", name=f"Board {word}")).to_be_visible()
    expect(page.get_by_label("Dates", exact=True)).to_have_value("90d")


def test_a_dialog_gives_the_focus_back(reader: Reader) -> None:
    page = reader.page
    reader.open("insights/trends")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()


def test_a_question_made_for_a_dashboard_leads_back_to_it(reader: Reader) -> None:
    page, word = reader.page, uuid.uuid4().hex[:8]
    board = reader.make("dashboards", name=f"Board {word}")
    reader.open(f"insights/trends?dashboard={board['id']}")
    page.get_by_role("navigation", name="Kinds of insights").get_by_role("link", name="Lifecycle").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_label(f"Board {word}")).to_be_checked()
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(f"/dashboard/{board['id']}$"))
    expect(page.locator(".tile", has_text="Lifecycle of")).to_be_visible()


def test_a_changed_question_is_saved_or_discarded(reader: Reader) -> None:
    page, insight = reader.page, reader.make_insight()
    reader.open(f"insights/{insight['short_id']}")
    expect(page.locator("#chart svg")).to_be_visible()
    page.get_by_label("Dates", exact=True).select_option("28d")
    expect(page.get_by_text("This is not the question as it was saved.")).to_be_visible()
    page.get_by_role("link", name="Discard").click()
    expect(page.get_by_text("This is not the question as it was saved.")).to_be_hidden()
    expect(page.get_by_label("Dates", exact=True)).to_have_value("7d")
    page.get_by_label("Dates", exact=True).select_option("28d")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
    expect(page.get_by_label("Dates", exact=True)).to_have_value("28d")
    page.get_by_text("History", exact=True).click()
    expect(page.locator(".history")).to_contain_text("-28d")


def test_save_as_new_leaves_the_old_one_alone(reader: Reader) -> None:
    page, insight = reader.page, reader.make_insight(tags=["weekly"])
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_label("Dates", exact=True).select_option("28d")
    page.get_by_role("button", name="Save as new").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_have_value(f"{insight['name']} (copy)")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name=f"{insight['name']} (copy)")).to_be_visible()
    expect(page.get_by_label("Dates", exact=True)).to_have_value("28d")
    reader.open(f"insights/{insight['short_id']}")
    expect(page.get_by_label("Dates", exact=True)).to_have_value("7d")


def test_name_and_favourite_are_edited_in_place(reader: Reader) -> None:
    page, insight, word = reader.page, reader.make_insight(), uuid.uuid4().hex[:8]
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_text("Edit name, description and tags").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.get_by_label("Name", exact=True).fill(f"Income {word}")
    page.get_by_label("Tags").fill("weekly, team")
    page.locator(".in-place-form").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name=f"Income {word}")).to_be_visible()
    expect(page.locator(".shown-name .tag").first).to_have_text("weekly")
    star = page.get_by_role("button", name="is a favourite")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(star).to_be_focused()


def test_an_insight_is_put_on_a_new_dashboard(reader: Reader) -> None:
    page, insight, word = reader.page, reader.make_insight(), uuid.uuid4().hex[:8]
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_role("button", name="Dashboards").click()
    page.get_by_label("And on a new dashboard").fill(f"Fresh {word}")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_role("link", name=f"Fresh {word}").click()
    expect(page.locator(".tile", has_text=insight["name"])).to_be_visible()


def test_the_list_is_searched_and_deleting_is_undone(reader: Reader) -> None:
    page, word = reader.page, uuid.uuid4().hex[:8]
    insight = reader.make_insight(word=word)
    reader.open("insights")
    page.get_by_label("Search").first.fill(word)
    page.wait_for_url(re.compile(word))
    row = page.get_by_role("row", name=insight["name"])
    star = row.get_by_role("button", name="is a favourite")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    row.get_by_role("button", name=f"Delete {insight['name']}").click()
    expect(page.get_by_text(f"{insight['name']} is deleted.")).to_be_visible()
    expect(row).to_be_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"{insight['name']} is back.")).to_be_visible()


def test_sql_becomes_an_insight_and_opens_again(reader: Reader) -> None:
    page, word = reader.page, uuid.uuid4().hex[:8]
    reader.open(f"sql?q=SELECT+'{word}'+AS+word")
    expect(page.locator("#answer")).to_contain_text(word)
    page.get_by_role("button", name="Save as insight").click()
    page.get_by_role("dialog").get_by_label("Name").fill(f"Word {word}")
    page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name=f"Word {word}")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text(word)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.keyboard.type(f"SELECT '{word}' AS word, 2 AS two")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("This is not the question as it was saved.")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="is saved")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("two")


def test_what_is_being_written_survives_the_answer_to_an_earlier_question(reader: Reader) -> None:
    page = reader.page
    reader.make_insight()
    reader.open("insights/trends")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    asked = re.compile(r"/insights/trends\?base=")
    page.route(asked, hold, times=1)
    with page.expect_request(asked):
        page.get_by_label("Dates", exact=True).select_option("90d")
    name = page.get_by_placeholder("Own name")
    name.click()
    page.keyboard.type("Grov")
    page.keyboard.press("ArrowLeft")
    held[0].continue_()
    page.wait_for_url(re.compile("-90d"))
    expect(page.locator(".answer")).to_be_visible()
    expect(name).to_have_value("Grov")
    expect(name).to_be_focused()
    page.keyboard.type("o")
    expect(name).to_have_value("Groov")
    page.keyboard.press("Tab")
    page.wait_for_url(re.compile("Groov"))
    expect(page.get_by_label("Dates", exact=True)).to_have_value("90d")


def test_what_was_written_is_asked_for_when_the_field_is_left_untouched_since(reader: Reader) -> None:
    """The browser alone tells of no change then: the field came new with the answer."""
    page = reader.page
    reader.make_insight()
    reader.open("insights/trends")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    asked = re.compile(r"/insights/trends\?base=")
    page.route(asked, hold, times=1)
    with page.expect_request(asked):
        page.get_by_label("Dates", exact=True).select_option("14d")
    page.get_by_placeholder("Own name").click()
    page.keyboard.type("Grove")
    held[0].continue_()
    page.wait_for_url(re.compile("-14d"))
    page.keyboard.press("Tab")
    page.wait_for_url(re.compile("Grove"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(reader: Reader, scheme: Any) -> None:
    page, insight = reader.page, reader.make_insight(tags=["weekly"], description="All of them")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    reader.open("insights")
    expect(page.locator("h1")).to_be_visible()
    assert serious_faults(page) == []
    reader.open(f"insights/{insight['short_id']}")
    page.get_by_label("Dates", exact=True).select_option("28d")
    expect(page.get_by_text("This is not the question as it was saved.")).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_role("button", name="Save as new").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious_faults(page) == []


def test_the_pages_fit_a_phone(reader: Reader) -> None:
    page, insight = reader.page, reader.make_insight(tags=["weekly"], description="All of them")
    page.set_viewport_size(PHONE)
    for path in ("insights", f"insights/{insight['short_id']}", f"sharing/insight/{insight['short_id']}"):
        reader.open(path)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], path
