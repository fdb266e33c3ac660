"""`/flags` and `/decide`: which feature flags apply to a person. No flags can be set up yet, so none do."""

from typing import Any
from uuid import UUID

import msgspec
from uuid_utils import uuid7

from hedgerow.capture import json_text, timestamps
from hedgerow.capture.decoding import decode_body
from hedgerow.capture.errors import RequestError, TokenError
from hedgerow.capture.http import Reply, Request, json_reply
from hedgerow.capture.remote_config import config_for_flags
from hedgerow.capture.service import Service

ALLOWED = "GET, POST, OPTIONS, HEAD"


async def flags(request: Request, service: Service) -> Reply:
    """The flags of a person, in the version of the answer the SDK asks for."""
    if request.method != "POST":
        return json_reply(
            {
                "supportedCompression": ["gzip", "gzip-js"],
                "config": {"enable_collect_everything": True},
                "toolbarParams": {},
                "isAuthenticated": False,
                "sessionRecording": False,
            }
        )
    body = _parse(await request.read_body(service.settings.capture_max_body), request, service)
    token = _first(body, "token", "api_key", "$token")
    if not isinstance(token, str) or not token.strip():
        raise TokenError("No API token provided. Please include a valid API token in your request.")
    project = service.projects.find(token.strip())
    if project is None:
        raise TokenError("The provided API key is invalid or has expired. Please check your API key and try again.")
    if body.get("disable_flags") is not True and _first(body, "distinct_id", "$distinct_id") is None:
        raise RequestError("The distinct_id field is missing from the request. Please include a valid identifier.")
    is_decide = request.path.startswith("/decide")
    config = is_decide or _flag(request.query.get("config"))
    if not is_decide and "v" not in request.query and "config" not in request.query:
        version, config = 2, True
    else:
        version = _version(request.query.get("v"))
    answer: dict[str, Any] = {
        **_no_flags(version, is_decide=is_decide),
        "errorsWhileComputingFlags": False,
        "requestId": _request_id(request.headers.get("x-request-id")),
        "evaluatedAt": timestamps.now() // 1000,
    }
    if config:
        answer |= config_for_flags(project)
    return json_reply(answer)


def _no_flags(version: int, *, is_decide: bool) -> dict[str, Any]:
    if version >= (4 if is_decide else 2):
        return {"flags": {}}
    if is_decide and version == 1:
        return {"featureFlags": []}
    if is_decide and version == 2:
        return {"featureFlags": {}}
    return {"featureFlags": {}, "featureFlagPayloads": {}}


def _parse(body: bytes, request: Request, service: Service) -> dict[str, Any]:
    """The body as an object; an empty one when nothing was sent."""
    if not body and not request.query.get("data"):
        return {}
    text = decode_body(
        body,
        request.query,
        request.headers.get("content-type", ""),
        request.headers.get("content-encoding", ""),
        service.settings.capture_max_body,
        lenient=True,
    )
    try:
        document = msgspec.json.decode(json_text.mend(text))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise RequestError("Failed to decode request: invalid JSON. Please check your request format and try again.")
    return document


def _first(body: dict[str, Any], *names: str) -> Any:
    return next((body[name] for name in names if body.get(name) is not None), None)


def _flag(text: str | None) -> bool:
    return text is not None and text.strip().lower() in ("true", "1", "")


def _version(text: str | None) -> int:
    try:
        return int(text) if text else 1
    except ValueError:
        return 1


def _request_id(text: str | None) -> str:
    try:
        return str(UUID(text or ""))
    except ValueError:
        return str(uuid7())
