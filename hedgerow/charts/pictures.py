"""Insights and dashboards as PNG pictures, drawn without a browser in a process of its own.

What draws them lets no other thread of its process run meanwhile and takes a hundred megabytes, so it is not loaded
where requests are answered. The process is started when a picture is first wanted, ends when none has been wanted for a
while, and is ended when it takes too long.
"""

import atexit
import json
import multiprocessing
import signal
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Any

from hedgerow.charts.tile import PDF as PDF
from hedgerow.charts.tile import PNG as PNG
from hedgerow.charts.tile import PictureTile as PictureTile

TIME_LIMIT = 30.0
"""Seconds a picture may take, and seconds one waits for its turn."""
IDLE_SECONDS = 120.0
"""After so long without a picture the process ends."""
KEPT_PICTURES = 32
"""The last pictures are kept, as the same answer is often drawn for many: a report that is sent to a hundred people."""
_LARGEST_KEPT = 1024 * 1024


class PictureError(Exception):
    """There is no picture: drawing it takes too long, or too many are waited for. Another time there may be one."""


def insight_png(
    title: str,
    query: Mapping[str, Any],
    response: Mapping[str, Any] | None,
    *,
    description: str = "",
    width: int = 900,
    height: int = 520,
    scale: float = 2,
    is_dark: bool = False,
    names: Mapping[str, str] | None = None,
    now: datetime | None = None,
    form: str = PNG,
) -> bytes:
    """A picture of an insight: its title, the dates it is of, and the answer.

    `response` is what the API gives of a query or of a saved insight, None where it failed. `width` and `height` are in
    pixels before `scale`; what has a height of its own, as tables and bars, takes that. `names` are what people read
    for events, by name. `now` is as for `specification_of`. With `form` as `PDF` it is a page
    of a PDF document. A picture of an answer that cannot be drawn says so.
    Raises PictureError.
    """
    arguments = {"title": title, "query": query, "response": response, "description": description}
    sizes = {"width": width, "height": height, "scale": scale, "form": form}
    return DRAWER.draw({"insight": arguments | sizes | _looks(is_dark, names, now)})


def board_png(
    title: str,
    tiles: Sequence[PictureTile],
    *,
    description: str = "",
    width: int = 1440,
    scale: float = 1.5,
    is_dark: bool = False,
    names: Mapping[str, str] | None = None,
    now: datetime | None = None,
    form: str = PNG,
) -> bytes:
    """A picture of a dashboard: its tiles on a grid of twelve columns, also those that failed. See `insight_png`."""
    arguments = {"title": title, "tiles": [asdict(tile) for tile in tiles], "description": description}
    sizes = {"width": width, "scale": scale, "form": form}
    return DRAWER.draw({"board": arguments | sizes | _looks(is_dark, names, now)})


def _looks(is_dark: bool, names: Mapping[str, str] | None, now: datetime | None) -> dict[str, Any]:
    return {"is_dark": is_dark, "names": names or {}, "now": now and now.isoformat()}


class Drawer:
    """The process that draws, for one picture at a time; what was drawn a moment ago is not drawn again."""

    def __init__(self, time_limit: float = TIME_LIMIT, idle_seconds: float = IDLE_SECONDS) -> None:
        self.time_limit, self.idle_seconds = time_limit, idle_seconds
        self._turn = Lock()
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def draw(self, wanted: Mapping[str, Any]) -> bytes:
        """The picture. Raises PictureError."""
        request = json.dumps(wanted, default=str).encode()
        key = sha256(request).digest()
        if not self._turn.acquire(timeout=self.time_limit):
            raise PictureError("Other pictures are being drawn. Try again.")
        try:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept
            try:
                picture = self._drawn(request)
            except (EOFError, OSError):
                picture = self._drawn(request)  # It had just ended because nobody had wanted anything.
            self._keep(key, picture)
            return picture
        except (EOFError, OSError):
            raise PictureError("The picture could not be drawn.") from None
        finally:
            self._turn.release()

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process is not None and self._connection is not None:
            self._connection.close()
            self._process.kill()
            self._process.join()
        self._process = self._connection = None

    def _keep(self, key: bytes, picture: bytes) -> None:
        if len(picture) <= _LARGEST_KEPT:
            self._kept[key] = picture
            if len(self._kept) > KEPT_PICTURES:
                self._kept.popitem(last=False)

    def _drawn(self, request: bytes) -> bytes:
        connection = self._connected()
        try:
            connection.send_bytes(request)
            if not connection.poll(self.time_limit):
                raise PictureError("Drawing the picture takes too long.")
            return connection.recv_bytes()
        except (EOFError, OSError, PictureError):
            self.end()
            raise

    def _connected(self) -> Connection:
        if self._connection is None or self._process is None or not self._process.is_alive():
            self.end()
            context = multiprocessing.get_context("spawn")
            self._connection, theirs = context.Pipe()
            arguments = (theirs, self.idle_seconds)
            self._process = context.Process(target=serve, args=arguments, daemon=True, name="hedgerow-drawer")
            self._process.start()
            theirs.close()
        return self._connection


def serve(connection: Connection, idle_seconds: float) -> None:
    """Be the process that draws: read what is wanted and write pictures, until nothing has been wanted for a while."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from hedgerow.charts.drawing import draw_board, draw_insight

    while connection.poll(idle_seconds):
        try:
            wanted = json.loads(connection.recv_bytes())
        except EOFError:
            return
        for what, arguments in wanted.items():
            arguments["now"] = datetime.fromisoformat(arguments["now"]) if arguments["now"] else None
            if what == "board":
                arguments["tiles"] = [PictureTile(**tile) for tile in arguments["tiles"]]
            connection.send_bytes(draw_board(**arguments) if what == "board" else draw_insight(**arguments))


DRAWER = Drawer()
atexit.register(DRAWER.end)
