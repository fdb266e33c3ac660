"""Sending the bytes of an export, whole or in part."""

import re
from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from hedgerow.blobs.store import MissingBlob, store
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import filename

KEPT_SECONDS = 86_400
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def file_response(asset: ExportedAsset, asked_range: str, *, is_download: bool) -> HttpResponseBase | None:
    """The file, or the part of it that a `Range` header asks for (one range; others are not looked at).

    None where there is no file. With `is_download` it is to be saved under its name.
    """
    if not asset.content_key:
        return None
    try:
        size = store().size(asset.content_key)
        part = _part(asked_range, size)
        if part is None:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        start, end = part
        pieces: Iterator[bytes] = store().read(asset.content_key, start, end)
    except MissingBlob:
        return None
    is_part = (start, end) != (0, size)
    response = StreamingHttpResponse(pieces, status=206 if is_part else 200, content_type=asset.export_format)
    response["Content-Length"] = str(end - start)
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"max-age={KEPT_SECONDS}"
    response["X-Content-Type-Options"] = "nosniff"
    if is_part:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if is_download:
        response["Content-Disposition"] = f'attachment; filename="{filename(asset)}"'
    return response


def _part(asked: str, size: int) -> tuple[int, int] | None:
    """From which to (not including) which byte; the whole where no range is asked for, None for one beyond the end."""
    found = _RANGE.fullmatch(asked.strip())
    if found is None or not (found[1] or found[2]):
        return 0, size
    if not found[1]:
        last = min(int(found[2]), size)
        return (size - last, size) if last else None
    start = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    if found[2] and int(found[2]) < start:
        return 0, size
    return (start, end) if start < size else None
