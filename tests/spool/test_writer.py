"""The writer: requests that wait together are written together, and segments are closed in time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hedgerow.spool.lines import PERSON, Line, decode_lines, encode_lines
from hedgerow.spool.segments import closed_segments, lane_directory
from hedgerow.spool.writer import SpoolUnavailableError, SpoolWriter


def writer(spool: Path, **changed: Any) -> SpoolWriter:
    """A writer that closes segments only when it is stopped, unless changed."""
    options = {"segment_bytes": 10**9, "segment_seconds": 3600, "max_waiting_bytes": 10**9, "min_free_bytes": 0}
    return SpoolWriter(spool, 0, **{**options, **changed})


def line(event: str) -> bytes:
    """One line."""
    return encode_lines([Line(k=PERSON, t=1, e=event, d="a")])


def loaded(spool: Path) -> list[str]:
    """The events of all closed segments, in order."""
    return [line.e for path in closed_segments(spool, "live") for line in decode_lines(path.read_bytes())]


def test_lines_are_on_disk_when_append_is_done(tmp_path: Path) -> None:
    async def run() -> None:
        spool = writer(tmp_path)
        spool.start()
        await spool.append(line("first"))
        (path,) = lane_directory(tmp_path, "live").iterdir()
        assert path.suffix == ".open"
        assert path.read_bytes() == line("first")
        await spool.stop()

    asyncio.run(run())
    assert loaded(tmp_path) == ["first"]


def test_requests_that_wait_together_share_a_write(tmp_path: Path) -> None:
    groups: list[int] = []

    async def run() -> None:
        spool = writer(tmp_path, on_sync=lambda seconds, size: groups.append(size))
        spool.start()
        await asyncio.gather(*(spool.append(line(str(number))) for number in range(500)))
        await spool.stop()

    asyncio.run(run())
    assert loaded(tmp_path) == [str(number) for number in range(500)]
    assert len(groups) < 100


def test_segments_are_closed_by_size(tmp_path: Path) -> None:
    async def run() -> None:
        spool = writer(tmp_path, segment_bytes=10)
        spool.start()
        for number in range(5):
            await spool.append(line(str(number)))
        await spool.stop()

    asyncio.run(run())
    assert len(closed_segments(tmp_path, "live")) == 5
    assert loaded(tmp_path) == ["0", "1", "2", "3", "4"]


def test_segments_are_closed_by_age(tmp_path: Path) -> None:
    async def run() -> None:
        spool = writer(tmp_path, segment_seconds=0.05)
        spool.start()
        await spool.append(line("first"))
        while not closed_segments(tmp_path, "live"):
            await asyncio.sleep(0.01)
        await spool.append(line("second"))
        await spool.stop()

    asyncio.run(asyncio.wait_for(run(), 10))
    assert loaded(tmp_path) == ["first", "second"]


def test_lanes_are_apart(tmp_path: Path) -> None:
    async def run() -> None:
        spool = writer(tmp_path)
        spool.start()
        await asyncio.gather(spool.append(line("now")), spool.append(line("long ago"), "historical"))
        await spool.stop()

    asyncio.run(run())
    assert loaded(tmp_path) == ["now"]
    (path,) = closed_segments(tmp_path, "historical")
    assert path.read_bytes() == line("long ago")


def test_what_a_dead_process_left_is_closed_at_start(tmp_path: Path) -> None:
    directory = lane_directory(tmp_path, "live")
    directory.mkdir()
    (directory / "0000000000001-3-000000001.open").write_bytes(line("left") + b"{")

    async def run() -> None:
        spool = writer(tmp_path)
        spool.start()
        await spool.stop()

    asyncio.run(run())
    assert loaded(tmp_path) == ["left"]


def test_too_much_waiting_is_refused_until_it_has_been_loaded(tmp_path: Path) -> None:
    async def run() -> None:
        spool = writer(tmp_path, max_waiting_bytes=10, segment_bytes=1)
        spool.start()
        await spool.append(line("first"))
        with pytest.raises(SpoolUnavailableError):
            await spool.append(line("too much"))
        assert spool.refusal() is not None
        for path in closed_segments(tmp_path, "live"):
            path.unlink()
        while spool.refusal() is not None:
            await asyncio.sleep(0.05)
        await spool.append(line("last"))
        await spool.stop()

    asyncio.run(asyncio.wait_for(run(), 10))
    assert loaded(tmp_path) == ["last"]


def test_a_lane_that_cannot_be_made_is_tried_again(tmp_path: Path) -> None:
    async def run() -> None:
        spool = writer(tmp_path)
        spool.start()
        lane_directory(tmp_path, "live").write_text("in the way")
        with pytest.raises(SpoolUnavailableError):
            await spool.append(line("refused"))
        lane_directory(tmp_path, "live").unlink()
        await spool.append(line("written"))
        await spool.stop()

    asyncio.run(run())
    assert loaded(tmp_path) == ["written"]
