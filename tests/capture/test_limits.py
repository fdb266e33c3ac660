"""How large and how slow a request may be."""

import gzip
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.process import TOKEN, CaptureProcess

EVENT = {"event": "x", "distinct_id": "a", "api_key": TOKEN}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureProcess]:
    """A process with small limits, so that the tests need not send much."""
    environment = {"HEDGEROW_CAPTURE_MAX_BODY": "100000", "HEDGEROW_BODY_TIMEOUT": "0.5"}
    with CaptureProcess(tmp_path_factory.mktemp("small"), environment) as process:
        yield process


def test_a_body_just_within_the_limit(small: CaptureProcess) -> None:
    body = json.dumps(EVENT).encode()
    assert small.http.post("/e/", content=body + b" " * (100_000 - len(body))).status_code == 200
    assert small.stored_event().e == "x"


@pytest.mark.parametrize("size", [100_001, 250_000, 2_000_000])
def test_a_body_over_the_limit(small: CaptureProcess, size: int) -> None:
    response = small.http.post("/batch/", content=b"{" * size)
    assert response.status_code == 413
    assert response.json()["code"] == "payload_too_large"
    assert response.json()["detail"].startswith("maximum event size exceeded: ")


def test_a_body_over_the_limit_that_does_not_say_its_size(small: CaptureProcess) -> None:
    assert small.http.post("/e/", content=iter([b"{" * 60_000] * 3)).status_code == 413


def test_a_body_without_its_size(small: CaptureProcess) -> None:
    body = json.dumps(EVENT).encode()
    assert small.http.post("/e/", content=iter([body[:10], body[10:]])).status_code == 200
    assert small.stored_event().e == "x"


def test_an_expansion_over_the_limit(small: CaptureProcess) -> None:
    response = small.http.post("/e/", content=gzip.compress(b" " * 50_000_000))
    assert response.status_code == 413


def test_a_client_that_stalls(small: CaptureProcess) -> None:
    for length in (100, 90_000):
        with socket.create_connection(("127.0.0.1", small.port), timeout=20) as client:
            client.sendall(b"POST /e/ HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n{" % length)
            answer = client.recv(65536).decode()
        assert answer.startswith("HTTP/1.1 408 ")
        assert '"detail":"client stopped sending data"' in answer


def test_a_client_that_goes_away_does_no_harm(small: CaptureProcess) -> None:
    with socket.create_connection(("127.0.0.1", small.port)) as client:
        head = b"POST /e/ HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n"
        client.sendall(head + json.dumps(EVENT).encode())
    assert small.send(EVENT).status_code == 200
    assert [line.e for line in small.new_lines()] == ["x"]


def test_twenty_mebibytes_and_no_more(capture: CaptureProcess) -> None:
    body = json.dumps({"api_key": TOKEN, "batch": [{"event": "x", "distinct_id": "a"}]}).encode()
    limit = 20 * 1024 * 1024
    assert capture.http.post("/batch/", content=body.ljust(limit)).status_code == 200
    assert capture.http.post("/batch/", content=body.ljust(limit + 1)).status_code == 413


def test_a_decompression_bomb_does_not_fill_the_memory(capture: CaptureProcess) -> None:
    assert capture.process is not None
    status = Path(f"/proc/{capture.process.pid}/status")
    response = capture.http.post("/e/", content=gzip.compress(b" " * 1_000_000_000, 1))
    assert response.status_code == 413
    (peak,) = [int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    assert peak < 400_000, f"{peak} kB at the most"
