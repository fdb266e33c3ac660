"""Errors as SCIM tells them: `{"schemas": […], "status": "404", "detail": "…"}`."""

from typing import Any

import structlog
from django.db import IntegrityError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from scim2_models import Error

log = structlog.get_logger(__name__)


class ScimProblem(exceptions.APIException):
    """What is asked for cannot be done; `scim_type` is a keyword for programs, such as `uniqueness`."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status_code = status
        self.scim_type = scim_type


def answer_to(error: Exception, context: dict[str, Any]) -> Response:
    """The answer to an exception that a view raised. What nobody expected is logged, and answered by a bare 500."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, IntegrityError):
        error = ScimProblem(409, "Somebody else has just made the same.", "uniqueness")
    if not isinstance(error, exceptions.APIException):
        request = context.get("request")
        log.error("scim_request_failed", path=getattr(request, "path", None), exc_info=error)
        error = exceptions.APIException("A server error occurred.")
    told = Error(
        status=error.status_code, detail=_first_detail(error.detail), scim_type=getattr(error, "scim_type", None)
    )
    headers = {"WWW-Authenticate": "Bearer"} if error.status_code == 401 else None
    return Response(told.model_dump(), status=error.status_code, headers=headers)


def _first_detail(detail: Any) -> str:
    while isinstance(detail, (list, dict)):
        detail = next(iter(detail.values() if isinstance(detail, dict) else detail), "")
    return str(detail)
