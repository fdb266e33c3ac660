"""An answer of 200 means the event is on disk; what cannot be written is refused, and works again when it can."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.capture.process import TOKEN, CaptureProcess


@pytest.fixture
def process(tmp_path: Path) -> Iterator[CaptureProcess]:
    """A process of the test's own."""
    with CaptureProcess(tmp_path) as running:
        yield running


class Sender(threading.Thread):
    """Sends events until told to stop; remembers the uuids of those that were answered with 200."""

    def __init__(self, capture: CaptureProcess, number: int) -> None:
        super().__init__()
        self._url = f"http://127.0.0.1:{capture.port}/e/"
        self._number = number
        self.accepted: list[str] = []
        self.stop = threading.Event()

    def run(self) -> None:
        count = 0
        with httpx.Client(timeout=10) as client:
            while not self.stop.is_set():
                count += 1
                uuid = f"{self._number:08x}-0000-4000-8000-{count:012x}"
                event = {"api_key": TOKEN, "event": "x", "distinct_id": "a", "uuid": uuid}
                try:
                    if client.post(self._url, content=json.dumps(event)).status_code == 200:
                        self.accepted.append(uuid)
                except httpx.TransportError:
                    time.sleep(0.01)


def sending(capture: CaptureProcess, count: int) -> list[Sender]:
    """That many senders at work."""
    senders = [Sender(capture, number) for number in range(count)]
    for sender in senders:
        sender.start()
    return senders


def accepted_by(senders: list[Sender]) -> set[str]:
    """Stop the senders; all they got 200 for."""
    for sender in senders:
        sender.stop.set()
        sender.join()
    return {uuid for sender in senders for uuid in sender.accepted}


def test_nothing_accepted_is_lost_when_the_process_is_killed(process: CaptureProcess) -> None:
    senders = sending(process, 4)
    for _ in range(4):
        time.sleep(0.4)
        process.kill()
        process.start()
    accepted = accepted_by(senders)
    assert accepted
    assert accepted <= {line.u for line in process.lines()}


def test_nothing_accepted_is_lost_at_sigterm(process: CaptureProcess) -> None:
    senders = sending(process, 4)
    time.sleep(0.5)
    assert process.stop() == 0
    accepted = accepted_by(senders)
    assert accepted
    assert {line.u for line in process.lines()} == accepted
    assert not list(process.data_dir.glob("spool/*/*.open"))
    process.start()


def test_a_request_under_way_at_sigterm_is_answered(process: CaptureProcess) -> None:
    body = json.dumps({"api_key": TOKEN, "event": "late", "distinct_id": "a"}).encode()
    with socket.create_connection(("127.0.0.1", process.port), timeout=10) as client:
        client.sendall(b"POST /e/ HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:5])
        time.sleep(0.2)
        assert process.process is not None
        process.process.terminate()
        time.sleep(0.2)
        client.sendall(body[5:])
        assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert process.process.wait(10) == 0
    assert [line.e for line in process.lines()] == ["late"]


def test_a_client_that_stalls_does_not_keep_the_process_from_ending(tmp_path: Path) -> None:
    environment = {"HEDGEROW_SHUTDOWN_SECONDS": "1", "HEDGEROW_SPOOL_SEGMENT_SECONDS": "60"}
    with CaptureProcess(tmp_path, environment) as process:
        assert process.event().status_code == 200
        with socket.create_connection(("127.0.0.1", process.port)) as client:
            client.sendall(b"POST /e/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            time.sleep(0.2)
            assert process.stop() == 0
        assert list(tmp_path.glob("spool/live/*.jsonl"))


def test_segments_are_closed_by_age(process: CaptureProcess) -> None:
    process.event()
    deadline = time.monotonic() + 10
    while not list(process.data_dir.glob("spool/live/*.jsonl")):
        assert time.monotonic() < deadline, "the segment stays open"
        time.sleep(0.02)
    assert not list(process.data_dir.glob("spool/live/*.open"))


def test_a_full_disk_is_not_accepted_and_recovers(process: CaptureProcess) -> None:
    assert process.event("before").status_code == 200
    process.limit_file_size(1)
    refused = process.event("during")
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json() == {
        "type": "server_error",
        "code": "service_unavailable",
        "detail": "transient error, please retry",
        "attr": None,
    }
    process.limit_file_size(-1)
    assert process.event("after").status_code == 200
    assert [line.e for line in process.lines()] == ["before", "after"]


def test_a_disk_that_fills_up_in_the_middle_of_a_line(tmp_path: Path) -> None:
    # A long-lived segment, so that both events go to the same.
    with CaptureProcess(tmp_path, {"HEDGEROW_SPOOL_SEGMENT_SECONDS": "60"}) as process:
        assert process.event("before").status_code == 200
        (segment,) = process.data_dir.glob("spool/live/*.open")
        process.limit_file_size(segment.stat().st_size + 20)
        assert process.event("during").status_code == 503
        process.limit_file_size(-1)
        assert process.event("after").status_code == 200
        assert segment.read_bytes().count(b"\n") == 2
        assert [line.e for line in process.lines()] == ["before", "after"]


def test_a_spool_that_cannot_be_written_recovers(process: CaptureProcess) -> None:
    lane = process.data_dir / "spool" / "live"
    lane.parent.mkdir(exist_ok=True)
    lane.write_text("in the way")
    assert process.event().status_code == 503
    lane.unlink()
    assert process.event("after").status_code == 200
    assert [line.e for line in process.lines()] == ["after"]


def test_back_pressure(tmp_path: Path) -> None:
    with CaptureProcess(tmp_path, {"HEDGEROW_SPOOL_MAX_BYTES": "1000"}) as process:
        while process.event().status_code == 200:
            assert len(process.lines()) < 100
        assert process.http.get("/_ready").json()["problems"]["spool"].endswith("bytes wait to be loaded")
        time.sleep(0.5)
        for path in process.data_dir.glob("spool/live/*.jsonl"):
            path.unlink()
        deadline = time.monotonic() + 10
        while process.event("after").status_code == 503:
            assert time.monotonic() < deadline, "still refused with an empty spool"
            time.sleep(0.1)


def test_too_little_free_space(tmp_path: Path) -> None:
    with CaptureProcess(tmp_path, {"HEDGEROW_SPOOL_MIN_FREE_BYTES": str(2**60)}) as process:
        assert process.event().status_code == 503
        assert process.lines() == []


def test_an_idle_process_rests(process: CaptureProcess) -> None:
    process.event()
    time.sleep(0.5)
    assert process.process is not None
    stat = Path(f"/proc/{process.process.pid}/stat")
    before = sum(int(number) for number in stat.read_text().rpartition(")")[2].split()[11:13])
    time.sleep(1)
    after = sum(int(number) for number in stat.read_text().rpartition(")")[2].split()[11:13])
    assert after - before <= 2, "hundredths of a second of work in a second without requests"


def test_several_processes_share_the_port(process: CaptureProcess) -> None:
    second = CaptureProcess(process.data_dir)
    second.port = process.port
    second.environment["HEDGEROW_PORT"] = str(process.port)
    second.http = process.http
    second.start()
    try:
        pids = {process.process.pid, second.process.pid} if process.process and second.process else set()
        assert len(pids) == 2
        for _ in range(40):
            assert httpx.post(f"http://127.0.0.1:{process.port}/e/", json={
                "api_key": TOKEN, "event": "x", "distinct_id": "a"
            }).status_code == 200  # fmt: skip
    finally:
        assert second.stop() == 0
    assert len(process.lines()) == 40


def test_capture_imports_neither_django_nor_the_event_store() -> None:
    script = (
        "import sys, hedgerow.capture.server;"
        "print([name for name in sys.modules if name.split('.')[0] in ('django', 'chdb', 'clickhouse_connect')])"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"
