"""What applies to every request before a view sees it."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse

from hedgerow.api.errors import INVALID_REQUEST, error_body

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


class RequestGuard:
    """Takes the caller's address from capture, and refuses what no view could make sense of.

    That is: bodies over 20 MiB, hosts that cannot be one, and null characters in the path or query, which no store
    keeps.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if address := request.headers.get("X-Forwarded-For"):
            request.META["REMOTE_ADDR"] = address.split(",")[0].strip()
        length = request.headers.get("Content-Length") or "0"
        if length.isdecimal() and int(length) > MAX_BODY:
            return _refusal(413, "payload_too_large", "Request body is too large.")
        try:
            request.get_host()
        except DisallowedHost:
            return _refusal(400, "invalid_host", "Invalid host.")
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return _refusal(400, "null_characters_not_allowed", "Null characters are not allowed.")
        return self.get_response(request)


def _refusal(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse(error_body(INVALID_REQUEST, code, detail), status=status)
