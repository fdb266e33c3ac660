"""Errors in the API's one shape: `{"type", "code", "detail", "attr"}`.

Views raise REST framework's exceptions, or those below; `exception_handler` turns them into the body. Only the first
error of a failed validation is told. What nobody expected is logged with its trace and answered by a bare 500.
"""

import math
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions, status
from rest_framework.response import Response

logger = structlog.get_logger(__name__)

VALIDATION_ERROR = "validation_error"
INVALID_REQUEST = "invalid_request"
AUTHENTICATION_ERROR = "authentication_error"
THROTTLED_ERROR = "throttled_error"
SERVER_ERROR = "server_error"

NotFound = exceptions.NotFound
NotAuthenticated = exceptions.NotAuthenticated
AuthenticationFailed = exceptions.AuthenticationFailed


class ValidationError(exceptions.ValidationError):
    """A value that cannot be accepted (400), at the field `attr`; `extra` is added to the body."""

    def __init__(
        self, detail: str, code: str = "invalid_input", attr: str | None = None, extra: dict[str, Any] | None = None
    ) -> None:
        super().__init__({attr: [detail]} if attr else [detail], code=code)
        self.extra = extra


class PermissionDenied(exceptions.PermissionDenied):
    """The caller may not do this (403)."""


class Conflict(exceptions.APIException):
    """What is asked for cannot be done in the present state (409)."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"
    default_detail = "Conflict."


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to an exception that a view raised; never None, so that no exception leaves a view."""
    if isinstance(error, Http404):
        error = NotFound(str(error.args[0]) if error.args and isinstance(error.args[0], str) else None)
    elif isinstance(error, DjangoPermissionDenied):
        error = PermissionDenied(*error.args)
    if not isinstance(error, exceptions.APIException):
        request = context.get("request")
        logger.error(
            "request_failed",
            method=getattr(request, "method", None),
            path=getattr(request, "path", None),
            exc_info=error,
        )
        return Response(
            error_body(SERVER_ERROR, "error", "A server error occurred."), status=status.HTTP_500_INTERNAL_SERVER_ERROR
        )
    code, detail, attr = _first_error(error)
    wait = _wait_seconds(error)
    if wait is not None:
        detail = f"Request was throttled. Expected available in {wait} second{'' if wait == 1 else 's'}."
    body = error_body(_error_type(error), code, detail, attr)
    extra = getattr(error, "extra", None)
    if extra:
        body["extra"] = extra
    return Response(body, status=error.status_code, headers=_headers(error))


def error_body(error_type: str, code: str, detail: str, attr: str | None = None) -> dict[str, Any]:
    """The four keys every error has."""
    return {"type": error_type, "code": code, "detail": detail, "attr": attr}


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The answer to a path under `/api/` that leads nowhere."""
    return JsonResponse(error_body(INVALID_REQUEST, "not_found", "Endpoint not found."), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer when something outside of a view failed."""
    return JsonResponse(error_body(SERVER_ERROR, "error", "A server error occurred."), status=500)


def _error_type(error: exceptions.APIException) -> str:
    if isinstance(error, exceptions.ValidationError):
        return VALIDATION_ERROR
    if isinstance(error, exceptions.Throttled):
        return THROTTLED_ERROR
    if error.status_code in (status.HTTP_401_UNAUTHORIZED, status.HTTP_403_FORBIDDEN):
        return AUTHENTICATION_ERROR
    if error.status_code >= status.HTTP_500_INTERNAL_SERVER_ERROR or error.status_code == status.HTTP_409_CONFLICT:
        return SERVER_ERROR
    return INVALID_REQUEST


def _first_error(error: exceptions.APIException) -> tuple[str, str, str | None]:
    """Code, detail and field (nested names joined by `__`) of the first thing that is wrong."""
    where: list[str] = []
    detail: Any = error.detail
    while isinstance(detail, (dict, list)):
        if isinstance(detail, dict):
            key, detail = next(iter(detail.items()))
            where.append(str(key))
        else:
            index, detail = next((i, item) for i, item in enumerate(detail) if item)
            if isinstance(detail, (dict, list)):
                where.append(str(index))
    code = getattr(detail, "code", None) or "error"
    attr = "__".join(part for part in where if part != "non_field_errors")
    return ("invalid_input" if code == "invalid" else code), str(detail), attr or None


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers: dict[str, str] = {}
    challenge = getattr(error, "auth_header", None)
    if challenge:
        headers["WWW-Authenticate"] = challenge
    wait = _wait_seconds(error)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return headers


def _wait_seconds(error: Exception) -> int | None:
    wait = getattr(error, "wait", None)
    return None if wait is None else math.ceil(wait)
