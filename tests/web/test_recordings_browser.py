"""Recordings in a real browser: switched on, watched, gone through by keyboard, and shared."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.recordings import shop
from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_records_browser import GIVEN_UP, PHONE
from tests.web.test_saved_insights_browser import Reader

ALLOWED = (*GIVEN_UP, "Blocked script execution in")
"""What the browser says of scripts in the recorded page, which it does not run."""


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain."""
    reader = Reader(browser_page, server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(ALLOWED)] == []


@pytest.fixture(scope="module")
def recorded(server: Server) -> str:
    """The session in which somebody visited the shop and bought seeds."""
    opted = {"session_recording_opt_in": True}
    assert server.api.patch(f"/api/projects/{server.project_id}/", json=opted).status_code == 200
    session, distinct_id = str(uuid.uuid4()), f"visitor-{uuid.uuid4().hex[:6]}"
    visit = shop.visit()
    event = {
        "event": "$snapshot",
        "properties": {
            "token": server.project_api_key,
            "distinct_id": distinct_id,
            "$session_id": session,
            "$window_id": "w1",
            "$snapshot_data": visit,
        },
    }
    bought = {
        "event": "bought seeds",
        "distinct_id": distinct_id,
        "properties": {"$session_id": session, "$current_url": shop.PAGE},
        "timestamp": datetime.fromtimestamp(visit[4]["timestamp"] / 1000, UTC).isoformat(),
    }
    batch = {"api_key": server.project_api_key, "batch": [bought]}
    assert httpx.post(f"{server.url}/batch/", json=batch).status_code == 200
    assert httpx.post(f"{server.url}/s/", json=[event]).status_code == 200
    server.wait_for_rows("SELECT session_id FROM session_replay_events WHERE session_id = {name}", 1, name=session)
    server.wait_for_rows("SELECT uuid FROM events WHERE $session_id = {name}", 1, name=session)
    return session


def test_a_recording_is_watched(reader: Reader, recorded: str) -> None:
    page = reader.page
    reader.open("replay")
    page.locator(f'a[href$="/replay/{recorded}"]').click()
    stage = page.frame_locator(".stage iframe")
    expect(page.locator(".player[data-state=ready]")).to_be_visible()
    expect(stage.get_by_text("Nothing bought")).to_be_visible()
    expect(page.locator(".player-address")).to_contain_text("https://shop.example/garden")
    expect(page.locator("[data-length]")).to_have_text("1:05")

    page.get_by_label("Speed").select_option("8")
    page.get_by_role("button", name="Play").click()
    expect(stage.get_by_text("Seeds bought")).to_be_visible()
    expect(page.get_by_role("button", name="bought seeds")).to_have_attribute("aria-current", "true")
    # A minute in which nothing happened is not waited for, at any speed.
    expect(page.locator("[data-now]")).to_have_text("1:05", timeout=6_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(stage.locator("input")).to_have_value("hello")
    assert "taken over" not in page.title()


def test_any_moment_can_be_gone_to(reader: Reader, recorded: str) -> None:
    page = reader.page
    reader.open(f"replay/{recorded}?t=30")
    stage, now = page.frame_locator(".stage iframe"), page.locator("[data-now]")
    expect(now).to_have_text("0:30")
    expect(stage.get_by_text("Seeds bought")).to_be_visible()
    page.get_by_label("Moment").focus()
    page.keyboard.press("ArrowRight")
    expect(now).to_have_text("0:35")
    page.keyboard.press("Home")
    expect(now).to_have_text("0:00")
    expect(stage.get_by_text("Nothing bought")).to_be_visible()
    page.get_by_role("button", name="bought seeds").click()
    expect(now).to_have_text("0:02")
    page.locator(".player").click(position={"x": 5, "y": 5})
    page.get_by_label("Skip pauses").uncheck()
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.locator("[data-stage]").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_shared_recording_is_played_behind_its_password(
    reader: Reader, recorded: str, browser: Browser, server: Server
) -> None:
    place = f"/api/projects/{server.project_id}/session_recordings/{recorded}/sharing"
    told = server.api.patch(place, json={"enabled": True, "password_required": True}).json()
    server.api.post(f"{place}/passwords", json={"raw_password": "open sesame"})
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{server.url}/shared/{told['access_token']}")
        page.get_by_label("Password").fill("open sesame")
        page.keyboard.press("Enter")
        expect(page.locator(".player[data-state=ready]")).to_be_visible()
        page.get_by_role("button", name="Play").click()
        expect(page.frame_locator(".stage iframe").get_by_text("Seeds bought")).to_be_visible()
        assert context.request.get(f"{server.url}/project/{server.project_id}/replay/{recorded}").url.count("login")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(reader: Reader, recorded: str, scheme: Any) -> None:
    page = reader.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for size in (PHONE, {"width": 1280, "height": 900}):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for path in ("replay", f"replay/{recorded}"):
            reader.open(path)
            if recorded in path:
                expect(page.locator(".player[data-state=ready]")).to_be_visible()
            assert serious_faults(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_export_of_a_recording_is_asked_for(reader: Reader, recorded: str) -> None:
    page = reader.page
    reader.open(f"replay/{recorded}")
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export recording")
    expect(dialog.get_by_text("which this server has not been told of")).to_be_visible()
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Data").click()
    assert re.fullmatch(r"recording-[\w-]+\.json", download.value.suggested_filename)
