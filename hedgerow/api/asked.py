"""Reading what a request asks for."""

from typing import Any

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from hedgerow.api.errors import ValidationError

LONGEST_WHOLE = 18
"""Digits of a whole number; longer ones do not fit a column."""

_YES = ("1", "true", "True")


def is_whole(text: str) -> bool:
    """Whether a text is a whole number, such as the id of a row: digits alone, and no more than fit a column."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_WHOLE


def is_on(request: Request, name: str) -> bool:
    """Whether a switch is on in the query: `1`, `true` or `True`."""
    return request.query_params.get(name) in _YES


def checked(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    """The fields a serializer was given, as it checked them. Raises ValidationError."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def object_body(request: Request) -> dict[str, Any]:
    """The body, which has to be an object. Raises ValidationError."""
    if not isinstance(request.data, dict):
        raise ValidationError("Expected an object.")
    return dict(request.data)


def body_if_readable(request: Request) -> Any:
    """What the request's body says; None where it cannot be read, which the view says once the caller is let in."""
    try:
        return request.data
    except ParseError as error:
        request.unreadable = error  # type: ignore[attr-defined]
    except UnsupportedMediaType:
        pass  # raised again by whoever reads the body
    return None
