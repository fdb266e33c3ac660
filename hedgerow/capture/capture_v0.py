"""The older capture endpoints: `/e`, `/capture`, `/track`, `/engage`, `/batch`, `/i/v0/e` and the AI batch."""

import re
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import orjson
from uuid_utils import uuid7

from hedgerow.capture import json_text, timestamps
from hedgerow.capture.decoding import decode_body
from hedgerow.capture.errors import BadEventError, RequestError, TooLargeError
from hedgerow.capture.http import NO_CONTENT, OK, Reply, Request
from hedgerow.capture.intake import Event, EventTooLargeError, Intake
from hedgerow.capture.replay import SNAPSHOT, RecordingIntake
from hedgerow.capture.service import Service
from hedgerow.capture.tokens import project_of
from hedgerow.capture.wire import MAX_NAME, WireBody, WireEvent, distinct_id_of, parse_body
from hedgerow.spool.segments import Lane

AI_EVENT_BYTES = 8 * 1024 * 1024
"""Largest single AI event."""
DISCARDED = frozenset({"$performance_event"})
"""Events that are taken and not stored, without a word: old performance data."""

_PLAIN_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


async def capture(request: Request, service: Service) -> Reply:
    """Events in any form SDKs have sent them."""
    return await _capture(request, service, service.settings.capture_max_body)


async def engage(request: Request, service: Service) -> Reply:
    """Like `capture`; one object without an event name changes a person."""
    return await _capture(request, service, service.settings.capture_max_body, is_engage=True)


async def ai_batch(request: Request, service: Service) -> Reply:
    """Like `capture`, for batches of AI events, which may be larger."""
    return await _capture(request, service, service.settings.replay_max_body, max_event_bytes=AI_EVENT_BYTES)


def take_events(body: WireBody, sent_at: int | None, intake: Intake) -> None:
    """Take in all events of a body; `sent_at` is the sender's time of the request, None when unknown.

    Events that cannot be taken are dropped with a reason as long as one can. Raises `RequestError` when none can, or
    when the body is wrong as a whole, `TooLargeError` for a single event over the limit.
    """
    first_error: BadEventError | None = None
    missed = 0
    for sent in body.events:
        if sent.event in DISCARDED:
            intake.dropped[sent.event] += 1
            missed += 1
            continue
        try:
            _add(_event(sent, sent_at, intake), intake, alone=len(body.events) == 1)
        except BadEventError as error:
            first_error = first_error or error
            missed += 1
            intake.drop(error.reason, sent, (sent.event or "")[:MAX_NAME])
    if first_error is not None and missed == len(body.events):
        raise first_error


async def _capture(
    request: Request, service: Service, limit: int, *, is_engage: bool = False, max_event_bytes: int = 0
) -> Reply:
    received_at = timestamps.now()
    body = await service.read_body(request, limit)
    read = partial(
        _take_in,
        request,
        body,
        service,
        received_at,
        limit,
        is_engage=is_engage,
        max_event_bytes=max_event_bytes or service.settings.event_max_bytes,
    )
    intake, recordings, lane = await service.work(len(body), read)
    # Should the second of the two not be possible, the sender repeats both: events are known by their uuids.
    await service.store(intake, lane)
    await service.store_recordings(recordings.lines)
    service.count(recordings.accepted, recordings.dropped)
    return NO_CONTENT if request.query.get("beacon") == "1" else OK


def _take_in(
    request: Request,
    body: bytes,
    service: Service,
    received_at: int,
    limit: int,
    *,
    is_engage: bool,
    max_event_bytes: int,
) -> tuple[Intake, RecordingIntake, Lane]:
    """The lines of a request, those of recordings, and the lane the others go to. Raises `RequestError`."""
    text = decode_body(
        body,
        request.query,
        request.headers.get("content-type", ""),
        request.headers.get("content-encoding", ""),
        limit,
    )
    wire = parse_body(text, engage=is_engage)
    project = project_of(wire.token, service.projects)
    intake = Intake(project, request.client_ip, received_at, max_event_bytes)
    recordings = RecordingIntake(project, received_at, request.headers.get("user-agent", ""))
    if any(sent.event == SNAPSHOT for sent in wire.events):
        as_sent = parse_body(text, engage=is_engage, keep_nul=True)
        wire.events = [sent for sent in wire.events if sent.event != SNAPSHOT]
        recordings.take([sent for sent in as_sent.events if sent.event == SNAPSHOT], alone=not wire.events)
    take_events(wire, _sent_at(wire, request), intake)
    return intake, recordings, "historical" if wire.historical else "live"


def _sent_at(wire: WireBody, request: Request) -> int | None:
    """When the sender's clock says the request was sent."""
    if wire.sent_at:
        return timestamps.parse(wire.sent_at)
    for name in ("_", "sent_at"):
        moment = timestamps.parse_unix_milliseconds(request.query.get(name, ""))
        if moment is not None:
            return moment
    return None


def _add(event: Event, intake: Intake, *, alone: bool) -> None:
    try:
        intake.add(event)
    except EventTooLargeError:
        if alone:
            raise TooLargeError("the event", intake.max_event_bytes) from None
        intake.drop("message_size_too_large", event.sent, event.name, event.distinct_id, event.uuid)


def _event(sent: WireEvent, sent_at: int | None, intake: Intake) -> Event:
    raw, properties, changed = _properties(sent)
    if not sent.event:
        raise BadEventError("event submitted with an empty event name", "missing_event_name")
    distinct_id = distinct_id_of(sent, properties.get("distinct_id"))
    name = json_text.clean_text(sent.event[:MAX_NAME])
    if not isinstance(properties.get("$cookieless_mode", False), bool):
        raise BadEventError("event submitted with invalid cookieless mode", "invalid_cookieless_mode")
    if properties.get("$ignore_sent_at") is True:
        sent_at = None
    timestamp = timestamps.parse(sent.timestamp) if sent.timestamp else None
    event = Event(
        name=name,
        distinct_id=distinct_id,
        uuid=_uuid(sent.uuid),
        moment=timestamps.event_time(timestamp, sent.offset, sent_at, intake.received_at),
        raw=raw,
        properties=properties,
        sent=sent,
        changed=changed,
    )
    if sent.timestamp and timestamp is None:
        intake.warn("ignored_invalid_timestamp", event, {"timestamp": sent.timestamp[:MAX_NAME]})
    return event


def _properties(sent: WireEvent) -> tuple[bytes, dict[str, Any], bool]:
    """The properties as sent and read, and whether reading had to change them."""
    raw = bytes(sent.properties)
    changed = False
    if raw[:1] != b"{":
        if raw != b"null":
            raise RequestError("failed to parse request: properties must be an object")
        raw = b"{}"
    try:
        properties: dict[str, Any] = orjson.loads(raw)
    except orjson.JSONDecodeError:  # a number no computer has, or very deep nesting
        changed = True
        properties = _mended(raw)
    if sent.set is not None or sent.set_once is not None:
        changed = True
        for key, value in (("$set", sent.set), ("$set_once", sent.set_once)):
            if value is not None:
                inner = properties.get(key)
                properties[key] = {**inner, **value} if isinstance(inner, dict) else value
    return raw, properties, changed


def _mended(raw: bytes) -> dict[str, Any]:
    """Read properties that the fast parser refuses. Raises `RequestError`."""
    try:
        return msgspec.json.decode(json_text.mend(raw), type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        raise RequestError(f"failed to parse request: {error}") from None


def _uuid(text: str | None) -> str:
    """The uuid in its usual form, a new one (version 7) when none was sent. Raises `RequestError`."""
    if not text:
        return str(uuid7())
    if _PLAIN_UUID.fullmatch(text):
        return text
    try:
        return str(UUID(text))
    except ValueError:
        raise RequestError("failed to parse request: uuid is not a UUID") from None
