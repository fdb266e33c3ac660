"""Which request is answered by what."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import structlog

from hedgerow.capture import endpoints
from hedgerow.capture.errors import RequestError
from hedgerow.capture.http import Reply, Request, Scope, cors_headers, error_reply, json_reply, trusted_networks
from hedgerow.capture.proxy import AppProxy, answer
from hedgerow.capture.service import Service

log = structlog.get_logger(__name__)

Handler = Callable[[Request, Service], Awaitable[Reply]]


class Route(NamedTuple):
    """An endpoint of capture's own."""

    handler: Handler
    methods: frozenset[str]


GET = frozenset({"GET", "HEAD"})
POST = frozenset({"POST"})
GET_AND_POST = frozenset({"GET", "POST"})

ROUTES: dict[str, Route] = {
    "/e": Route(endpoints.capture, GET_AND_POST),
    "/capture": Route(endpoints.capture, GET_AND_POST),
    "/track": Route(endpoints.capture, GET_AND_POST),
    "/engage": Route(endpoints.engage, GET_AND_POST),
    "/batch": Route(endpoints.capture, GET_AND_POST),
    "/i/v0/e": Route(endpoints.capture, GET_AND_POST),
    "/i/v0/ai/batch": Route(endpoints.capture, POST),
}
"""By path without its trailing slash; every path answers with and without it."""


class CaptureApplication:
    """The RSGI application of a capture process."""

    def __init__(self, service: Service, proxy: AppProxy) -> None:
        self._service = service
        self._proxy = proxy
        self._trusted = trusted_networks(service.settings)

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:
        """Answer one request."""
        request = Request(scope, protocol, self._service.settings, self._trusted)
        path = scope.path
        route = ROUTES.get(path) or ROUTES.get(path.rstrip("/"))
        if route is None:
            self._service.metrics.request("app", await self._proxy.forward(request))
            return
        reply = await self._reply(request, route)
        answer(request, reply, cors_headers(scope.headers))
        self._service.metrics.request(path.rstrip("/"), reply.status)

    async def _reply(self, request: Request, route: Route) -> Reply:
        if request.method not in route.methods:
            if request.method == "OPTIONS":
                return json_reply({"status": "Ok"})
            return _method_not_allowed(route)
        try:
            return await route.handler(request, self._service)
        except RequestError as error:
            return error_reply(error)
        except RuntimeError as error:
            if type(error).__name__.startswith("RSGI"):  # the client went away, or sent no HTTP
                return error_reply(RequestError("the request body ended too early"))
            raise


def _method_not_allowed(route: Route) -> Reply:
    allowed = ", ".join(sorted({*route.methods, "OPTIONS"}))
    body = {"type": "invalid_request", "code": "method_not_allowed", "detail": "Method not allowed.", "attr": None}
    return json_reply(body, 405, [("allow", allowed)])
