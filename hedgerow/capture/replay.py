"""Session recordings as SDKs send them: checked, then discarded.

Recordings are switched off in the remote configuration, so what arrives comes from an SDK that has not heard of it yet.
"""

import re
from functools import partial

import orjson

from hedgerow.capture.decoding import decode_body
from hedgerow.capture.errors import RequestError
from hedgerow.capture.http import OK, Reply, Request
from hedgerow.capture.service import Service
from hedgerow.capture.tokens import project_of
from hedgerow.capture.wire import parse_body

_SESSION_ID = re.compile(r"[A-Za-z0-9-]{1,70}")


async def snapshots(request: Request, service: Service) -> Reply:
    """Take a request of `/s`."""
    limit = service.settings.replay_max_body
    body = await service.read_body(request, limit)
    count = await service.work(len(body), partial(_check, body, request, service, limit))
    service.metrics.dropped("recordings_switched_off", count)
    return OK


def _check(body: bytes, request: Request, service: Service, limit: int) -> int:
    """The number of events of a request that is right. Raises `RequestError`."""
    text = decode_body(
        body,
        request.query,
        request.headers.get("content-type", ""),
        request.headers.get("content-encoding", ""),
        limit,
    )
    wire = parse_body(text)
    project_of(wire.token, service.projects)
    for event in wire.events:
        _check_event(bytes(event.properties))
    return len(wire.events)


def _check_event(raw: bytes) -> None:
    try:
        properties = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"failed to parse request: {error}") from None
    if not isinstance(properties, dict):
        raise RequestError("failed to parse request: properties must be an object")
    session_id = properties.get("$session_id")
    if session_id is None:
        raise RequestError("replay event submitted without session id")
    if not isinstance(session_id, str) or not _SESSION_ID.fullmatch(session_id):
        raise RequestError("replay event has invalid session id")
    if not isinstance(properties.get("$snapshot_data"), list | dict):
        raise RequestError("replay event submitted without snapshot data")
