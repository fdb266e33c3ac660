"""A headless browser that shows a recording as the player's page does, and takes pictures of it.

The browser reaches nothing: every request is answered by this process. The page, its scripts and the recording come
from here. What the recorded page loads from elsewhere (pictures, style sheets, fonts) is fetched by the client that is
kept from addresses inside of the network, as anybody can send recordings that name any address.
"""

import asyncio
import base64
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import geteuid
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx
import structlog
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from hedgerow.blobs.store import BlobError
from hedgerow.outgoing.addresses import RefusedAddress
from hedgerow.outgoing.connecting import client

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page, Playwright, Route

log = structlog.get_logger(__name__)

LOAD_SECONDS = 120.0
STEP_SECONDS = 150.0
"""A browser that takes longer for one thing than this hangs: anybody can make a page that keeps it busy for ever."""
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

    def __init__(self, page: "Page", session: "CDPSession", answers: "_Answers", run: "_Run") -> None:
        self._page, self._session, self._answers, self._run = page, session, answers, run

    def open(self) -> Scene:
        """Load the recording. Raises NothingToSee and CameraError."""
        return self._run(self._open())

    def frame(self, moment: float, since: float | None) -> bytes | None:
        """What is to be seen at a moment, as JPEG; None if nothing has happened `since`."""
        return self._run(self._frame(moment, since))

    def photograph(self, moment: float, selector: str) -> bytes:
        """What is to be seen at a moment within the first element of a CSS selector, as PNG. Raises NothingToSee."""
        return self._run(self._photograph(moment, selector))

    async def _open(self) -> Scene:
        await self._page.goto(f"http://{_HOST}/", wait_until="load")
        await self._page.wait_for_selector("body[data-state=open]", timeout=LOAD_SECONDS * 1000)
        told = await self._page.evaluate("HedgerowFilm.settled().then(HedgerowFilm.told)")
        if self._answers.failure is not None:
            raise self._answers.failure
        if told["problem"]:
            raise NothingToSee(told["problem"])
        return Scene(told["length"], [(begin, end) for begin, end in told["quiet"]])

    async def _frame(self, moment: float, since: float | None) -> bytes | None:
        if not await self._page.evaluate("([moment, since]) => HedgerowFilm.show(moment, since)", [moment, since]):
            return None
        taken = await self._session.send("Page.captureScreenshot", {"format": "jpeg", "quality": 88})
        return base64.b64decode(taken["data"])

    async def _photograph(self, moment: float, selector: str) -> bytes:
        from playwright.async_api import Error

        await self._page.evaluate("(moment) => HedgerowFilm.show(moment, null)", moment)
        await self._page.evaluate("HedgerowFilm.settled()")
        try:
            return await self._page.locator(f"css={selector}").first.screenshot(timeout=5_000, animations="disabled")
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
    with _thread() as run:
        studio = run(_Studio.opened(browser_path))
        try:
            answers = _Answers(lines)
            page, session = run(studio.page(answers, width, height, scale))
            yield Camera(page, session, answers, run)
        finally:
            run(studio.close())


class _Run(Protocol):
    """Does a step in the browser's thread. Raises CameraError for whatever the browser complains of."""

    def __call__(self, step: Coroutine[Any, Any, Found]) -> Found: ...


@contextmanager
def _thread() -> Iterator[_Run]:
    """A thread with an event loop, by which the browser is driven: records may not be asked for where there is one."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="camera", daemon=True)
    thread.start()

    def run(step: Coroutine[Any, Any, Found]) -> Found:
        try:
            return asyncio.run_coroutine_threadsafe(asyncio.wait_for(step, STEP_SECONDS), loop).result()
        except (CameraError, NothingToSee, BlobError):
            raise
        except Exception as error:
            log.warning("camera_failed", reason=str(error) or type(error).__name__)
            raise CameraError("The browser could not show the recording.") from error

    try:
        yield run
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


class _Studio:
    """The browser's process."""

    def __init__(self, playwright: "Playwright", browser: "Browser") -> None:
        self._playwright, self._browser = playwright, browser

    @classmethod
    async def opened(cls, browser_path: str) -> "_Studio":
        try:
            from playwright.async_api import async_playwright
        except ImportError as error:
            raise CameraError("The package playwright is not installed.") from error
        playwright = await async_playwright().start()
        try:
            browser = await playwright.chromium.launch(
                executable_path=browser_path,
                args=_ARGUMENTS,
                # What runs as root cannot be put into Chromium's sandbox.
                chromium_sandbox=geteuid() != 0,
                # Whatever is not answered here goes nowhere.
                proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
            )
        except BaseException:
            await playwright.stop()
            raise
        return cls(playwright, browser)

    async def page(self, answers: "_Answers", width: int, height: int, scale: float) -> "tuple[Page, CDPSession]":
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            service_workers="block",
            accept_downloads=False,
            reduced_motion="reduce",
        )
        page = await context.new_page()
        await page.route("**/*", answers.give)
        return page, await context.new_cdp_session(page)

    async def close(self) -> None:
        try:
            await self._browser.close()
        finally:
            await self._playwright.stop()


class _Answers:
    """Answers what the page asks for; `failure` is what has kept the recording from being read."""

    failure: BlobError | None = None

    def __init__(self, lines: Callable[[str], tuple[str, bytes]]) -> None:
        self._lines = lines
        self._foreign_seconds = 0.0

    async def give(self, route: "Route") -> None:
        """Answer one request; one that the browser does not wait for any more is let go."""
        from playwright.async_api import Error

        asked = urlsplit(route.request.url)
        with suppress(Error):
            if asked.hostname == _HOST:
                await self._own(route, asked.path, asked.query)
            elif route.request.resource_type in _FOREIGN_KINDS and asked.scheme in ("http", "https"):
                await self._foreign(route)
            else:
                await route.abort()

    async def _own(self, route: "Route", path: str, query: str) -> None:
        if path == "/":
            page = await asyncio.to_thread(render_to_string, "web/recordings/film.html")
            await route.fulfill(body=page, content_type="text/html", headers={"Content-Security-Policy": _POLICY})
        elif path == "/lines":
            try:
                media_type, body = await asyncio.to_thread(self._lines, query)
                await route.fulfill(body=body, content_type=media_type)
            except BlobError as error:
                self.failure = error
                await route.fulfill(status=503)
        elif path.startswith("/static/") and isinstance(file := finders.find(path.removeprefix("/static/")), str):
            await route.fulfill(path=file)
        else:
            await route.abort()

    async def _foreign(self, route: "Route") -> None:
        """Fetch what the recorded page shows from elsewhere, where that is open to everybody."""
        began = time.monotonic()
        if route.request.method != "GET" or self._foreign_seconds > _FOREIGN_SECONDS_IN_ALL:
            await route.abort()
            return
        try:
            answer = await asyncio.to_thread(_fetched, route.request.url)
            headers = {"Content-Type": answer.headers.get("Content-Type", ""), "Access-Control-Allow-Origin": "*"}
            await route.fulfill(status=answer.status_code, headers=headers, body=answer.content)
        except (RefusedAddress, httpx.HTTPError, httpx.InvalidURL):
            await route.abort()
        finally:
            self._foreign_seconds += time.monotonic() - began


def _fetched(url: str) -> httpx.Response:
    """Something that is open to everybody. Raises RefusedAddress and what httpx raises."""
    with client(seconds=_FOREIGN_SECONDS, most_bytes=_FOREIGN_BYTES, follow_redirects=True) as fetching:
        return fetching.get(url)
