"""A request as Granian hands it over, and the answer to it."""

import asyncio
import ipaddress
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl

import msgspec

from hedgerow.capture.errors import RequestError, StalledError, TooLargeError
from hedgerow.settings import Settings

Headers = list[tuple[str, str]]

_AT_ONCE = 64 * 1024
"""A body of at most this size is awaited whole; a larger one chunk by chunk, so that slow is not taken for stalled."""
_DRAIN_LIMIT = 4
"""How many times the limit of a body is read and thrown away, so that the sender gets to read the refusal."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RequestHeaders(Protocol):
    """Headers of a request; names in lower case."""

    def get(self, key: str, default: Any = None) -> Any:
        """One header."""

    def items(self) -> list[tuple[str, str]]:
        """All headers, repeated ones as often as they came."""


class Scope(Protocol):
    """What RSGI tells about a request."""

    proto: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: RequestHeaders


class Reply(NamedTuple):
    """An answer with its whole body."""

    status: int
    body: bytes = b""
    headers: Sequence[tuple[str, str]] = ()


OK = Reply(200, b'{"status":"Ok"}', [("content-type", "application/json")])
"""What a sender of events waits for; SDKs take hardly any other answer for a success."""
NO_CONTENT = Reply(204)


def json_reply(document: Any, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """An answer in JSON."""
    return Reply(status, msgspec.json.encode(document), [("content-type", "application/json"), *headers])


def error_reply(error: RequestError) -> Reply:
    """The answer to a request that is refused."""
    headers = [("retry-after", str(error.retry_after))] if error.retry_after else []
    if error.closes:
        headers.append(("connection", "close"))
    return json_reply(error.body(), error.status, headers)


class Request:
    """One HTTP request."""

    def __init__(self, scope: Scope, protocol: Any, settings: Settings, trusted: Sequence[Network]) -> None:
        """`protocol` is Granian's; `trusted` are the networks of proxies whose headers are believed."""
        self.method = scope.method
        self.path = scope.path
        self.headers = scope.headers
        self.query_string = scope.query_string
        self.protocol = protocol
        self.query: dict[str, str] = {}
        """The query's fields; of repeated ones the last."""
        if self.query_string:
            self.query = dict(parse_qsl(self.query_string, keep_blank_values=True, errors="replace"))
        self.peer = _without_port(scope.client)
        """Address of the other end of the connection, without its port."""
        self.from_trusted_proxy = bool(trusted) and _is_in(self.peer, trusted)
        """Whether the other end is a proxy whose word is taken for the client's address."""
        self._scheme = scope.scheme
        self._settings = settings

    @property
    def client_ip(self) -> str:
        """Address of the client, empty when unknown."""
        if self.from_trusted_proxy:
            forwarded = self.headers.get("x-forwarded-for", "").partition(",")[0].strip()
            if forwarded:
                address = _without_port(forwarded)
                return address if _is_address(address) else ""
        return self.peer

    @property
    def scheme(self) -> str:
        """`http` or `https`, as the client used it."""
        forwarded = self.headers.get("x-forwarded-proto", "") if self.from_trusted_proxy else ""
        return forwarded if forwarded in ("http", "https") else self._scheme

    async def read_body(self, limit: int) -> bytes:
        """The whole body.

        Raises `TooLargeError` when it is over `limit` bytes, `StalledError` when the client stops in the middle,
        `RequestError` when it goes away.
        """
        length = self.headers.get("content-length")
        declared = int(length) if length is not None and length.isascii() and length.isdigit() else None
        if declared is not None and declared <= min(limit, _AT_ONCE):
            try:
                async with asyncio.timeout(self._settings.body_timeout):
                    body: bytes = await self.protocol()
                    return body
            except TimeoutError:
                raise StalledError from None
        chunks: list[bytes] = []
        size = 0
        async for chunk in self.read_chunks():
            size += len(chunk)
            if size > limit * _DRAIN_LIMIT:
                break
            if size > limit:
                chunks.clear()
            else:
                chunks.append(chunk)
        if size > limit:
            raise TooLargeError("the body", limit)
        if declared is not None and size != declared:
            raise RequestError("the request body ended too early")
        return b"".join(chunks)

    async def read_chunks(self) -> Any:
        """The body's chunks as they arrive. Raises `StalledError`."""
        chunks = aiter(self.protocol)
        while True:
            try:
                async with asyncio.timeout(self._settings.body_timeout):
                    chunk = await anext(chunks)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise StalledError from None
            yield chunk


def no_cors_headers(headers: RequestHeaders) -> Headers:
    """For what pages of other origins have no business with."""
    return []


def open_cors_headers(headers: RequestHeaders) -> Headers:
    """What lets a page of any origin load a public file; no credentials."""
    return [("access-control-allow-origin", "*")]


def cors_headers(headers: RequestHeaders) -> Headers:
    """What lets a page of any origin send to us and read the answer; nothing without an `Origin`."""
    origin = headers.get("origin")
    if origin is None:
        return []
    allowed = [
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        ("vary", "Origin"),
    ]
    requested = headers.get("access-control-request-headers")
    if requested is not None:
        allowed.append(("access-control-allow-headers", requested))
    return allowed


def trusted_networks(settings: Settings) -> list[Network]:
    """The networks of `settings.trusted_proxies`. Raises `ValueError` for one that is none."""
    return [ipaddress.ip_network(network, strict=False) for network in settings.trusted_proxies]


def _without_port(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
