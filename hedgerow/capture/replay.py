"""Session recordings as SDKs send them: `/s`, and `$snapshot` among the events of the older endpoints.

What is recorded stays as it was sent. Projects that have recordings switched off get the same answers, and nothing is
kept: an SDK may not have heard of it yet.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from hedgerow.capture import timestamps
from hedgerow.capture.decoding import decode_body
from hedgerow.capture.errors import BadEventError, RequestError
from hedgerow.capture.http import NO_CONTENT, OK, Reply, Request
from hedgerow.capture.intake import MAX_RAW
from hedgerow.capture.projects import PublishedProject
from hedgerow.capture.service import Service
from hedgerow.capture.tokens import project_of
from hedgerow.capture.wire import WireEvent, distinct_id_of, parse_body
from hedgerow.spool.recording_lines import RecordingLine, is_session_id

SNAPSHOT = "$snapshot"
"""Name of the events that hold a piece of a recording."""
_SOURCES = ("web", "mobile")
_LONGEST_LIBRARY = 64
_LONGEST_WINDOW_ID = 200


class _Properties(msgspec.Struct, gc=False):
    session_id: Any = msgspec.field(default=None, name="$session_id")
    window_id: Any = msgspec.field(default=None, name="$window_id")
    snapshot_data: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"null"), name="$snapshot_data")
    snapshot_source: Any = msgspec.field(default=None, name="$snapshot_source")
    lib: Any = msgspec.field(default=None, name="$lib")
    distinct_id: Any = None


class RecordingIntake:
    """The lines of one request's pieces of recordings. Each piece ends as one line: to be stored, or refused."""

    def __init__(self, project: PublishedProject, received_at: int, user_agent: str) -> None:
        self.lines: list[RecordingLine] = []
        self.accepted = 0
        self.dropped: Counter[str] = Counter()
        """Pieces that are not stored, by reason."""
        self._project = project
        self._now = timestamps.text_of(received_at)
        self._library = user_agent.partition("/")[0][:_LONGEST_LIBRARY] if "posthog" in user_agent else "web"

    def take(self, events: Sequence[WireEvent], *, alone: bool = True) -> None:
        """Take in all pieces of a request; what is wrong is refused.

        Raises `RequestError` when nothing is right, unless the pieces are not `alone`: the events they came with must
        not be lost.
        """
        first_error: BadEventError | None = None
        for sent in events:
            try:
                self.lines.append(self._line(sent))
                self.accepted += 1
            except BadEventError as error:
                first_error = first_error or error
                self._refuse(error.reason, sent)
        if first_error is not None and not self.accepted and alone:
            raise first_error
        if self._project.session_recording is None:
            self.dropped["recordings_switched_off"] += self.accepted
            self.lines, self.accepted = [], 0

    def _line(self, sent: WireEvent) -> RecordingLine:
        try:
            properties = _decoder.decode(sent.properties)
        except msgspec.DecodeError as error:
            raise RequestError(f"failed to parse request: properties: {error}") from None
        session_id = properties.session_id
        if session_id is None:
            raise BadEventError("replay event submitted without session id", "missing_session_id")
        if not is_session_id(session_id):
            raise BadEventError("replay event has invalid session id", "invalid_session_id")
        items = bytes(properties.snapshot_data)
        if items[:1] not in (b"[", b"{"):
            raise BadEventError("replay event submitted without snapshot data", "missing_snapshot_data")
        # Within JSON's texts there are no raw line ends, so those there are mean nothing.
        items = items.replace(b"\n", b" ").replace(b"\r", b" ")
        window = properties.window_id
        return RecordingLine(
            t=self._project.id,
            now=self._now,
            u=_uuid(sent.uuid),
            s=session_id,
            w=window[:_LONGEST_WINDOW_ID] if isinstance(window, str) and window else session_id,
            d=distinct_id_of(sent, properties.distinct_id),
            src=properties.snapshot_source if properties.snapshot_source in _SOURCES else "web",
            lib=properties.lib[:_LONGEST_LIBRARY] if isinstance(properties.lib, str) else self._library,
            i=msgspec.Raw(items if items[:1] == b"[" else b"[%b]" % items),
        )

    def _refuse(self, reason: str, sent: WireEvent) -> None:
        self.dropped[reason] += 1
        raw = msgspec.json.encode(sent)[:MAX_RAW].decode("utf-8", "ignore")
        self.lines.append(RecordingLine(t=self._project.id, now=self._now, r=reason, raw=raw))


async def snapshots(request: Request, service: Service) -> Reply:
    """Take a request of `/s`."""
    received_at = timestamps.now()
    limit = service.settings.replay_max_body
    body = await service.read_body(request, limit)
    intake = await service.work(len(body), partial(_take_in, body, request, service, received_at))
    await service.store_recordings(intake.lines)
    service.count(intake.accepted, intake.dropped)
    return NO_CONTENT if request.query.get("beacon") == "1" else OK


def _take_in(body: bytes, request: Request, service: Service, received_at: int) -> RecordingIntake:
    """The lines of a request. Raises `RequestError`."""
    text = decode_body(
        body,
        request.query,
        request.headers.get("content-type", ""),
        request.headers.get("content-encoding", ""),
        service.settings.replay_max_body,
    )
    # Compressed parts of recordings are texts in which NUL is a byte like any other.
    wire = parse_body(text, keep_nul=True)
    project = project_of(wire.token, service.projects)
    intake = RecordingIntake(project, received_at, request.headers.get("user-agent", ""))
    intake.take(wire.events)
    return intake


def _uuid(text: str | None) -> str:
    """A uuid in its usual form; empty for what is none."""
    try:
        return str(UUID(text or ""))
    except ValueError:
        return ""


_decoder = msgspec.json.Decoder(_Properties)
