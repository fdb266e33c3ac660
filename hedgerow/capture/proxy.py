"""Everything that is not capture's own goes to the app, over HTTP on its Unix socket, streamed both ways."""

from collections.abc import AsyncIterator
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import structlog

from hedgerow.capture.errors import RequestError, UnavailableError
from hedgerow.capture.http import Headers, Reply, Request, error_reply

log = structlog.get_logger(__name__)

_HOP_BY_HOP = frozenset(
    (
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    )
)  # fmt: skip
_FORWARDED = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip"}
)
_PATH_SAFE = "/:@!$&'()*+,;=~-._"


class AppProxy:
    """Hands requests on to the app."""

    def __init__(self, app_socket: Path) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                uds=str(app_socket),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=8, keepalive_expiry=30),
            ),
            base_url="http://app",
            # How long an answer may take is the app's affair; connecting to a local socket is not.
            timeout=httpx.Timeout(None, connect=5.0),
            # A cookie belongs to the client it was set for; kept here, it would sign in everybody else.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            follow_redirects=False,
        )

    async def close(self) -> None:
        """Close the connections to the app."""
        await self._client.aclose()

    async def get(self, path: str) -> Reply | None:
        """Ask the app for a page on behalf of capture itself; None when the app cannot be reached."""
        try:
            response = await self._client.get(path, timeout=5.0)
        except httpx.HTTPError:
            return None
        return Reply(response.status_code, response.content, _answer_headers(response))

    async def forward(self, request: Request, path: str | None = None) -> int:
        """Let the app answer a request, at another `path` if given; gives the status."""
        try:
            response = await self._client.send(self._request(request, path or request.path), stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return answer(request, error_reply(UnavailableError()))
        except httpx.HTTPError as error:
            log.warning("the app did not answer", path=request.path, reason=repr(error))
            return answer(request, error_reply(UnavailableError()))
        except RequestError as error:  # the client's body stalled
            return answer(request, error_reply(error))
        try:
            await _pass_on(request, response)
        finally:
            await response.aclose()
        return response.status_code

    def _request(self, request: Request, path: str) -> httpx.Request:
        path = quote(path, safe=_PATH_SAFE)
        headers = request.headers
        has_body = headers.get("content-length") is not None or headers.get("transfer-encoding") is not None
        return self._client.build_request(
            request.method,
            httpx.URL("http://app").copy_with(
                raw_path=(f"{path}?{request.query_string}" if request.query_string else path).encode("utf-8", "replace")
            ),
            headers=_request_headers(request),
            content=_body(request) if has_body else None,
        )


def answer(request: Request, reply: Reply, extra_headers: Headers | None = None) -> int:
    """Send an answer whose body is at hand; gives its status. A client that went away is no error."""
    headers = [*reply.headers, *(extra_headers or ())]
    with suppress(RuntimeError):
        if reply.body:
            request.protocol.response_bytes(reply.status, headers, reply.body)
        else:
            request.protocol.response_empty(reply.status, headers)
    return reply.status


def _request_headers(request: Request) -> Headers:
    passed = [
        (name, value)
        for name, value in request.headers.items()
        if name not in _HOP_BY_HOP and name not in _FORWARDED and name != "expect"
    ]
    host = request.headers.get("host", "")
    if request.from_trusted_proxy:
        host = request.headers.get("x-forwarded-host", host)
    return [
        *passed,
        ("x-forwarded-for", request.client_ip),
        ("x-forwarded-proto", request.scheme),
        ("x-forwarded-host", host),
    ]


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.read_chunks():
        yield bytes(chunk)


async def _pass_on(request: Request, response: httpx.Response) -> None:
    """Stream the app's answer to the client."""
    headers = _answer_headers(response)
    try:
        if request.method == "HEAD" or response.status_code in (204, 304):
            request.protocol.response_empty(response.status_code, headers)
            return
        transport: Any = request.protocol.response_stream(response.status_code, headers)
        async for chunk in response.aiter_raw():
            await transport.send_bytes(chunk)
    except RuntimeError:  # the client is gone, nobody is left to tell
        return
    except httpx.HTTPError as error:
        log.warning("the app's answer broke off", path=request.path, reason=repr(error))


def _answer_headers(response: httpx.Response) -> Headers:
    return [
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in response.headers.raw
        if name.decode("latin-1").lower() not in _HOP_BY_HOP
    ]
