"""Segments: what is closed can be loaded, what a dead process left open is closed without its torn last line."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from hedgerow.spool.segments import Segment, closed_segments, lane_directory, recover_segments, waiting_bytes

LINE = b'{"k":2,"t":1}\n'


def left_open(spool: Path, name: str, data: bytes) -> Path:
    """A segment as a process leaves it that is killed."""
    path = lane_directory(spool, "live") / f"{name}.open"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_a_segment_can_be_loaded_once_it_is_closed(tmp_path: Path) -> None:
    segment = Segment(lane_directory(tmp_path, "live"), "0000000000001-0-000000001")
    segment.append(LINE)
    segment.append(LINE * 2)
    assert closed_segments(tmp_path, "live") == []
    closed = segment.close()
    assert closed_segments(tmp_path, "live") == [closed]
    assert closed is not None
    assert closed.read_bytes() == LINE * 3
    assert closed_segments(tmp_path, "historical") == []


def test_segments_are_listed_oldest_first(tmp_path: Path) -> None:
    names = ["0000000000002-0-000000002", "0000000000010-0-000000003", "0000000000001-1-000000001"]
    for name in names:
        segment = Segment(lane_directory(tmp_path, "live"), name)
        segment.append(LINE)
        segment.close()
    assert [path.stem for path in closed_segments(tmp_path, "live")] == sorted(names)


def test_an_empty_segment_leaves_nothing_behind(tmp_path: Path) -> None:
    assert Segment(lane_directory(tmp_path, "live"), "a").close() is None
    assert list(lane_directory(tmp_path, "live").iterdir()) == []


def test_a_name_is_given_once(tmp_path: Path) -> None:
    Segment(lane_directory(tmp_path, "live"), "a")
    with pytest.raises(FileExistsError):
        Segment(lane_directory(tmp_path, "live"), "a")


def test_waiting_bytes_count_open_and_closed_segments_of_all_lanes(tmp_path: Path) -> None:
    assert waiting_bytes(tmp_path) == 0
    left_open(tmp_path, "a", b"12345")
    segment = Segment(lane_directory(tmp_path, "historical"), "b")
    segment.append(LINE)
    segment.close()
    assert waiting_bytes(tmp_path) == 5 + len(LINE)


@pytest.mark.parametrize("torn", [b"", b"{", b'{"k":2', b"x" * 200_000])
def test_recovery_cuts_the_torn_line(tmp_path: Path, torn: bytes) -> None:
    left_open(tmp_path, "0000000000001-0-000000001", LINE * 3 + torn)
    (recovered,) = recover_segments(tmp_path)
    assert closed_segments(tmp_path, "live") == [recovered]
    assert recovered.read_bytes() == LINE * 3


@pytest.mark.parametrize("data", [b"", b"{", b"x" * 200_000])
def test_recovery_removes_a_segment_without_a_whole_line(tmp_path: Path, data: bytes) -> None:
    path = left_open(tmp_path, "a", data)
    assert recover_segments(tmp_path) == []
    assert not path.exists()


def test_recovery_leaves_alone_what_another_process_writes(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from hedgerow.spool.segments import Segment;"
        "s = Segment(Path(sys.argv[1]), 'a'); s.append(b'{}\\n'); print('written', flush=True); sys.stdin.read()"
    )
    directory = lane_directory(tmp_path, "live")
    with subprocess.Popen(
        [sys.executable, "-c", script, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        assert recover_segments(tmp_path) == []
        assert (directory / "a.open").exists()
        writer.kill()
    assert [path.name for path in recover_segments(tmp_path)] == ["a.jsonl"]


def test_recovery_without_a_spool(tmp_path: Path) -> None:
    assert recover_segments(tmp_path / "nothing") == []


def test_a_failed_write_leaves_only_whole_appends(tmp_path: Path) -> None:
    # In a process of its own: the limit on file sizes stands for a disk that is full.
    script = """
import resource, sys
from pathlib import Path
from hedgerow.spool.segments import Segment
segment = Segment(Path(sys.argv[1]), "a")
segment.append(b"first\\n")
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
try:
    segment.append(b"does not fit\\n")
except OSError as error:
    print(error.errno)
print((Path(sys.argv[1]) / "a.open").read_bytes())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
segment.append(b"second\\n")
print(segment.close().read_bytes())
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    assert done.stdout.splitlines() == [str(errno.EFBIG), repr(b"first\n"), repr(b"first\nsecond\n")], done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
