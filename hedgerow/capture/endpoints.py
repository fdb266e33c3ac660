"""The capture endpoints: read a request, take its events in, answer once they are on disk."""

from functools import partial

from hedgerow.capture import timestamps
from hedgerow.capture.capture_v0 import take_events
from hedgerow.capture.decoding import decode_body
from hedgerow.capture.http import Reply, Request
from hedgerow.capture.intake import Intake
from hedgerow.capture.service import Service
from hedgerow.capture.tokens import project_of
from hedgerow.capture.wire import WireBody, parse_body
from hedgerow.spool.segments import Lane

OK = Reply(200, b'{"status":"Ok"}', [("content-type", "application/json")])
NO_CONTENT = Reply(204)
AI_EVENT_BYTES = 8 * 1024 * 1024
"""Largest single AI event."""


async def capture(request: Request, service: Service) -> Reply:
    """Events in any form SDKs have sent them."""
    return await _capture(request, service, service.settings.capture_max_body)


async def engage(request: Request, service: Service) -> Reply:
    """Like `capture`; one object without an event name changes a person."""
    return await _capture(request, service, service.settings.capture_max_body, is_engage=True)


async def ai_batch(request: Request, service: Service) -> Reply:
    """Like `capture`, for batches of AI events, which may be larger."""
    return await _capture(request, service, service.settings.replay_max_body, max_event_bytes=AI_EVENT_BYTES)


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
    intake, lane = await service.work(len(body), read)
    await service.store(intake, lane)
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
) -> tuple[Intake, Lane]:
    """The lines of a request and the lane they go to. Raises `RequestError`."""
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
    take_events(wire, _sent_at(wire, request), intake)
    return intake, "historical" if wire.historical else "live"


def _sent_at(wire: WireBody, request: Request) -> int | None:
    """When the sender's clock says the request was sent."""
    if wire.sent_at:
        return timestamps.parse(wire.sent_at)
    for name in ("_", "sent_at"):
        text = request.query.get(name)
        if text:
            return timestamps.parse_unix_milliseconds(text)
    return None
