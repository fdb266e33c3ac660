"""The newer capture endpoint, `/i/v1/analytics/events`: a result for every event of a batch."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import orjson

from hedgerow.capture import json_text, timestamps
from hedgerow.capture.decoding import expand, gunzip
from hedgerow.capture.errors import RequestError, TooLargeError
from hedgerow.capture.http import Reply, Request, error_reply, json_reply
from hedgerow.capture.intake import Event, EventTooLargeError, Intake
from hedgerow.capture.projects import PublishedProject
from hedgerow.capture.service import Service
from hedgerow.capture.tokens import token_fault
from hedgerow.capture.wire import MAX_NAME
from hedgerow.spool.segments import Lane

_SHARED_ANY_CASE = frozenset(
    (
        "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email", "undefined", "true",
        "false", "system", "user", "backend", "anonymous-user", "00000000-0000-0000-0000-000000000000",
    )
)  # fmt: skip
_SHARED_EXACT = frozenset({"[object Object]", "NaN", "None", "none", "null", "0", ""})

_DISCARDED = {"$performance_event": "dropped_performance_event", "$snapshot": "recording_at_wrong_endpoint"}
"""Events that are not stored, with what the sender is told."""

_REQUIRED_HEADERS = (
    "PostHog-Sdk-Info",
    "PostHog-Attempt",
    "PostHog-Request-Id",
    "PostHog-Request-Timestamp",
    "Content-Type",
    "User-Agent",
)
_TAGS = {401: "invalid_api_token", 408: "request_timeout", 413: "payload_too_large", 503: "service_unavailable"}
_RETRY_AFTER = (408, 500, 503, 504)


class V1Error(RequestError):
    """A request that is refused as a whole, in this endpoint's own shape."""

    def __init__(self, status: int, tag: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.tag = tag
        self.retry_after = 1 if status in _RETRY_AFTER else None

    def body(self) -> dict[str, Any]:
        """The tag and its description."""
        return {"error": self.tag, "error_description": str(self), "error_uri": "https://posthog.com/docs/api"}


class _Headers(msgspec.Struct):
    token: str
    request_id: str
    sent_at: int
    library: tuple[str, str] | None
    encoding: str


class _V1Event(msgspec.Struct, omit_defaults=True):
    """An event as sent; what is wrong in one event must not spoil the others, so all is taken as it is."""

    event: Any = None
    uuid: Any = None
    distinct_id: Any = None
    timestamp: Any = None
    session_id: Any = None
    window_id: Any = None
    options: Any = None
    properties: msgspec.Raw = msgspec.Raw(b"{}")


class _V1Body(msgspec.Struct):
    batch: list[_V1Event]
    created_at: Any = None
    historical_migration: bool | None = None


class _DropError(Exception):
    """This event is not stored; the text is the tag of the reason."""


async def capture_v1(request: Request, service: Service) -> Reply:
    """Take a batch in; the answer has a result for every uuid."""
    received_at = timestamps.now()
    request_id = request.headers.get("posthog-request-id", "")
    echo = [("posthog-request-id", request_id)] if _is_uuid(request_id) else []
    try:
        headers = _headers(request)
        project = _project(headers.token, service)
        body = await service.read_body(request, service.settings.capture_max_body)
        read = partial(_take_in, body, headers, project, request, service, received_at)
        intake, lane, results = await service.work(len(body), read)
        await service.store(intake, lane)
    except RequestError as error:
        reply = error_reply(error if isinstance(error, V1Error) else _translated(error))
        return reply._replace(headers=[*reply.headers, *echo])
    return json_reply({"results": results}, headers=echo)


def _translated(error: RequestError) -> V1Error:
    translated = V1Error(error.status, _TAGS.get(error.status, "invalid_request"), str(error))
    translated.closes = error.closes
    return translated


def _headers(request: Request) -> _Headers:
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        raise V1Error(401, "missing_authorization", "the Authorization header must be `Bearer <project token>`")
    missing = [name for name in _REQUIRED_HEADERS if not request.headers.get(name.lower(), "").strip()]
    if missing:
        raise V1Error(400, "missing_required_headers", f"missing headers: {', '.join(missing)}")
    attempt = request.headers.get("posthog-attempt").strip()
    if not (attempt.isascii() and attempt.isdigit() and int(attempt[:9]) >= 1):
        raise V1Error(400, "invalid_header_value", "PostHog-Attempt must be an integer from 1")
    request_id = request.headers.get("posthog-request-id").strip()
    if not _is_uuid(request_id):
        raise V1Error(400, "invalid_header_value", "PostHog-Request-Id must be a UUID")
    sent_at = timestamps.parse_rfc3339(request.headers.get("posthog-request-timestamp").strip())
    if sent_at is None:
        raise V1Error(400, "invalid_header_value", "PostHog-Request-Timestamp must be an RFC 3339 time")
    if request.headers.get("content-type").partition(";")[0].strip().lower() != "application/json":
        raise V1Error(415, "unsupported_content_type", "the body must be application/json")
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "deflate", "br", "zstd"):
        raise V1Error(415, "unsupported_encoding", "Content-Encoding must be gzip, deflate, br or zstd")
    return _Headers(token.strip(), request_id, sent_at, _library(request.headers.get("posthog-sdk-info")), encoding)


def _library(info: str) -> tuple[str, str] | None:
    """Name and version of the SDK; None when they are not to be told apart or too long."""
    name, slash, version = info.strip().rpartition("/")
    return (name, version) if slash and name and version and len(info) <= MAX_NAME else None


def _project(token: str, service: Service) -> PublishedProject:
    fault = token_fault(token)
    if fault:
        raise V1Error(401, "invalid_api_token", f"API key is not valid: {fault}")
    project = service.projects.find(token)
    if project is None:
        raise V1Error(401, "invalid_api_token", "api_key does not resolve to a known project")
    return project


def _take_in(
    body: bytes, headers: _Headers, project: PublishedProject, request: Request, service: Service, received_at: int
) -> tuple[Intake, Lane, dict[str, dict[str, str]]]:
    batch = _batch(_expanded(body, headers.encoding, service.settings.capture_max_body))
    uuids = _uuids(batch.batch)
    intake = Intake(project, request.client_ip, received_at, service.settings.event_max_bytes)
    results: dict[str, dict[str, str]] = {}
    for sent, uuid in zip(batch.batch, uuids, strict=True):
        results[sent.uuid.strip()] = _take_event(sent, uuid, headers, intake)
    return intake, "historical" if batch.historical_migration else "live", results


def _expanded(body: bytes, encoding: str, limit: int) -> bytes:
    if not body:
        raise V1Error(400, "empty_body", "the request has no body")
    try:
        if encoding == "gzip":
            return gunzip(body, limit)
        return body if encoding in ("", "identity") else expand(body, encoding, limit)
    except TooLargeError:
        raise
    except (RequestError, ValueError) as error:
        raise V1Error(400, "request_decoding_error", str(error)) from None


def _batch(text: bytes) -> _V1Body:
    decoded: _V1Body | None = None
    if b"\\u0000" not in text and _is_utf8(text):
        try:
            decoded = _decoder.decode(text)
        except (msgspec.DecodeError, RecursionError):
            decoded = None
    try:
        batch = decoded or _decoder.decode(json_text.mend(text))
    except (ValueError, RecursionError) as error:
        raise V1Error(400, "request_parsing_error", f"the body cannot be read: {error}") from None
    if not isinstance(batch.created_at, str) or timestamps.parse_rfc3339(batch.created_at) is None:
        raise V1Error(400, "invalid_batch", "created_at must be an RFC 3339 time")
    if not batch.batch:
        raise V1Error(400, "empty_batch", "the batch holds no event")
    return batch


def _uuids(batch: list[_V1Event]) -> list[str]:
    """The uuid of every event, in its usual form. Raises `V1Error`."""
    uuids: list[str] = []
    for sent in batch:
        if not isinstance(sent.uuid, str) or not sent.uuid.strip():
            raise V1Error(400, "missing_event_uuid", "every event needs a uuid")
        try:
            uuids.append(str(UUID(sent.uuid.strip())))
        except ValueError:
            raise V1Error(400, "invalid_event_uuid", "the uuid of an event is not a UUID") from None
    if len(set(uuids)) < len(uuids):
        raise V1Error(400, "duplicate_event_uuid", "the same uuid occurs twice in the batch")
    return uuids


def _take_event(sent: _V1Event, uuid: str, headers: _Headers, intake: Intake) -> dict[str, str]:
    name = sent.event if isinstance(sent.event, str) else ""
    if name in _DISCARDED:
        intake.dropped[name] += 1
        return {"result": "drop", "details": _DISCARDED[name]}
    distinct_id = sent.distinct_id.strip() if isinstance(sent.distinct_id, str) else ""
    try:
        event = _event(sent, name, distinct_id, uuid, headers, intake)
    except _DropError as error:
        reason = str(error)
        intake.drop(reason, sent, name[:MAX_NAME], distinct_id[:MAX_NAME], uuid)
        return {"result": "drop", "details": reason}
    try:
        reason = intake.add(event)
    except EventTooLargeError:
        reason = "event_too_big"
        intake.drop(reason, sent, name, distinct_id, uuid)
    if reason:
        return {"result": "drop", "details": reason}
    return {"result": "ok", "details": "person_processing_disabled"} if event.is_shared else {"result": "ok"}


def _event(sent: _V1Event, name: str, distinct_id: str, uuid: str, headers: _Headers, intake: Intake) -> Event:
    """The event as it is to be stored. Raises `_DropError`."""
    if not name.strip():
        raise _DropError("missing_event_name")
    if len(name) > MAX_NAME:
        raise _DropError("event_name_too_long")
    if not distinct_id:
        raise _DropError("missing_distinct_id")
    if len(distinct_id.encode("utf-8", "replace")) > MAX_NAME:
        raise _DropError("distinct_id_too_large")
    timestamp = timestamps.parse_rfc3339(sent.timestamp.strip()) if isinstance(sent.timestamp, str) else None
    if timestamp is None:
        raise _DropError("invalid_event_timestamp")
    raw, properties = _properties(sent)
    added = _options(sent.options)
    is_shared = _is_shared(distinct_id)
    if is_shared and name != "$groupidentify":  # which changes a group, whoever sends it
        added["$process_person_profile"] = False
    for key, value in (("$session_id", sent.session_id), ("$window_id", sent.window_id)):
        if isinstance(value, str):
            added[key] = value
    if headers.library:
        added["$lib"], added["$lib_version"] = headers.library
    skewed = added.get("$ignore_sent_at") is not True
    return Event(
        name=json_text.clean_text(name),
        distinct_id=json_text.clean_text(distinct_id),
        uuid=uuid,
        moment=timestamps.corrected_time(timestamp, headers.sent_at if skewed else None, intake.received_at),
        raw=raw,
        properties={**properties, **added},
        sent=sent,
        changed=True,
        is_shared=is_shared,
    )


def _is_shared(distinct_id: str) -> bool:
    """Whether many people share this id by mistake: their events are stored without a person."""
    if len(distinct_id) > 1 and distinct_id[0] == distinct_id[-1] and distinct_id[0] in "'\"":
        distinct_id = distinct_id[1:-1].strip()
    return distinct_id.lower() in _SHARED_ANY_CASE or distinct_id in _SHARED_EXACT


def _properties(sent: _V1Event) -> tuple[bytes, dict[str, Any]]:
    raw = bytes(sent.properties)
    if raw == b"null":
        return b"{}", {}
    try:
        properties = orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            properties = msgspec.json.decode(json_text.mend(raw))
        except (ValueError, RecursionError):
            properties = None
    if not isinstance(properties, dict):
        raise _DropError("malformed_event_properties")
    return raw, properties


def _options(options: Any) -> dict[str, Any]:
    """An event's options as the properties they stand for. Raises `_DropError`."""
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise _DropError("invalid_options")
    return {name: read(options[option]) for option, (name, read) in _OPTIONS.items() if options.get(option) is not None}


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    if isinstance(value, str) and value.strip().lower() in ("true", "1"):
        return True
    if isinstance(value, str) and value.strip().lower() in ("false", "0"):
        return False
    raise _DropError("invalid_options")


def _text_or_integer(value: Any) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _DropError("invalid_options")
    return value


_OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "cookieless_mode": ("$cookieless_mode", _switch),
    "disable_skew_correction": ("$ignore_sent_at", _switch),
    "process_person_profile": ("$process_person_profile", _switch),
    "product_tour_id": ("$product_tour_id", _text_or_integer),
}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text.strip())
    except ValueError:
        return False
    return True


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


_decoder = msgspec.json.Decoder(_V1Body)
