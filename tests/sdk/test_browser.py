"""The real browser SDK, loaded from the server's own `/static/array.js`, in headless Chromium on a local page."""

import gzip
import http.server
import json
import threading
import time
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page

from tests.serving import Server

HERE = Path(__file__).parent


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing of each request."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A web site of its own on another port than the server, as in life."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=str(HERE))) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


@pytest.fixture
def shop(browser_page: Page, server: Server, site: str) -> Page:
    """The shop's page with the SDK loaded and sending to the server."""
    return visit(browser_page, server, site)


@pytest.fixture
def recorded_shop(browser_page: Page, server: Server, site: str) -> Iterator[Page]:
    """The same, while sessions of the project are recorded."""
    project = f"/api/projects/{server.project_id}/"
    recording = {"session_recording_opt_in": True, "capture_console_log_opt_in": True}
    assert server.api.patch(project, json=recording).status_code == 200
    deadline = time.monotonic() + 20
    while not httpx.get(f"{server.url}/array/{server.project_api_key}/config").json()["sessionRecording"]:
        assert time.monotonic() < deadline, "capture reads the settings of projects once a second"
        time.sleep(0.1)
    yield visit(browser_page, server, site)
    assert server.api.patch(project, json={"session_recording_opt_in": False}).status_code == 200


def visit(page: Page, server: Server, site: str) -> Page:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{site}/shop.html?key={server.project_api_key}&host={quote(server.url)}")
    page.wait_for_selector("body[data-loaded=yes]", timeout=20_000)
    assert problems == []
    return page


def events_of(server: Server, person: str, expected: int, names: str) -> list[list[Any]]:
    return server.wait_for_rows(
        f"select event, properties.$current_url, properties.$session_id from events where event in ({names})"
        " and person_id in (select person_id from events where distinct_id = {person}) order by timestamp",
        expected,
        person=person,
    )


def test_pageview_autocapture_identify_group_and_set(server: Server, shop: Page) -> None:
    someone, company = f"browser-{uuid.uuid4()}", f"acme-{uuid.uuid4()}"
    anonymous = shop.evaluate("posthog.get_distinct_id()")

    shop.click("#buy")
    shop.evaluate("([id]) => posthog.identify(id, {email: 'ada@example.com'}, {first_seen_on: 'blog'})", [someone])
    shop.evaluate("([key]) => posthog.group('company', key, {name: 'Acme', seats: 12})", [company])
    shop.evaluate("posthog.setPersonProperties({plan: 'paid'})")
    shop.evaluate("posthog.capture('order placed', {total: 42.5, when: new Date(0)})")

    rows = events_of(server, someone, 5, "'$pageview', '$autocapture', '$identify', '$groupidentify', 'order placed'")
    assert sorted(event for event, _, _ in rows) == [
        *("$autocapture", "$groupidentify", "$identify", "$pageview", "order placed"),
    ]
    assert all(url.endswith(f"/shop.html?key={server.project_api_key}&host={quote(server.url)}") for _, url, _ in rows)
    assert len({session for _, _, session in rows}) == 1

    # What the anonymous visitor did belongs to the person that identified later.
    assert server.hogql(
        "select count(distinct person_id) from events where distinct_id in ({anonymous}, {someone})",
        anonymous=anonymous,
        someone=someone,
    ) == [[1]]
    [[total, email, plan, first_seen_on, key, name]] = server.hogql(
        "select properties.total, person.properties.email, person.properties.plan, person.properties.first_seen_on,"
        " $group_0, group_0.properties.name from events where distinct_id = {someone} and event = 'order placed'",
        someone=someone,
    )
    assert float(total) == 42.5
    assert (email, plan, first_seen_on, key, name) == ("ada@example.com", "paid", "blog", company, "Acme")
    [[elements, kind]] = server.hogql(
        "select elements_chain, properties.$event_type from events where event = '$autocapture'"
        " and distinct_id = {anonymous}",
        anonymous=anonymous,
    )
    assert kind == "click"
    assert elements.startswith("button.primary:")
    assert 'text="Buy a cup"' in elements


def test_leaving_the_page_is_sent_by_beacon(server: Server, shop: Page) -> None:
    anonymous = shop.evaluate("posthog.get_distinct_id()")
    shop.goto("about:blank")
    server.wait_for_rows(
        "select 1 from events where event = '$pageleave' and distinct_id = {anonymous}", 1, anonymous=anonymous
    )


def test_a_session_is_recorded_and_can_be_read_back(server: Server, recorded_shop: Page) -> None:
    page = recorded_shop
    page.wait_for_function("posthog.sessionRecordingStarted()", timeout=20_000)
    session = page.evaluate("posthog.get_session_id()")
    page.click("#buy")
    page.fill("input[name=email]", "ada@example.com")
    page.evaluate("console.warn('out of cups')")

    [[clicks, keys, warnings, url, source, library, person]] = server.wait_for_rows(
        "select click_count, keypress_count, console_warn_count, first_url, snapshot_source, snapshot_library,"
        " distinct_id from session_replay_events where session_id = {session} and click_count > 0"
        " and keypress_count > 0 and console_warn_count > 0",
        1,
        session=session,
    )
    assert clicks >= 1
    assert (keys, warnings, source, library) == (1, 1, "web", "web")
    assert "/shop.html" in url
    assert person == page.evaluate("posthog.get_distinct_id()")
    recording = f"/api/projects/{server.project_id}/session_recordings/{session}"
    sources = server.api.get(f"{recording}/snapshots").json()["sources"]
    asked = {"source": "blob_v2", "start_blob_key": 0, "end_blob_key": len(sources) - 1}
    lines = server.api.get(f"{recording}/snapshots", params=asked).content.split(b"\n")
    events = [json.loads(line)[1] for line in lines]
    assert [event["type"] for event in events[:2]] == [4, 2], "the page, and all that is on it"
    whole = events[1]["data"]
    if events[1].get("cv"):
        whole = json.loads(gzip.decompress(whole.encode("latin-1")))
    assert "Buy a cup" in json.dumps(whole)
    assert "ada@example.com" not in json.dumps(events), "what people write is masked before it leaves the browser"
