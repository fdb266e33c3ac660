"""Errors in the API's one shape: `{"type", "code", "detail", "attr"}`.

Views raise REST framework's exceptions, or those below; `exception_handler` turns them into the body. Only the first
error of a failed validation is told. What nobody expected is logged with its trace and answered by a bare 500.
"""

import math
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions, status
from rest_framework.response import Response

from hedgerow.eventstore.errors import EventStoreUnavailable

logger = structlog.get_logger(__name__)

VALIDATION_ERROR = "validation_error"
INVALID_REQUEST = "invalid_request"
AUTHENTICATION_ERROR = "authentication_error"
THROTTLED_ERROR = "throttled_error"
SERVER_ERROR = "server_error"

NotFound = exceptions.NotFound
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


class Unavailable(exceptions.APIException):
    """A store cannot be reached or is too busy at the moment (503); the same request may work a little later."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = "The server cannot answer at the moment. Try again."
    wait = 1


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to an exception that a view raised; never None, so that no exception leaves a view."""
    known = _as_api_exception(error)
    if known is not error and not isinstance(known, (NotFound, PermissionDenied)):
        request = context.get("request")
        method, path = getattr(request, "method", None), getattr(request, "path", None)
        logger.error("request_failed", method=method, path=path, exc_info=error)
    code, detail, attr = _first_error(known)
    wait = _wait_seconds(known)
    if isinstance(known, exceptions.Throttled) and wait is not None:
        detail = f"Request was throttled. Expected available in {wait} second{'' if wait == 1 else 's'}."
    body = error_body(_error_type(known), code, detail, attr)
    extra = getattr(known, "extra", None)
    if extra:
        body["extra"] = extra
    return Response(body, status=known.status_code, headers=_headers(known))


def error_body(error_type: str, code: str, detail: str, attr: str | None = None) -> dict[str, Any]:
    """The four keys every error has."""
    return {"type": error_type, "code": code, "detail": detail, "attr": attr}


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The answer to a path under `/api/` that leads nowhere."""
    return JsonResponse(error_body(INVALID_REQUEST, "not_found", "Endpoint not found."), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer when something outside of a view failed."""
    return JsonResponse(error_body(SERVER_ERROR, "error", "A server error occurred."), status=500)


def _as_api_exception(error: Exception) -> exceptions.APIException:
    """What is told about an exception: itself if it was raised to be told, nothing of its inside otherwise."""
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, DjangoPermissionDenied):
        return PermissionDenied()
    if isinstance(error, IntegrityError):
        return Conflict("This conflicts with what another request has just changed. Try again.")
    if isinstance(error, (OperationalError, EventStoreUnavailable)):
        return Unavailable()
    return exceptions.APIException("A server error occurred.", code="error")


def _error_type(error: exceptions.APIException) -> str:
    declared: str | None = getattr(error, "error_type", None)
    if declared is not None:
        return declared
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
