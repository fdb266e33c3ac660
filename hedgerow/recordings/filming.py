"""Pictures and films of recordings, made by a headless browser and ffmpeg where the operator has set them up."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs

import orjson
import structlog
from django.conf import settings

from hedgerow.recordings.blocks import Block, blocks_of
from hedgerow.recordings.camera import Camera, CameraError, NothingToSee, Scene, camera
from hedgerow.recordings.models import RemovedRecording
from hedgerow.recordings.snapshots import joined_lines

log = structlog.get_logger(__name__)

WEBM, MP4, GIF = "webm", "mp4", "gif"
SPEED, FRAMES_A_SECOND, GIF_FRAMES_A_SECOND = 4, 24, 12
"""How many seconds of a session a second of film shows, and of how many pictures it is made."""
WIDTH, HEIGHT, PICTURE_SCALE = 1400, 600, 2
SELECTOR = ".replayer-wrapper"
WIDEST, HIGHEST = 4_000, 5_000
FILMING_SECONDS = 60 * 60
"""After this long a film is given up."""

_LEAST = 100
_ENCODERS = {
    WEBM: ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "34", "-deadline", "realtime", "-cpu-used", "6", "-row-mt", "1"),
    MP4: ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-movflags", "+faststart"),
}
_EVEN = "pad=ceil(iw/2)*2:ceil(ih/2)*2"


class FilmingError(Exception):
    """There can be no picture or film; the message is for who asked."""


class NoRenderer(Exception):  # noqa: N818 - not an error of what was asked for
    """This server has no browser, no ffmpeg, or they do not start."""


@dataclass(frozen=True)
class Framing:
    """What of a recording is to be seen, and how large; times are in seconds since its start."""

    timestamp: float = 0.0
    duration: float | None = None
    width: int = WIDTH
    height: int = HEIGHT
    selector: str = SELECTOR

    @classmethod
    def of(cls, context: Mapping[str, Any]) -> "Framing":
        """As an export's context says; what makes no sense there is as if it were not said."""
        return cls(
            timestamp=_number(context.get("timestamp")) or 0.0,
            duration=_number(context.get("duration")),
            width=_size(context.get("width"), WIDTH, WIDEST),
            height=_size(context.get("height"), HEIGHT, HIGHEST),
            selector=str(context.get("css_selector") or SELECTOR),
        )


def can_film() -> bool:
    """Whether the operator has named a browser and ffmpeg."""
    return bool(settings.HEDGEROW.browser_path and settings.HEDGEROW.ffmpeg_path)


def photograph(project_id: int, session_id: str, framing: Framing) -> bytes:
    """A PNG of one moment. Raises FilmingError and NoRenderer, and what keeps the recording from being read."""
    with _in_front_of(project_id, session_id, framing, PICTURE_SCALE) as (shown, scene):
        return shown.photograph(min(framing.timestamp * 1000, scene.length), framing.selector)


def film(
    project_id: int,
    session_id: str,
    framing: Framing,
    extension: str,
    folder: Path,
    tell: Callable[[int, int], None],
) -> Path:
    """A file in `folder` with the film: four times as fast as it was, without the stretches in which nothing was done.

    `tell` hears how many pictures have been taken of how many, and may raise to end it. Raises FilmingError and
    NoRenderer, and what keeps the recording from being read.
    """
    began = time.monotonic()
    raw = folder / f"film.{MP4 if extension == GIF else extension}"
    with _in_front_of(project_id, session_id, framing, 1) as (shown, scene):
        moments = moments_of(scene, framing)
        with _encoder(raw) as encoder:
            picture, since = b"", None
            for done, moment in enumerate(moments):
                tell(done, len(moments))
                if time.monotonic() - began > FILMING_SECONDS:
                    raise FilmingError("The recording is too long: its film was not finished within an hour.")
                picture = shown.frame(moment, since) or picture
                encoder.write(picture)
                since = moment
    return _as_gif(raw, folder) if extension == GIF else raw


def moments_of(scene: Scene, framing: Framing) -> list[float]:
    """The moments that a film shows, one for each of its pictures, in milliseconds since the start; at least one."""
    step = 1000 * SPEED / FRAMES_A_SECOND
    moment = min(framing.timestamp * 1000, scene.length)
    end = scene.length if framing.duration is None else min(scene.length, moment + framing.duration * 1000)
    moments: list[float] = []
    ahead = list(scene.quiet)
    while moment <= end or not moments:
        while ahead and ahead[0][1] <= moment:
            ahead.pop(0)
        if ahead and ahead[0][0] <= moment:
            moment = ahead[0][1]
        moments.append(min(moment, scene.length))
        moment += step
    return moments


@contextmanager
def _in_front_of(project_id: int, session_id: str, framing: Framing, scale: float) -> Iterator[tuple[Camera, Scene]]:
    if not can_film():
        raise NoRenderer
    blocks = blocks_of(project_id, session_id)
    if not blocks or RemovedRecording.objects.filter(project_id=project_id, session_id=session_id).exists():
        raise FilmingError("There is no such recording, or it has been deleted.")
    try:
        with camera(
            settings.HEDGEROW.browser_path, _Lines(blocks), width=framing.width, height=framing.height, scale=scale
        ) as shown:
            yield shown, shown.open()
    except NothingToSee as error:
        raise FilmingError(str(error)) from None
    except CameraError as error:
        raise NoRenderer from error


class _Lines:
    """Answers the player's requests for a recording as the API does: what blocks there are, and the lines of some."""

    def __init__(self, blocks: list[Block]) -> None:
        self._blocks = blocks

    def __call__(self, query: str) -> tuple[str, bytes]:
        asked = parse_qs(query)
        if "source" not in asked:
            sources = [{"source": "blob_v2", "blob_key": str(place)} for place in range(len(self._blocks))]
            return "application/json", orjson.dumps({"sources": sources})
        first, last = (int(asked[name][0]) for name in ("start_blob_key", "end_blob_key"))
        return "application/jsonl", b"".join(joined_lines(self._blocks[first : last + 1]))


@contextmanager
def _encoder(file: Path) -> Iterator[IO[bytes]]:
    """Where pictures are written that become the film; ffmpeg has ended when the context has."""
    encoding = _ENCODERS[file.suffix.removeprefix(".")]
    source = ("-f", "image2pipe", "-framerate", str(FRAMES_A_SECOND), "-c:v", "mjpeg", "-i", "-")
    arguments = _ffmpeg(*source, "-an", "-vf", _EVEN, "-pix_fmt", "yuv420p", *encoding, str(file))
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(arguments, stdin=pipe, stderr=pipe)  # noqa: S603 - the operator's program
    except OSError as error:
        raise NoRenderer from error
    assert process.stdin is not None
    try:
        yield process.stdin
        process.stdin.close()
        if process.wait() != 0:
            raise BrokenPipeError
    except BrokenPipeError:
        assert process.stderr is not None
        log.warning("film_not_encoded", reason=process.stderr.read().decode(errors="replace"))
        raise NoRenderer from None
    finally:
        process.kill()
        process.wait()


def _as_gif(film: Path, folder: Path) -> Path:
    """The film as moving pictures of 256 colours: those that it has most of, which are found first."""
    palette, moving = folder / "colours.png", folder / "film.gif"
    rate = f"fps={GIF_FRAMES_A_SECOND}"
    _run(_ffmpeg("-i", str(film), "-vf", f"{rate},palettegen=stats_mode=diff", str(palette)))
    _run(_ffmpeg("-i", str(film), "-i", str(palette), "-lavfi", f"{rate}[x];[x][1:v]paletteuse", str(moving)))
    return moving


def _ffmpeg(*arguments: str) -> list[str]:
    return [settings.HEDGEROW.ffmpeg_path, "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *arguments]


def _run(arguments: list[str]) -> None:
    try:
        subprocess.run(arguments, check=True, capture_output=True, timeout=FILMING_SECONDS)  # noqa: S603 - as above
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("film_not_encoded", reason=str(error))
        raise NoRenderer from error


def _number(given: Any) -> float | None:
    """A number of seconds, None for what is none."""
    try:
        number = float(given)
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) and number >= 0 else None


def _size(given: Any, otherwise: int, most: int) -> int:
    number = _number(given)
    return min(max(round(number), _LEAST), most) if number else otherwise
