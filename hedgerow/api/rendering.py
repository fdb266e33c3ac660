"""Bodies: JSON in and out."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

import orjson
from django.utils.functional import Promise
from rest_framework import renderers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

MEDIA_TYPE = "application/json"
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z


class JSONParser(BaseParser):
    """Reads JSON; refuses what is not JSON, nested too deeply or not UTF-8 with 400 and the place of the error."""

    media_type = MEDIA_TYPE

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The parsed body. An empty one is an empty object."""
        body = stream.read()
        if not body.strip():
            return {}
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"JSON parse error - {error}") from error


class JSONRenderer(renderers.JSONRenderer):
    """Writes JSON in UTF-8; NaN and infinities become null, whole numbers of more than 64 bits floating ones.

    PostgreSQL gives those back for floating numbers as large as that.
    """

    media_type = MEDIA_TYPE
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The bytes of the body; none when there is no content."""
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=_encode, option=_OPTIONS)
        except orjson.JSONEncodeError:
            return orjson.dumps(_without_huge(data), default=_encode, option=_OPTIONS)


def _without_huge(value: Any) -> Any:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value)
    if isinstance(value, Mapping):
        return {key: _without_huge(each) for key, each in value.items()}
    return [_without_huge(each) for each in value] if isinstance(value, (list, tuple)) else value


def _encode(value: Any) -> Any:
    if isinstance(value, (Promise, UUID)):
        return str(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
