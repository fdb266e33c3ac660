"""Which request is answered by what."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import structlog

from hedgerow.capture import ai, capture_v0, capture_v1, discarded, flags, health, polls, replay
from hedgerow.capture.errors import RequestError
from hedgerow.capture.http import (
    OK,
    Headers,
    Reply,
    Request,
    RequestHeaders,
    Scope,
    cors_headers,
    error_reply,
    json_reply,
    no_cors_headers,
    open_cors_headers,
    trusted_networks,
)
from hedgerow.capture.proxy import answer
from hedgerow.capture.remote_config import token_file
from hedgerow.capture.sdk_files import PATH as SDK_PATH
from hedgerow.capture.sdk_files import sdk_file, serve_file
from hedgerow.capture.service import Service

log = structlog.get_logger(__name__)

Handler = Callable[[Request, Service], Awaitable[Reply]]

GET = ("GET", "HEAD")
POST = ("POST",)
GET_AND_POST = ("GET", "POST")


class Route(NamedTuple):
    """An endpoint of capture's own."""

    handler: Handler
    methods: tuple[str, ...]
    preflight: Reply = OK
    cors: Callable[[RequestHeaders], Headers] = cors_headers


_FLAGS = Route(flags.flags, ("GET", "POST", "HEAD"), Reply(204, headers=[("allow", flags.ALLOWED)]))
_HEALTH = Route(health.health, GET, cors=no_cors_headers)
_READY = Route(health.ready, GET, cors=no_cors_headers)

ROUTES: dict[str, Route] = {
    "/e": Route(capture_v0.capture, GET_AND_POST),
    "/capture": Route(capture_v0.capture, GET_AND_POST),
    "/track": Route(capture_v0.capture, GET_AND_POST),
    "/engage": Route(capture_v0.engage, GET_AND_POST),
    "/batch": Route(capture_v0.capture, GET_AND_POST),
    "/i/v0/e": Route(capture_v0.capture, GET_AND_POST),
    "/i/v0/ai/batch": Route(capture_v0.ai_batch, POST),
    "/i/v0/ai": Route(ai.ai_event, POST),
    "/i/v1/analytics/events": Route(capture_v1.capture_v1, POST),
    "/i/v1/ai/events": Route(capture_v1.capture_v1, POST),
    "/i/v1/logs": Route(discarded.discard, POST),
    "/i/v1/metrics": Route(discarded.discard, POST),
    "/api/push_subscriptions": Route(discarded.discard, POST),
    "/report": Route(discarded.discard_report, POST),
    "/s": Route(replay.snapshots, GET_AND_POST),
    "/flags": _FLAGS,
    "/decide": _FLAGS,
    "/_health": _HEALTH,
    "/_liveness": _HEALTH,
    "/_ready": _READY,
    "/_readiness": _READY,
    "/metrics": Route(health.metrics, GET, cors=no_cors_headers),
    **{path: Route(polls.poll, GET) for path in polls.NOTHING},
}
"""By path without its trailing slash; every path answers with and without it."""

ALIASES = {"/flags/definitions": "/api/feature_flag/local_evaluation"}
"""Paths of the app's that SDKs know by another name."""

_TOKEN_FILE = re.compile(r"/array/([^/]+)/(config|config\.js|array\.js)/?")


class CaptureApplication:
    """The RSGI application of a capture process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._trusted = trusted_networks(service.settings)

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:
        """Answer one request."""
        request = Request(scope, protocol, self._service.settings, self._trusted)
        path = scope.path
        route = ROUTES.get(path)
        if route is None:
            path = path.rstrip("/")
            route = ROUTES.get(path)
        if route is None:
            path, route = self._file_route(path)
        if route is None:
            status = await self._service.app.forward(request, ALIASES.get(path))
            self._service.metrics.request("app", status)
            return
        reply = await self._reply(request, route)
        if request.method == "HEAD":
            reply = reply._replace(body=b"")
        answer(request, reply, route.cors(scope.headers))
        self._service.metrics.request(path, reply.status)

    def _file_route(self, path: str) -> tuple[str, Route | None]:
        """The route of a file of the SDK; the path is shortened to what is counted."""
        if path.startswith("/array/"):
            named = _TOKEN_FILE.fullmatch(path)
            if named:
                token, name = named.groups()
                return "/array", Route(lambda request, service: token_file(request, service, token, name), GET)
        elif path.startswith("/static/"):
            found = SDK_PATH.fullmatch(path)
            file = sdk_file(self._service.settings, found[1]) if found else None
            if file is not None:
                return "/static", Route(lambda request, service: serve_file(request, file), GET, cors=open_cors_headers)
        return path, None

    async def _reply(self, request: Request, route: Route) -> Reply:
        if request.method == "OPTIONS":
            return route.preflight
        if request.method not in route.methods:
            return _method_not_allowed(route)
        try:
            return await route.handler(request, self._service)
        except RequestError as error:
            return error_reply(error)
        except Exception as error:
            # Granian has no common public class for "the client went away" and "what it sent is not HTTP".
            if type(error).__name__.startswith("RSGI"):
                return error_reply(RequestError("the request body ended too early"))
            log.exception("a request could not be answered", path=request.path)
            body = {"type": "server_error", "code": "error", "detail": "A server error occurred.", "attr": None}
            return json_reply(body, 500)


def _method_not_allowed(route: Route) -> Reply:
    allowed = ", ".join(("GET, POST, OPTIONS, HEAD",) if route is _FLAGS else sorted({*route.methods, "OPTIONS"}))
    body = {"type": "invalid_request", "code": "method_not_allowed", "detail": "Method not allowed.", "attr": None}
    return json_reply(body, 405, [("allow", allowed)])
