"""What was recorded of a session, as players read it: first which blocks there are, then the lines of some of them."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.errors import NotFound, Unavailable, ValidationError
from hedgerow.api.scopes import Key
from hedgerow.blobs.store import BlobError, MissingBlob
from hedgerow.projects.models import Project
from hedgerow.recordings.blocks import Block, blocks_of, lines_of
from hedgerow.recordings.removing import removal_of

SOURCES = ("blob_v2", "blob_v2_ts")
MOST_KEYS_OF_A_KEY, MOST_KEYS = 20, 100
"""How many blocks further the last one of a request may be: asked for with a personal key, and otherwise."""

KEPT_SECONDS = 3600
MEDIA_TYPE = "application/jsonl"
_PIECE = 256 * 1024


class AnyAccepted(BaseContentNegotiation):
    """What is there has one form, whatever the caller says to accept."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser:  # type: ignore[override]
        """The first one."""
        return parsers[0]

    def select_renderer(  # type: ignore[override]
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The first one."""
        return renderers[0], str(renderers[0].media_type)


def snapshots_response(request: Request, project: Project, session_id: str) -> HttpResponseBase:
    """The answer to a request for the snapshots of a recording.

    Raises NotFound, and ValidationError for blocks that cannot be asked for.
    """
    if (removal := removal_of(project, session_id)) is not None:
        return Response(
            {
                "error": "recording_deleted",
                "message": "This recording has been permanently deleted",
                "deleted_at": removal.removed_at,
                "deleted_by": removal.removed_by.email if removal.removed_by else None,
            },
            status=410,
        )
    source = request.query_params.get("source") or None
    if source is not None and source not in SOURCES:
        raise ValidationError("Invalid source must be one of [blob_v2, blob_v2_ts, None]", attr="source")
    span = _asked_span(request) if source else None
    blocks = blocks_of(project.pk, session_id)
    if not blocks:
        raise NotFound("Recording not found")
    if span is None:
        return Response({"sources": [_source(index, block) for index, block in enumerate(blocks)]})
    first, last = span
    if last >= len(blocks):
        raise NotFound("Block index out of range")
    return _lines_response(blocks[first : last + 1])


def joined_lines(blocks: Sequence[Block]) -> Iterator[bytes]:
    """All lines of the blocks, each `["<window id>", {rrweb event}]`, with newlines between them, in larger pieces.

    Raises `BlobError`.
    """
    piece, is_first = bytearray(), True
    for line in chain.from_iterable(map(lines_of, blocks)):
        if not is_first:
            piece += b"\n"
        is_first = False
        piece += line
        if len(piece) >= _PIECE:
            yield bytes(piece)
            piece.clear()
    if piece:
        yield bytes(piece)


def _asked_span(request: Request) -> tuple[int, int]:
    """The numbers of the first and the last block that are asked for."""
    given = [request.query_params.get(name, "").strip() for name in ("start_blob_key", "end_blob_key")]
    if not all(given):
        raise ValidationError("Must provide both start blob key and end blob key")
    try:
        first, last = map(int, given)
    except ValueError:
        raise ValidationError("Blob keys must be integers") from None
    if first < 0 or last < first:
        raise ValidationError("Blob keys must count up from 0")
    most = MOST_KEYS_OF_A_KEY if isinstance(request.auth, Key) else MOST_KEYS
    if last - first > most:
        raise ValidationError(f"Cannot request more than {most} blob keys at once")
    return first, last


def _source(index: int, block: Block) -> dict[str, Any]:
    return {
        "source": "blob_v2",
        "start_timestamp": block.start,
        "end_timestamp": block.end,
        "blob_key": str(index),
    }


def _lines_response(blocks: Sequence[Block]) -> StreamingHttpResponse:
    pieces = joined_lines(blocks)
    try:
        first = next(pieces, b"")  # before anything is sent, so that a store that does not answer is an error
    except MissingBlob:
        raise NotFound("Recording not found") from None
    except BlobError:
        raise Unavailable() from None
    response = StreamingHttpResponse(chain([first], pieces), content_type=MEDIA_TYPE)
    response["Cache-Control"] = f"max-age={KEPT_SECONDS}"
    response["Content-Disposition"] = "inline"
    return response
