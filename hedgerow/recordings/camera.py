"""A headless browser that shows a recording as the player's page does, and takes pictures of it.

The browser reaches nothing: every request is answered by this process. The page, its scripts and the recording come
from here. What the recorded page loads from elsewhere (pictures, style sheets, fonts) is fetched by the client that is
kept from addresses inside of the network, as anybody can send recordings that name any address.
"""

import base64
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from os import geteuid
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpx
import structlog
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from hedgerow.blobs.store import BlobError
from hedgerow.outgoing.addresses import RefusedAddress
from hedgerow.outgoing.connecting import client

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page, Route

log = structlog.get_logger(__name__)

LOAD_SECONDS = 120.0
_FOREIGN_KINDS = frozenset({"image", "stylesheet", "font", "media"})
_FOREIGN_SECONDS, _FOREIGN_SECONDS_IN_ALL, _FOREIGN_BYTES = 4.0, 30.0, 8 * 1024 * 1024
_HOST = "film.invalid"
_NOWHERE = "http://127.0.0.1:9"
_ARGUMENTS = ["--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking"]
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src * 'unsafe-inline'; img-src * data: blob:; font-src * data:; "
    "media-src * data:; connect-src 'self'; base-uri 'none'"
)

Found = TypeVar("Found")


class CameraError(Exception):
    """The browser could not be started, or went away."""


class NothingToSee(Exception):  # noqa: N818 - it is no fault
    """The recording cannot be shown; the message says why."""


@dataclass(frozen=True)
class Scene:
    """A recording in front of the camera: how long it is and when nobody did anything, in milliseconds."""

    length: float
    quiet: list[tuple[float, float]]


class Camera:
    """Takes pictures of one recording. Made by `camera`."""

    def __init__(self, page: "Page", session: "CDPSession", answers: "_Answers", run: Callable[..., Any]) -> None:
        self._page, self._session, self._answers, self._run = page, session, answers, run

    def open(self) -> Scene:
        """Load the recording. Raises NothingToSee and CameraError."""
        scene: Scene = self._run(self._open)
        return scene

    def frame(self, moment: float, since: float | None) -> bytes | None:
        """What is to be seen at a moment, as JPEG; None if nothing has happened `since`."""
        picture: bytes | None = self._run(self._frame, moment, since)
        return picture

    def photograph(self, moment: float, selector: str) -> bytes:
        """What is to be seen at a moment within the first element of a CSS selector, as PNG. Raises NothingToSee."""
        picture: bytes = self._run(self._photograph, moment, selector)
        return picture

    def _open(self) -> Scene:
        self._page.goto(f"http://{_HOST}/", wait_until="load")
        self._page.wait_for_selector("body[data-state=open]", timeout=LOAD_SECONDS * 1000)
        told = self._page.evaluate("HedgerowFilm.settled().then(HedgerowFilm.told)")
        if self._answers.failure is not None:
            raise self._answers.failure
        if told["problem"]:
            raise NothingToSee(told["problem"])
        return Scene(told["length"], [(begin, end) for begin, end in told["quiet"]])

    def _frame(self, moment: float, since: float | None) -> bytes | None:
        if not self._page.evaluate("([moment, since]) => HedgerowFilm.show(moment, since)", [moment, since]):
            return None
        taken = self._session.send("Page.captureScreenshot", {"format": "jpeg", "quality": 88})
        return base64.b64decode(taken["data"])

    def _photograph(self, moment: float, selector: str) -> bytes:
        from playwright.sync_api import Error

        self._page.evaluate("(moment) => HedgerowFilm.show(moment, null)", moment)
        self._page.evaluate("HedgerowFilm.settled()")
        try:
            return self._page.locator(f"css={selector}").first.screenshot(timeout=5_000, animations="disabled")
        except Error:
            raise NothingToSee("Nothing in the recording fits the css_selector of the export.") from None


@contextmanager
def camera(
    browser_path: str, lines: Callable[[str], tuple[str, bytes]], *, width: int, height: int, scale: float
) -> Iterator[Camera]:
    """A camera in front of a recording, in a browser that ends with the context.

    `lines` answers requests for the recording: from a query string a media type and a body. It is called in another
    thread. Raises CameraError.
    """
    # The browser is driven by an event loop of its own, and records may not be asked for in a thread that has one.
    with ThreadPoolExecutor(1, "camera") as thread:

        def run(step: Callable[..., Found], *arguments: Any) -> Found:
            return thread.submit(_translated, step, *arguments).result()

        studio = run(_Studio, browser_path)
        try:
            answers = _Answers(lines)
            page, session = run(studio.page, answers, width, height, scale)
            yield Camera(page, session, answers, run)
        finally:
            run(studio.close)


class _Studio:
    """The browser's process."""

    def __init__(self, browser_path: str) -> None:
        try:
            from playwright.sync_api import sync_playwright
        except ImportError as error:
            raise CameraError("The package playwright is not installed.") from error
        self._playwright = sync_playwright().start()
        try:
            self._browser = self._playwright.chromium.launch(
                executable_path=browser_path,
                args=_ARGUMENTS,
                # What runs as root cannot be put into Chromium's sandbox.
                chromium_sandbox=geteuid() != 0,
                # Whatever is not answered here goes nowhere.
                proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
            )
        except BaseException:
            self._playwright.stop()
            raise

    def page(self, answers: "_Answers", width: int, height: int, scale: float) -> "tuple[Page, CDPSession]":
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            service_workers="block",
            accept_downloads=False,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.route("**/*", answers)
        return page, context.new_cdp_session(page)

    def close(self) -> None:
        try:
            self._browser.close()
        finally:
            self._playwright.stop()


class _Answers:
    """Answers what the page asks for; `failure` is what has kept the recording from being read."""

    failure: BlobError | None = None

    def __init__(self, lines: Callable[[str], tuple[str, bytes]]) -> None:
        self._lines = lines
        self._foreign_seconds = 0.0

    def __call__(self, route: "Route") -> None:
        asked = urlsplit(route.request.url)
        if asked.hostname == _HOST:
            self._own(route, asked.path, asked.query)
        elif route.request.resource_type in _FOREIGN_KINDS and asked.scheme in ("http", "https"):
            self._foreign(route)
        else:
            route.abort()

    def _own(self, route: "Route", path: str, query: str) -> None:
        if path == "/":
            page = render_to_string("web/recordings/film.html")
            route.fulfill(body=page, content_type="text/html", headers={"Content-Security-Policy": _POLICY})
        elif path == "/lines":
            try:
                media_type, body = self._lines(query)
                route.fulfill(body=body, content_type=media_type)
            except BlobError as error:
                self.failure = error
                route.fulfill(status=503)
        elif path.startswith("/static/") and isinstance(file := finders.find(path.removeprefix("/static/")), str):
            route.fulfill(path=file)
        else:
            route.abort()

    def _foreign(self, route: "Route") -> None:
        """Fetch what the recorded page shows from elsewhere, where that is open to everybody."""
        began = time.monotonic()
        if route.request.method != "GET" or self._foreign_seconds > _FOREIGN_SECONDS_IN_ALL:
            route.abort()
            return
        try:
            with client(seconds=_FOREIGN_SECONDS, most_bytes=_FOREIGN_BYTES, follow_redirects=True) as fetching:
                answer = fetching.get(route.request.url)
            headers = {"Content-Type": answer.headers.get("Content-Type", ""), "Access-Control-Allow-Origin": "*"}
            route.fulfill(status=answer.status_code, headers=headers, body=answer.content)
        except (RefusedAddress, httpx.HTTPError, httpx.InvalidURL):
            route.abort()
        finally:
            self._foreign_seconds += time.monotonic() - began


def _translated(step: Callable[..., Found], *arguments: Any) -> Found:
    """What a step gives; whatever the browser complains of becomes a CameraError."""
    try:
        return step(*arguments)
    except (CameraError, NothingToSee, BlobError):
        raise
    except Exception as error:
        log.warning("camera_failed", reason=str(error))
        raise CameraError("The browser could not show the recording.") from error
