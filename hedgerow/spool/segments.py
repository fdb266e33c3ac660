"""Segments of the spool: files of lines, open while they are written and closed once the loader may have them.

A segment is `<spool>/<lane>/<unix ms>-<worker>-<sequence>.open` and becomes `….jsonl` when it is closed, so the names
of closed segments sort by the time they were begun. The process that writes a segment holds an exclusive lock on it;
an open segment nobody has locked was left by a process that died, and `recover_segments` closes it.
"""

import fcntl
import os
from datetime import datetime
from pathlib import Path
from typing import Literal

Lane = Literal["live", "historical", "recordings"]
EVENT_LANES: tuple[Lane, ...] = ("live", "historical")
"""The lanes of events in the order in which they are loaded."""
RECORDING_LANES: tuple[Lane, ...] = ("recordings",)
"""Session recordings: loaded by a loader of their own."""
LANES: tuple[Lane, ...] = EVENT_LANES + RECORDING_LANES

OPEN = ".open"
CLOSED = ".jsonl"


def lane_directory(spool_dir: Path, lane: Lane) -> Path:
    """Where the segments of a lane lie."""
    return spool_dir / lane


def closed_segments(spool_dir: Path, lane: Lane) -> list[Path]:
    """The segments of a lane that can be loaded, oldest first; none if the lane does not exist yet."""
    try:
        with os.scandir(lane_directory(spool_dir, lane)) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.name.endswith(CLOSED))
    except FileNotFoundError:
        return []


def waiting_bytes(spool_dir: Path, lanes: tuple[Lane, ...] = LANES) -> int:
    """Bytes in all segments of lanes, open and closed, that have not been loaded and removed yet."""
    total = 0
    for lane in lanes:
        try:
            with os.scandir(lane_directory(spool_dir, lane)) as entries:
                for entry in entries:
                    if entry.name.endswith((OPEN, CLOSED)):
                        try:
                            total += entry.stat().st_size
                        except FileNotFoundError:  # loaded, or renamed, since the directory was read
                            continue
        except FileNotFoundError:
            continue
    return total


def is_waiting(spool_dir: Path, lanes: tuple[Lane, ...], until: datetime) -> bool:
    """Whether a segment that was begun until then has not been loaded; its name tells when it was begun."""
    for lane in lanes:
        for path in lane_directory(spool_dir, lane).glob("*"):
            begun = path.name.partition("-")[0]
            if path.suffix in (OPEN, CLOSED) and begun.isdigit() and int(begun) <= until.timestamp() * 1000:
                return True
    return False


def recover_segments(spool_dir: Path, lanes: tuple[Lane, ...] = LANES) -> list[Path]:
    """Close the open segments of processes that died, cutting a torn last line; gives the closed ones.

    Segments that are being written are left alone. Raises `OSError` if a segment cannot be repaired.
    """
    recovered = []
    for lane in lanes:
        for path in sorted(lane_directory(spool_dir, lane).glob(f"*{OPEN}")):
            closed = _recover(path)
            if closed:
                recovered.append(closed)
    return recovered


class Segment:
    """A segment being written. What `append` was given is on disk once it returned."""

    def __init__(self, directory: Path, name: str) -> None:
        """Create the segment. Raises `OSError`, `FileExistsError` if the name was taken."""
        self.path = directory / f"{name}{OPEN}"
        self.size = 0
        """Bytes that are known to be on disk."""
        self._damaged = False
        directory.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(self._file).st_nlink == 0:  # a starting process took it for a dead one's in between
                raise FileExistsError(self.path)
            _sync_directory(directory)
        except OSError:
            os.close(self._file)
            self.path.unlink(missing_ok=True)
            raise

    def append(self, data: bytes) -> None:
        """Write whole lines and wait until they are on disk.

        Raises `OSError` if they are not; then none of them counts, and the segment is cut back to where it was, now or
        before the next write.
        """
        self._repair()
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            os.fdatasync(self._file)
        except OSError:
            self._damaged = True
            self._repair()
            raise
        self.size += len(data)

    def close(self) -> Path | None:
        """Hand the segment to the loader; gives its new path, None if it was empty and has been removed.

        Raises `OSError` if that failed; it may be called again.
        """
        self._repair()
        closed = None
        if self.size:
            closed = self.path.with_suffix(CLOSED)
            self.path.rename(closed)
        else:
            self.path.unlink(missing_ok=True)
        os.close(self._file)
        return closed

    def _repair(self) -> None:
        """After a failed write: forget what came after the last good line."""
        if self._damaged:
            os.ftruncate(self._file, self.size)
            os.fdatasync(self._file)
            self._damaged = False


def _recover(path: Path) -> Path | None:
    """Close one open segment if its writer is gone."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if os.fstat(file).st_nlink == 0 or not path.exists():  # another starting process was faster
            return None
        size = _end_of_last_line(file)
        os.ftruncate(file, size)
        os.fdatasync(file)
        if not size:
            path.unlink()
            return None
        closed = path.with_suffix(CLOSED)
        path.rename(closed)
        return closed
    finally:
        os.close(file)


def _end_of_last_line(file: int) -> int:
    """Offset behind the last newline of a file; 0 if it has none."""
    end = os.fstat(file).st_size
    while end:
        start = max(0, end - 65536)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _sync_directory(directory: Path) -> None:
    """Make a new name in a directory survive a crash of the machine."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
