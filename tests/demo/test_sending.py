"""The sample travels as an ordinary client's events would."""

import gzip
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hedgerow.demo import DemoError, run_demo

UNTIL = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)
TOKEN = "phc_demo"


class Receiver(ThreadingHTTPServer):
    """An endpoint that keeps what it is sent; it asks for patience once, and knows one token."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ReceivingHandler)
        self.batches: list[list[dict[str, Any]]] = []
        self.refusals = 1

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class ReceivingHandler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(gzip.decompress(self.rfile.read(int(self.headers["Content-Length"]))))
        if body["api_key"] != TOKEN:
            self._answer(401, b'{"detail": "unknown project"}')
        elif self.server.refusals:
            self.server.refusals -= 1
            self._answer(503, b'{"detail": "busy"}')
        else:
            self.server.batches.append(body["batch"])
            self._answer(200, b'{"status": "Ok"}')

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_all_events_arrive_once_though_the_server_was_busy(receiver: Receiver) -> None:
    summary = run_demo(receiver.address, TOKEN, days=20, people=60, until=UNTIL, progress=False)
    uuids = [event["uuid"] for batch in receiver.batches for event in batch]
    assert len(uuids) == len(set(uuids)) == summary.events > 500
    assert max(len(batch) for batch in receiver.batches) <= 1000
    assert receiver.refusals == 0


def test_an_unknown_project_key_is_told_at_once(receiver: Receiver) -> None:
    with pytest.raises(DemoError, match="unknown project"):
        run_demo(receiver.address, "phc_wrong", days=5, people=20, until=UNTIL, progress=False)
