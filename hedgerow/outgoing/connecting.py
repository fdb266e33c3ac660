"""HTTP to addresses that people name: each connection goes to an address that was checked, and to no other.

A name is resolved once for each connection, all its addresses are checked, and the connection is made to one of them,
so that an answer that changes between the check and the connection gains nothing. TLS is checked against the name.
Redirects are not followed unless asked for, and each is a connection like any other. Proxies of the environment are
not used.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from hedgerow.outgoing.addresses import RefusedAddress, Resolve, allowed_addresses, checked_form, resolve

SECONDS = 10.0
"""How long a request may take with its answer, if nothing else is said."""
MOST_BYTES = 1024 * 1024
"""How long an answer may be with its head, if nothing else is said."""
MOST_REDIRECTS = 5

_PIECE = 64 * 1024
_SocketOptions = Iterable[Any]


def client(
    *,
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
    follow_redirects: bool = False,
    resolve: Resolve = resolve,
    verify: ssl.SSLContext | None = None,
) -> httpx.Client:
    """A client for URLs that people gave. Its requests raise RefusedAddress beside what those of httpx raise.

    A request that takes longer in all than `seconds` raises `httpx.TimeoutException`, an answer longer than
    `most_bytes` `httpx.ReadError`. Answers are given as they came, not unpacked.
    """
    return httpx.Client(
        transport=_CheckedTransport(_CheckedBackend(resolve, seconds, most_bytes), verify),
        timeout=seconds,
        follow_redirects=follow_redirects,
        max_redirects=MOST_REDIRECTS,
        headers={"Accept-Encoding": "identity"},
        trust_env=False,
    )


class _CheckedTransport(httpx.HTTPTransport):
    """Sends requests over the connections of a backend of ours."""

    def __init__(self, backend: httpcore.NetworkBackend, verify: ssl.SSLContext | None) -> None:
        context = verify or httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        # httpx has no parameter for it. A connection is used once, as its limits are those of one request.
        self._pool = httpcore.ConnectionPool(ssl_context=context, max_keepalive_connections=0, network_backend=backend)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request. Raises RefusedAddress for a URL that may not be opened."""
        checked_form(str(request.url))
        response = super().handle_request(request)
        response.headers.pop("content-encoding", None)  # a few bytes can unpack to any number of them
        return response


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, resolve: Resolve, seconds: float, most_bytes: int) -> None:
        self._resolve, self._seconds, self._most_bytes = resolve, seconds, most_bytes
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the host that answers. Raises RefusedAddress."""
        limits = _Limits(time.monotonic() + self._seconds, self._most_bytes)
        failure: Exception = RefusedAddress("Could not resolve host")
        for address in allowed_addresses(host, port, self._resolve):
            try:
                stream = self._sockets.connect_tcp(
                    address, port, limits.time_left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _LimitedStream(stream, limits)
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: _SocketOptions | None = None
    ) -> httpcore.NetworkStream:
        """Nobody outside is reached by one. Raises RefusedAddress."""
        raise RefusedAddress("Local/Loopback host not allowed")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._sockets.sleep(seconds)


class _Limits:
    """What is left of the time and the bytes of one connection."""

    def __init__(self, ends_at: float, bytes_left: int) -> None:
        self._ends_at, self._bytes_left = ends_at, bytes_left

    def time_left(self, timeout: float | None) -> float:
        """Seconds the next step may take. Raises httpcore's ReadTimeout when there are none left."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The request took too long.")
        return left if timeout is None else min(left, timeout)

    def count(self, received: bytes) -> bytes:
        """What was received. Raises httpcore's ReadError when it is too much."""
        self._bytes_left -= len(received)
        if self._bytes_left < 0:
            raise httpcore.ReadError("The answer is too long.")
        return received


class _LimitedStream(httpcore.NetworkStream):
    """A connection within limits: a server that sends a byte now and then does not hold us."""

    def __init__(self, stream: httpcore.NetworkStream, limits: _Limits) -> None:
        self._stream, self._limits = stream, limits

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes."""
        return self._limits.count(self._stream.read(max_bytes, self._limits.time_left(timeout)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send these, piece by piece, as the time counts for each piece by itself."""
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], self._limits.time_left(timeout))

    def close(self) -> None:
        """End it."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted."""
        secured = self._stream.start_tls(ssl_context, server_hostname, self._limits.time_left(timeout))
        return _LimitedStream(secured, self._limits)

    def get_extra_info(self, info: str) -> Any:
        """What is known of the socket."""
        return self._stream.get_extra_info(info)
