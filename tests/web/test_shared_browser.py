"""What is shared, in a real browser that knows nobody: behind a password, opened, and gone."""

import re
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.serving import Server
from tests.web.axe import serious_faults

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}


class Board:
    """A dashboard with two insights and a text, and how it is shared."""

    def __init__(self, server: Server) -> None:
        self.server, self.event = server, f"bought {uuid.uuid4().hex[:8]}"
        events = [{"event": self.event, "distinct_id": name, "properties": {}} for name in ("ada", "bob", "cid")]
        body = {"api_key": server.project_api_key, "batch": events}
        assert httpx.post(f"{server.url}/batch/", json=body).status_code == 200
        server.wait_for_rows("SELECT uuid FROM events WHERE event = {name}", 3, name=self.event)
        board = self.post("dashboards", name="Garden", description="What grew this week")
        self.place = f"dashboards/{board['id']}"
        self.insight = self.post("insights", name="Purchases", query=self.trends(), dashboards=[board["id"]])
        bold = self.trends(trendsFilter={"display": "BoldNumber"})
        self.post("insights", name="All of them", query=bold, dashboards=[board["id"]])
        text = {"text": {"body": "## Read this\n\nA **text**."}, "layouts": {"sm": {"x": 0, "y": 5, "w": 12, "h": 2}}}
        self.patch(self.place, tiles=[text])

    def trends(self, **fields: Any) -> dict[str, Any]:
        source = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": self.event}], **fields}
        return {"kind": "InsightVizNode", "source": source}

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return self._send("POST", path, body)

    def patch(self, path: str, **body: Any) -> dict[str, Any]:
        return self._send("PATCH", path, body)

    def share(self, place: str | None = None, **body: Any) -> str:
        """The token of the dashboard, or of what is at another place."""
        return str(self.patch(f"{place or self.place}/sharing", enabled=True, **body)["access_token"])

    def _send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        address = f"/api/projects/{self.server.project_id}/{path}/"
        response = self.server.api.request(method, address, json=body)
        assert response.is_success, response.text
        found: dict[str, Any] = response.json()
        return found


class Stranger:
    """Somebody without an account; remembers what the browser complained about."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> int:
        response = self.page.goto(f"{self.server.url}/{path}")
        assert response is not None
        return response.status


@pytest.fixture(scope="module")
def board(server: Server) -> Board:
    return Board(server)


@pytest.fixture
def stranger(browser: Browser, server: Server) -> Iterator[Stranger]:
    """A visitor in a clean browser; nothing they did may have made the browser complain, but for refused requests."""
    with browser.new_context(viewport=DESK, reduced_motion="reduce") as context:
        visiting = Stranger(context.new_page(), server)
        yield visiting
        assert [each for each in visiting.complaints if "Failed to load resource" not in each] == []


def test_a_dashboard_behind_a_password_until_it_is_revoked(board: Board, stranger: Stranger) -> None:
    page, token = stranger.page, board.share(password_required=True)
    board.post(f"{board.place}/sharing/passwords", raw_password="open sesame")
    assert stranger.open(f"shared/{token}") == 200
    expect(page).to_have_title("Password needed")
    expect(page.get_by_text("Garden")).to_have_count(0)
    page.get_by_label("Password").fill("let me in")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_have_text("Incorrect password")
    page.get_by_label("Password").fill("open sesame")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="Garden")).to_be_visible()
    expect(page.get_by_role("heading", name="Read this")).to_be_visible()
    expect(page.get_by_role("article", name="Purchases").locator(".chart svg")).to_be_visible()
    expect(page.get_by_role("article", name="All of them")).to_contain_text("3")
    expect(page.get_by_role("link")).to_have_count(0)
    assert serious_faults(page) == []
    page.reload()
    expect(page.get_by_role("heading", name="Garden")).to_be_visible()
    board.patch(f"{board.place}/sharing", enabled=False)
    assert stranger.open(f"shared/{token}") == 404
    expect(page.get_by_role("heading", name="Nothing is shared here")).to_be_visible()
    board.patch(f"{board.place}/sharing", password_required=False)


@pytest.fixture
def other_site() -> Iterator[Callable[[str], str]]:
    """Gives the address of another site's page with the given content."""
    content: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write("".join(content).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        Thread(target=site.serve_forever, daemon=True).start()

        def address(page: str) -> str:
            content[:] = [page]
            return f"http://127.0.0.1:{site.server_port}/wiki"

        yield address
        site.shutdown()


def test_it_stands_inside_a_page_of_another_site(
    board: Board, stranger: Stranger, other_site: Callable[[str], str]
) -> None:
    token = board.share(password_required=False)
    frame = f'<iframe width="900" height="700" src="{board.server.url}/embedded/{token}"></iframe>'
    stranger.page.goto(other_site(frame))
    inside = stranger.page.frame_locator("iframe")
    expect(inside.get_by_role("article", name="Purchases").locator(".chart svg")).to_be_visible()


def test_an_insight_is_shown_with_its_numbers_where_details_are_asked_for(board: Board, stranger: Stranger) -> None:
    place, page = f"insights/{board.insight['short_id']}", stranger.page
    token = board.share(place, settings={})
    stranger.open(f"shared/{token}")
    expect(page.locator(".chart svg")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
    board.share(place, settings={"detailed": True, "noHeader": True, "whitelabel": True})
    page.reload()
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.get_by_text("Made with Hedgerow")).to_have_count(0)
    expect(page.locator("header")).to_have_count(0)
    assert serious_faults(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chosen_colours_win_over_those_of_the_reader(
    board: Board, browser: Browser, server: Server, theme: str
) -> None:
    token = board.share(password_required=False, settings={"theme": theme})
    colours = []
    for reader in ("light", "dark"):
        with browser.new_context(viewport=PHONE, color_scheme=reader, reduced_motion="reduce") as context:  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(f"{server.url}/shared/{token}")
            expect(page.locator(".chart svg").first).to_be_visible()
            colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it fits on a phone"
            assert serious_faults(page) == []
    assert len(set(colours)) == 1
    lightness = sum(map(int, re.findall(r"\d+", colours[0])[:3])) / 3
    assert (lightness < 100) == (theme == "dark")
