"""How fresh a request wants results, and what it puts over the questions."""

from typing import Any

import orjson
from rest_framework.request import Request

from hedgerow.api.errors import ValidationError
from hedgerow.queries.request import Refresh

_MODES = {
    **{mode.value: mode.value for mode in Refresh},
    **dict.fromkeys(("", "false", "0", "none", "null"), Refresh.FORCE_CACHE.value),
    **dict.fromkeys(("true", "1"), Refresh.FORCE_BLOCKING.value),
}


def wanted_refresh(request: Request) -> str:
    """The mode of refreshing results: `refresh` of the query, or of the body of a write.

    Without it nothing is computed (`force_cache`); `true` computes anew (`force_blocking`). Raises ValidationError for
    what is no mode.
    """
    asked: Any = request.query_params.get("refresh")
    if asked is None and request.method != "GET" and isinstance(request.data, dict):
        asked = request.data.get("refresh")
    mode = _MODES.get(str(asked).lower())
    if mode is None:
        raise ValidationError(f'"{str(asked)[:100]}" is not a valid choice.', code="invalid_choice", attr="refresh")
    return mode


def wanted_override(request: Request, name: str) -> dict[str, Any] | None:
    """The JSON object in the parameter `name` of the query, if there is one. Raises ValidationError."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        override = orjson.loads(text)
    except orjson.JSONDecodeError:
        override = None
    if not isinstance(override, dict):
        raise ValidationError(f"Invalid JSON passed in {name} parameter", attr=name)
    return override
