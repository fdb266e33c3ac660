"""Dashboards in a real browser, through their whole life."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_records_browser import GIVEN_UP, PHONE, Reader

TRENDS = {"kind": "TrendsQuery", "dateRange": {"date_from": "-7d"}}


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    browser_page.emulate_media(reduced_motion="reduce")
    browser_page.set_viewport_size({"width": 1440, "height": 900})
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


@pytest.fixture(scope="module")
def word(server: Server) -> str:
    """The name of an event that happened three times."""
    name = f"sold {uuid.uuid4().hex[:8]}"
    batch = [{"event": name, "distinct_id": each, "properties": {"colour": each}} for each in ("red", "blue", "green")]
    server.api.post("/batch/", json={"api_key": server.project_api_key, "batch": batch}).raise_for_status()
    server.wait_for_rows("SELECT uuid FROM events WHERE event = {name}", 3, name=name)
    return name


def made(server: Server, word: str, *names: str) -> int:
    """A dashboard with an insight of each name, by the API."""
    path = f"/api/projects/{server.project_id}"
    board = server.api.post(f"{path}/dashboards/", json={"name": f"Board of {word}"}).json()["id"]
    series = [{"kind": "EventsNode", "event": word}]
    for name in names:
        body = {"name": name, "query": {**TRENDS, "series": series}, "dashboards": [board]}
        server.api.post(f"{path}/insights/", json=body).raise_for_status()
    return int(board)


def places(server: Server, board: int) -> dict[str, tuple[int, int, int, int]]:
    """Where the tiles stand that have insights, by name: x, y, width and height."""
    tiles = server.api.get(f"/api/projects/{server.project_id}/dashboards/{board}/").json()["tiles"]
    return {each["insight"]["name"]: _place(each["layouts"]["sm"]) for each in tiles if each["insight"]}


def _place(layout: dict[str, Any]) -> tuple[int, int, int, int]:
    return layout["x"], layout["y"], layout["w"], layout["h"]


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


def test_a_board_from_a_template_to_its_end(reader: Reader, server: Server, word: str) -> None:
    page = reader.page
    reader.open("dashboards")
    page.get_by_role("link", name="New dashboard").click()
    page.get_by_label("Name", exact=True).fill(f"Life {word}")
    page.get_by_role("radio", name="Product analytics").check()
    page.get_by_role("button", name="Make dashboard").click()
    expect(page.get_by_role("heading", name=f"Life {word}", level=1)).to_be_visible()
    expect(page.locator(".tile-answer[data-state=waiting]")).to_have_count(0, timeout=30_000)
    expect(page.locator(".tile-answer svg.marks").first).to_be_visible()

    page.locator("#add-menu").click()
    page.get_by_role("button", name="Text", exact=True).click()
    page.locator("#dialog").get_by_label("Text").fill("## Read this\n\n**first**")
    page.get_by_role("button", name="Add text").click()
    expect(page.get_by_role("heading", name="Read this")).to_be_visible()

    page.get_by_role("button", name="Refresh", exact=True).click()
    expect(page.locator("#board-said")).to_have_text(re.compile(r"^(\d+) of \1 tiles are refreshed\.$"), timeout=30_000)

    page.locator("#more-menu").click()
    page.get_by_role("button", name="Duplicate").last.click()
    page.get_by_label("Name of the copy").fill(f"Twin {word}")
    page.locator("#dialog").get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", name=f"Twin {word}", level=1)).to_be_visible()

    reader.open("dashboards")
    page.get_by_role("button", name=f"Menu of Twin {word}").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.locator("#dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text(f"Twin {word} is deleted.")).to_be_visible()
    expect(page.get_by_role("link", name=f"Twin {word}")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=f"Twin {word}", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Read this")).to_be_visible()


def test_tiles_are_dragged_and_resized_and_stay_so(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "Left", "Right")
    reader.open(f"dashboard/{board}")
    expect(page.locator(".tile-answer svg.marks")).to_have_count(2)
    before = places(server, board)
    assert before == {"Left": (0, 0, 6, 5), "Right": (6, 0, 6, 5)}

    head = tile(page, "Left").locator(".tile-head").bounding_box()
    assert head is not None
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.mouse.move(head["x"] + 120, head["y"] + 10)
        page.mouse.down()
        page.mouse.move(head["x"] + 120, head["y"] + 200, steps=8)
        page.mouse.move(head["x"] + 400, head["y"] + 500, steps=12)
        page.mouse.up()
    moved = places(server, board)
    assert moved["Left"] != before["Left"]

    tile(page, "Right").hover()
    corner = page.locator(".board-item", has=tile(page, "Right")).locator(".ui-resizable-se").bounding_box()
    assert corner is not None
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.mouse.move(corner["x"] + 8, corner["y"] + 8)
        page.mouse.down()
        page.mouse.move(corner["x"] - 250, corner["y"] + 90, steps=12)
        page.mouse.up()
    resized = places(server, board)
    assert resized["Right"][2:] != moved["Right"][2:]

    page.reload()
    shown = page.locator(".board-item", has=tile(page, "Right"))
    expect(shown).to_have_attribute("gs-w", str(resized["Right"][2]))
    expect(shown).to_have_attribute("gs-h", str(resized["Right"][3]))


def test_tiles_are_arranged_with_the_keyboard(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "One", "Two", "Three")
    reader.open(f"dashboard/{board}")
    grip, said = page.get_by_role("button", name="Move or resize One"), page.locator("#board-said")
    grip.focus()
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.keyboard.press("ArrowDown")
    expect(said).to_have_text("One: column 1, row 6, 6 wide, 5 high")
    with page.expect_response(lambda response: response.request.method == "PATCH"):
        page.keyboard.press("Shift+ArrowLeft")
    expect(said).to_have_text("One: column 1, row 6, 5 wide, 5 high")
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text("One: no further, column 1, row 6, 5 wide, 5 high")
    assert places(server, board)["One"] == (0, 5, 5, 5)
    assert places(server, board)["Three"] == (0, 0, 6, 5)


def test_filters_are_looked_through_saved_and_discarded(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "Sales")
    reader.open(f"dashboard/{board}")
    expect(page.locator(".tile-answer svg.marks")).to_have_count(1)
    page.get_by_label("Dates").select_option("yesterday")
    expect(tile(page, "Sales")).to_contain_text("Nothing of this kind happened")
    page.reload()
    expect(tile(page, "Sales")).to_contain_text("Nothing of this kind happened")
    page.get_by_role("link", name="Discard").click()
    expect(page.locator(".tile-answer svg.marks")).to_have_count(1)
    page.get_by_label("Dates").select_option("yesterday")
    page.get_by_role("button", name="Save to the dashboard").click()
    expect(page.get_by_role("link", name="Discard")).to_have_count(0)
    reader.open(f"dashboard/{board}")
    expect(page.get_by_label("Dates")).to_have_value("yesterday")
    expect(tile(page, "Sales")).to_contain_text("Nothing of this kind happened")


def test_what_is_typed_while_an_answer_comes_stays(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "Sales")
    reader.open(f"dashboard/{board}")
    page.get_by_role("button", name="+ Filter").click()
    value = page.get_by_label("Value of filter 1")
    expect(value).to_be_visible()
    held: list[Route] = []
    page.route(re.compile(r"dashboard/\d+\?.*range=28d"), lambda route: held.append(route))
    with page.expect_request(re.compile("range=28d")):
        page.get_by_label("Dates").select_option("28d")
    value.press_sequentially("blue")
    held[0].continue_()
    expect(page.get_by_label("Dates")).to_have_value("28d")
    expect(page.get_by_role("link", name="Discard")).to_be_visible()
    expect(value).to_have_value("blue")


def test_a_tile_changes_without_the_others_being_drawn_again(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "Kept", "Changed")
    reader.open(f"dashboard/{board}")
    expect(page.locator(".tile-answer svg.marks")).to_have_count(2)
    tile(page, "Kept").locator("svg.marks").evaluate("mark => { mark.dataset.seen = 'yes'; }")
    page.get_by_role("button", name="Menu of Changed").click()
    page.get_by_role("button", name="Name and colour").click()
    page.get_by_label("Name of the insight").fill("Renamed")
    page.get_by_label("Colour").select_option("purple")
    page.get_by_role("button", name="Save").click()
    expect(tile(page, "Renamed")).to_have_attribute("data-colour", "purple")
    expect(tile(page, "Kept").locator("svg.marks")).to_have_attribute("data-seen", "yes")
    expect(page.locator("#dialog")).not_to_be_visible()


def test_a_fault_is_told_in_the_dialog(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word)
    reader.open(f"dashboard/{board}")
    page.locator("#add-menu").click()
    page.get_by_role("button", name="Button", exact=True).click()
    page.get_by_label("Words on it").fill("Go")
    page.get_by_label("Where it leads").fill("nowhere")
    page.get_by_role("button", name="Add button").click()
    expect(page.locator("#dialog").get_by_role("alert")).to_contain_text("Enter a valid URL")
    expect(page.get_by_label("Words on it")).to_have_value("Go")
    page.get_by_label("Where it leads").fill("/")
    page.get_by_role("button", name="Add button").click()
    expect(page.locator("#board").get_by_role("link", name="Go")).to_be_visible()


def test_a_saved_insight_is_found_and_added(reader: Reader, server: Server, word: str) -> None:
    page, name = reader.page, f"Found {word}"
    made(server, word, name)
    board = made(server, word)
    reader.open(f"dashboard/{board}")
    page.get_by_role("button", name="Add an insight").click()
    page.get_by_label("Search", exact=True).fill(name)
    page.locator("#insights-found").get_by_role("button", name=name).click()
    expect(tile(page, name).locator("svg.marks")).to_be_visible()


def test_full_screen_shows_the_board_alone(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "Sales")
    reader.open(f"dashboard/{board}")
    page.get_by_role("button", name="Full screen", exact=True).click()
    expect(page.get_by_role("navigation", name="Sections")).not_to_be_visible()
    expect(tile(page, "Sales")).to_be_visible()
    page.get_by_role("button", name="Leave full screen").click()
    expect(page.get_by_role("navigation", name="Sections")).to_be_visible()


def test_the_dark_is_chosen_for_all_pages(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "Sales")
    reader.open(f"dashboard/{board}")
    line = tile(page, "Sales").locator("svg.marks .mark-line path").first
    light, paper = line.get_attribute("stroke"), page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator(".account summary").click()
    page.get_by_label("Appearance").select_option("Dark")
    expect(line).not_to_have_attribute("stroke", light or "")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    reader.open("dashboards")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    expect(page.get_by_label("Appearance")).to_have_value("dark")


def test_a_board_refreshes_by_itself(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "Sales")
    page.clock.install()
    reader.open(f"dashboard/{board}")
    page.locator("#more-menu").click()
    page.get_by_label("Refresh by itself").select_option("60")
    with page.expect_response(re.compile("refresh=force_blocking")):
        page.clock.fast_forward(61_000)
    page.reload()
    expect(page.locator("#live")).to_have_value("60")


def test_a_phone_has_one_column(reader: Reader, server: Server, word: str) -> None:
    page, board = reader.page, made(server, word, "One", "Two")
    page.set_viewport_size(PHONE)
    reader.open(f"dashboard/{board}")
    expect(tile(page, "One").locator("svg.marks")).to_be_visible()
    one, two = tile(page, "One").bounding_box(), tile(page, "Two").bounding_box()
    assert one is not None
    assert two is not None
    assert one["x"] == two["x"]
    assert one["y"] + one["height"] <= two["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_fault_for_those_who_use_other_means(reader: Reader, server: Server, word: str, scheme: Any) -> None:
    page, board = reader.page, made(server, word, "Sales")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    reader.open("dashboards")
    assert serious_faults(page) == []
    reader.open("dashboards/new")
    assert serious_faults(page) == []
    reader.open(f"dashboard/{board}")
    expect(page.locator(".tile-answer svg.marks")).to_have_count(1)
    assert serious_faults(page) == []
    page.get_by_role("button", name="Menu of Sales").click()
    page.get_by_role("button", name="Name and colour").click()
    expect(page.locator("#dialog")).to_be_visible()
    assert serious_faults(page) == []
