"""A real web server that notes what it was asked, for tests of requests that leave the server."""

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Receiver:
    """Answers on a free port of 127.0.0.1; with a `context` over TLS. `asked` are the paths of what came in."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.asked: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                receiver.asked.append(self.path)
                receiver.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer by what the path asks for."""
        kind, _, rest = request.path.strip("/").partition("/")
        if kind == "to":
            request.send_response(302)
            request.send_header("Location", rest)
            request.end_headers()
            return
        request.send_response(200)
        if kind == "packed":
            request.send_header("Content-Encoding", "gzip")
        if kind == "drip":
            request.end_headers()
            for _ in range(200):
                request.wfile.write(b".")
                time.sleep(0.02)
            return
        body = b"x" * int(rest) if kind == "long" else b"hello"
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
