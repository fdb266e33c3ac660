"""One AI event as a form of several parts, `/i/v0/ai`: the event, its properties, and large values apart.

The parts are `event` (JSON without properties), `event.properties` (JSON) and any number of `event.properties.<name>`,
whose content becomes that property: JSON and text as such, anything else as base64.
"""

import base64
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from functools import partial
from typing import Any

import msgspec

from hedgerow.capture import json_text, timestamps
from hedgerow.capture.capture_v0 import take_events
from hedgerow.capture.decoding import gunzip
from hedgerow.capture.errors import RequestError
from hedgerow.capture.http import OK, Reply, Request
from hedgerow.capture.intake import Intake
from hedgerow.capture.service import Service
from hedgerow.capture.tokens import project_of
from hedgerow.capture.wire import parse_body

_PROPERTIES = "event.properties"


async def ai_event(request: Request, service: Service) -> Reply:
    """Take one event of several parts."""
    received_at = timestamps.now()
    body = await service.read_body(request, service.settings.replay_max_body)
    intake = await service.work(len(body), partial(_take_in, body, request, service, received_at))
    await service.store(intake, "live")
    return OK


def _take_in(body: bytes, request: Request, service: Service, received_at: int) -> Intake:
    if body.startswith(b"\x1f\x8b\x08"):
        body = gunzip(body, service.settings.replay_max_body)
    document = _document(body, request.headers.get("content-type", ""))
    wire = parse_body(msgspec.json.encode(document))
    scheme, _, bearer = request.headers.get("authorization", "").strip().partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else wire.token
    # A large value is what this endpoint is for: the whole may be as large as the body.
    intake = Intake(project_of(token, service.projects), request.client_ip, received_at, 2 * len(body) + 4096)
    take_events(wire, None, intake)
    return intake


def _document(body: bytes, content_type: str) -> dict[str, Any]:
    """The event put together from its parts. Raises `RequestError`."""
    if not content_type.lower().startswith("multipart/"):
        raise RequestError("failed to decode request: expected multipart/form-data")
    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(EmailMessage, policy=HTTP).parsebytes(head + body)
    event: dict[str, Any] | None = None
    properties: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            continue
        if name == "event":
            event = _object(content, name)
        elif name == _PROPERTIES:
            properties = _object(content, name)
        elif name.startswith(_PROPERTIES + "."):
            values[name.removeprefix(_PROPERTIES + ".")] = _value(content, part.get_content_type())
    if event is None:
        raise RequestError("failed to parse request: the part `event` is missing")
    inner = event.get("properties")
    return {**event, "properties": {**(inner if isinstance(inner, dict) else {}), **properties, **values}}


def _object(content: bytes, name: str) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(json_text.mend(content))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise RequestError(f"failed to parse request: the part `{name}` must be a JSON object")
    return document


def _value(content: bytes, content_type: str) -> Any:
    if content_type == "application/json":
        try:
            return msgspec.json.decode(json_text.mend(content))
        except (ValueError, RecursionError):
            return content.decode("utf-8", "replace")
    if content_type.startswith("text/"):
        return content.decode("utf-8", "replace")
    return base64.b64encode(content).decode()
