"""A real capture process for tests, with its own data directory and no app behind it unless the test starts one."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from hedgerow.capture.projects import PublishedProject, publish
from hedgerow.spool.lines import NOT_AN_EVENT, Line, decode_lines
from hedgerow.spool.recording_lines import RecordingLine, decode_line
from tests.serving import free_port

TOKEN = "phc_test_token"
PROJECT_ID = 7
RECORDING_TOKEN = "phc_recording_token"
RECORDING_PROJECT_ID = 8

Read = TypeVar("Read")


class CaptureProcess:
    """`hedgerow capture` on a free port; knows two projects unless told otherwise, the second records sessions."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.app_socket = data_dir / "app.sock"
        self.environment = {
            **os.environ,
            "HEDGEROW_DATA_DIR": str(data_dir),
            "HEDGEROW_PORT": str(self.port),
            **(environment or {}),
        }
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        self.process: subprocess.Popen[bytes] | None = None
        self._seen: dict[tuple[str, str], int] = {}

    def __enter__(self) -> Self:
        self.publish_usual()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()
        if self.process is not None and self.process.poll() is None:
            assert self.stop() == 0

    def publish(self, *projects: PublishedProject) -> None:
        """Make these the projects that exist."""
        publish(self.data_dir / "projects.json", projects)

    def publish_usual(self) -> None:
        """Let there be the two projects most tests send to."""
        self.publish(
            PublishedProject(id=PROJECT_ID, token=TOKEN),
            PublishedProject(
                id=RECORDING_PROJECT_ID,
                token=RECORDING_TOKEN,
                session_recording={"endpoint": "/s/", "sampleRate": None},
            ),
        )

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hedgerow.cli", "capture", "--worker", "0", "--app-socket", str(self.app_socket)],
            env=self.environment,
            stdin=subprocess.PIPE,
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                self.http.get("/_health")
                return
            except httpx.TransportError:
                assert self.process.poll() is None, "the capture process ended at start"
                assert time.monotonic() < deadline, "the capture process does not answer"
                time.sleep(0.02)

    def stop(self) -> int:
        """End it with SIGTERM; its exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def kill(self) -> None:
        """End it with SIGKILL."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def limit_file_size(self, size: int) -> None:
        """Let no file of the process grow beyond `size` bytes, as if the disk were full; -1 takes the limit away."""
        assert self.process is not None
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def send(self, document: Any, path: str = "/e/", **options: Any) -> httpx.Response:
        """POST a document as JSON."""
        return self.http.post(path, content=msgspec.json.encode(document), **options)

    def event(self, event: str = "tested", **fields: Any) -> httpx.Response:
        """POST one event, by default of a person with the distinct id `ada`."""
        return self.send({"api_key": TOKEN, "event": event, "distinct_id": "ada", **fields})

    def lines(self, lane: str = "live") -> list[Line]:
        """Every line on disk, in the order in which they were written; torn lines are not looked at."""
        return self._read(lane, {}, decode_lines)

    def new_lines(self, lane: str = "live") -> list[Line]:
        """The lines of a lane since the last call."""
        return self._read(lane, self._seen, decode_lines)

    def new_recordings(self) -> list[RecordingLine]:
        """The lines of recordings since the last call."""
        return self._read("recordings", self._seen, lambda data: [decode_line(line) for line in data.splitlines()])

    def _read(self, lane: str, seen: dict[tuple[str, str], int], decode: Callable[[bytes], list[Read]]) -> list[Read]:
        """The lines that are not `seen` yet, which notes how far each segment has been read."""
        lines: list[Read] = []
        for path in sorted((self.data_dir / "spool" / lane).glob("*")):
            start = seen.get((lane, path.stem), 0)
            closed = path.with_suffix(".jsonl")
            if path == closed and path.stat().st_size == start:
                continue
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # closed since the directory was read
                data = closed.read_bytes()
            end = data.rfind(b"\n") + 1
            lines += decode(data[start:end])
            seen[lane, path.stem] = end
        return lines

    def stored(self) -> list[Line]:
        """The events among `new_lines`."""
        return [line for line in self.new_lines() if line.k != NOT_AN_EVENT]

    def stored_event(self) -> Line:
        """The one event stored since the last look."""
        (line,) = self.stored()
        return line


def properties(line: Line) -> dict[str, Any]:
    """A line's properties."""
    decoded: dict[str, Any] = msgspec.json.decode(line.p)
    return decoded
