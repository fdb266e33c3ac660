"""Real HTTP servers that messages are sent to: they keep what arrives and answer as a test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class Arrived:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Listener:
    """What arrived, in order. While `held` is set, requests are kept but not answered."""

    def __init__(self, reply: Callable[["Listener", Arrived], Reply]) -> None:
        self.reply = reply
        self.arrived: list[Arrived] = []
        self.held = threading.Event()
        self.released = threading.Event()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Arrived(self.path, headers, body)
                listener.arrived.append(request)
                while listener.held.is_set():
                    listener.released.wait(0.02)
                status, answer = listener.reply(listener, request)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def handle(self) -> None:
                """A sender that was killed has no answer to read."""
                try:
                    super().handle()
                except ConnectionError:
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def keys(self) -> list[str]:
        """The idempotency keys in the order of arrival."""
        return [request.headers["idempotency-key"] for request in self.arrived]


@contextmanager
def listening(reply: Callable[[Listener, Arrived], Reply]) -> Iterator[Listener]:
    """A running server on a free port."""
    listener = Listener(reply)
    thread = threading.Thread(target=listener.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.held.clear()
        listener.server.shutdown()
        listener.server.server_close()


def thanks(listener: Listener, request: Arrived) -> Reply:
    """What a webhook's receiver answers."""
    return 200, {"ok": True}


def slack(listener: Listener, request: Arrived) -> Reply:
    """What Slack answers to `chat.postMessage`."""
    assert request.path == "/api/chat.postMessage"
    return 200, {"ok": True, "channel": "C1", "ts": f"1700000000.{len(listener.arrived):06}"}
