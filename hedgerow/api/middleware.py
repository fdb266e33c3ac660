"""What applies to every request before a view sees it."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse

from hedgerow.api.errors import INVALID_REQUEST, ContentTooLarge, error_body

Handler = Callable[[HttpRequest], HttpResponse]

MAX_BODY = 20 * 1024 * 1024
CORS_PATHS = ("/api/", "/static/")
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": (
        "accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with, "
        "x-posthog-session-id, x-posthog-window-id, x-posthog-distinct-id"
    ),
    "Access-Control-Max-Age": "86400",
}


class SecureCookies:
    """Marks cookies as Secure in answers that travel by https, also when `site_url` does not say so."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response


class CrossOrigin:
    """Lets pages of any origin call the API with a key; cookies are never sent along, so nothing is given away."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, and a browser's question beforehand by itself."""
        if not request.path.startswith(CORS_PATHS) or "Origin" not in request.headers:
            return self.get_response(request)
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = HttpResponse()
        else:
            response = self.get_response(request)
        for name, value in CORS_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class BodyLimit:
    """Refuses bodies over 20 MiB, and requests whose host cannot be one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        length = request.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) > MAX_BODY:
            error = ContentTooLarge()
            body = error_body(INVALID_REQUEST, error.default_code, str(error.detail))
            return JsonResponse(body, status=error.status_code)
        try:
            request.get_host()
        except DisallowedHost:
            return JsonResponse(error_body(INVALID_REQUEST, "invalid_host", "Invalid host."), status=400)
        return self.get_response(request)
