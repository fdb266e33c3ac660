"""Pictures and films of recordings: a real Chromium shows them, ffmpeg makes films of what it sees."""

import json
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest

from hedgerow.exports.films import NO_RENDERER
from hedgerow.exports.models import ExportedAsset
from hedgerow.recordings import filming
from hedgerow.recordings.camera import CameraError, NothingToSee, Scene, camera
from hedgerow.recordings.filming import Framing, film, moments_of
from tests.exports.exporting import Exports
from tests.recordings import shop
from tests.recordings.recorder import Recorder

pytestmark = pytest.mark.django_db

Format = ExportedAsset.Format
FRAME = 1000 * filming.SPEED / filming.FRAMES_A_SECOND
SMALL = {"width": 400, "height": 300}


@pytest.fixture
def filmed(recorder: Recorder, settings: Any) -> Exports:
    """The exports of a project on a server that can make films, and in it the recording `shop`."""
    programs = {"browser_path": "/usr/bin/chromium", "ffmpeg_path": "/usr/bin/ffmpeg", "export_wait_seconds": 0.0}
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=programs)
    recorder.record("shop", *shop.visit())
    return Exports(recorder.api)


def test_a_picture_shows_the_moment_that_is_asked_for(filmed: Exports, tmp_path: Path) -> None:
    of_shop = {"session_recording_id": "shop", **SMALL}
    before = filmed.file("image/png", {**of_shop, "timestamp": 1.0})
    after = filmed.file("image/png", {**of_shop, "timestamp": 60})

    assert size_of(before, tmp_path) == (800, 600)  # of the page, which fills 400 × 300, at twice the density
    assert colour_of(before, tmp_path) == pytest.approx(shop.RED, abs=3)
    assert colour_of(after, tmp_path) == pytest.approx(shop.GREEN, abs=3)


@pytest.mark.parametrize(
    ("media_type", "codec", "pictures"),
    [("video/mp4", "h264", 49), ("video/webm", "vp9", 49), ("image/gif", "gif", 25)],
)
def test_a_film_is_four_times_as_fast_and_leaves_out_pauses(
    filmed: Exports, tmp_path: Path, media_type: str, codec: str, pictures: int
) -> None:
    made = tmp_path / "film"  # of 4 seconds until the pause and 4 from its end on
    made.write_bytes(filmed.file(media_type, {"session_recording_id": "shop", **SMALL}))

    told = probed(made)
    assert (told["codec_name"], told["width"], told["height"]) == (codec, 400, 300)
    assert int(told["nb_read_frames"]) == pytest.approx(pictures, abs=2)
    first, last = (picture_of(made, tmp_path, *place) for place in (("-ss", "0"), ("-sseof", "-0.2")))
    assert colour_of(first, tmp_path) == pytest.approx(shop.RED, abs=25)
    assert colour_of(last, tmp_path) == pytest.approx(shop.GREEN, abs=25)


def test_what_cannot_be_filmed_is_told(filmed: Exports, recorder: Recorder, settings: Any) -> None:
    recorder.record("blank", *shop.visit()[2:])
    missing = {"session_recording_id": "nobody"}
    assert filmed.failure("video/mp4", missing) == "There is no such recording, or it has been deleted."
    blank = {"session_recording_id": "blank"}
    assert filmed.failure("image/png", blank) == "This recording holds no picture of a page, so it cannot be shown."
    elsewhere = {"session_recording_id": "shop", "css_selector": ".nowhere"}
    assert filmed.failure("image/png", elsewhere) == "Nothing in the recording fits the css_selector of the export."
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"browser_path": "/nowhere/chromium"})
    assert filmed.failure("image/png", {"session_recording_id": "shop"}) == NO_RENDERER


def test_a_film_that_is_given_up_leaves_no_process_behind(filmed: Exports, tmp_path: Path) -> None:
    def give_up(done: int, total: int) -> None:
        if done == 3:
            raise InterruptedError

    project = filmed.api.project
    with pytest.raises(InterruptedError):
        film(project.pk, "shop", Framing(**SMALL), filming.MP4, tmp_path, give_up)  # type: ignore[arg-type]

    assert running() == set()


def test_a_browser_that_hangs_is_ended(filmed: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can record a page that keeps a browser busy for ever; here a script does."""

    def lines(query: str) -> tuple[str, bytes]:
        return "application/json", b'{"sources": []}'

    with camera("/usr/bin/chromium", lines, width=400, height=300, scale=1) as shown:
        with pytest.raises(NothingToSee):
            shown.open()
        monkeypatch.setattr("hedgerow.recordings.camera.STEP_SECONDS", 2.0)
        with pytest.raises(CameraError):
            shown._run(shown._page.evaluate("for (;;) {}"))
        monkeypatch.undo()
    assert running() == set()


def test_the_browser_fetches_from_inside_the_network_only_what_the_operator_allows(
    recorder: Recorder, filmed: Exports, settings: Any, inside: tuple[str, list[str]]
) -> None:
    address, asked = inside
    recorder.record("spy", *shop.visit(image=address))
    of_spy = {"session_recording_id": "spy", **SMALL}
    filmed.file("image/png", of_spy)
    assert asked == []
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"outgoing_allowed_hosts": ["127.0.0.1"]})
    filmed.file("image/png", of_spy)
    assert asked == ["/secret.png"]


def test_moments_of_a_film() -> None:
    """One each sixth of a second, none in a pause."""
    scene = Scene(60_000, [(2_000, 59_000)])
    moments = moments_of(scene, Framing())
    assert moments[:3] == [0, FRAME, 2 * FRAME]
    assert [moment for moment in moments if 2_000 <= moment < 59_000] == []
    assert len(moments) == pytest.approx(3_000 / FRAME, abs=2)
    assert moments_of(scene, Framing(timestamp=59.5))[0] == 59_500
    assert max(moments_of(scene, Framing(duration=1))) <= 1_000
    assert moments_of(scene, Framing(timestamp=100)) == [60_000]


def test_framing_ignores_what_makes_no_sense() -> None:
    odd = {"timestamp": -5, "duration": float("nan"), "width": 10**9, "height": -1, "css_selector": None}
    assert Framing.of(odd) == Framing(width=filming.WIDEST)
    assert Framing.of({"timestamp": "2.5", "width": 3}) == Framing(timestamp=2.5, width=100)


def running() -> set[str]:
    """The browsers and encoders that this process has started and that have not ended."""
    names = {process.name() for process in psutil.Process().children(recursive=True)}
    return {name for name in names if "chrom" in name or "ffmpeg" in name}


@pytest.fixture
def inside() -> Iterator[tuple[str, list[str]]]:
    """The address of something on this machine, and what was asked of it."""
    asked: list[str] = []

    class Inside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

    with ThreadingHTTPServer(("127.0.0.1", 0), Inside) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/secret.png", asked
        server.shutdown()


def probed(file: Path) -> dict[str, Any]:
    """What ffprobe tells of a film."""
    entries = "stream=codec_name,width,height,nb_read_frames"
    asked = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", entries, "-of", "json", str(file)]
    told: dict[str, Any] = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
    stream: dict[str, Any] = told["streams"][0]
    return stream


def picture_of(file: Path, folder: Path, *place: str) -> bytes:
    """A picture of a film, as PNG."""
    picture = folder / "picture.png"
    asked = ["ffmpeg", "-v", "error", "-y", *place, "-i", str(file), "-frames:v", "1", "-update", "1", str(picture)]
    subprocess.run(asked, check=True)
    return picture.read_bytes()


def size_of(picture: bytes, folder: Path) -> tuple[int, int]:
    file = folder / "sized.png"
    file.write_bytes(picture)
    told = probed(file)
    return told["width"], told["height"]


def colour_of(picture: bytes, folder: Path) -> tuple[int, ...]:
    """The colour in the middle of the lower half."""
    file = folder / "coloured.png"
    file.write_bytes(picture)
    middle = "crop=4:4:iw/2:ih*3/4,format=rgb24"
    asked = ["ffmpeg", "-v", "error", "-i", str(file), "-vf", middle, "-f", "rawvideo", "-"]
    return tuple(subprocess.run(asked, check=True, capture_output=True).stdout[:3])
