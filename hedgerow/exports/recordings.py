"""A session recording as a file: what is known of it, and everything that was recorded.

The file is the one that PostHog's player saves and opens: an object with the `version` of its form and, in `data`, the
recording and its `snapshots`, which are rrweb's events, each with the id of its window.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import orjson

from hedgerow.exports.errors import InvalidExportError
from hedgerow.exports.models import ExportedAsset
from hedgerow.recordings.blocks import blocks_of, lines_of
from hedgerow.recordings.presenting import told_recordings
from hedgerow.recordings.recorded import find_recording

if TYPE_CHECKING:
    from hedgerow.exports.content import Telling

VERSION = "2023-04-28"
_PIECE = 1024 * 1024

_line = msgspec.json.Decoder(tuple[msgspec.Raw, msgspec.Raw])


def recording_file(asset: ExportedAsset, folder: Path, telling: "Telling") -> Iterator[bytes]:
    """The file, piece by piece; it is put together in `folder` first.

    Raises InvalidExportError when there is no such recording, and `BlobError`.
    """
    # The blob store cannot be read while it is being written to, from the same thread.
    file = folder / "recording.json"
    with file.open("wb") as opened:
        opened.writelines(_parts(asset, telling))
    return _pieces(file)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


def _parts(asset: ExportedAsset, telling: "Telling") -> Iterator[bytes]:
    session_id = str((asset.export_context or {})["session_recording_id"])
    recorded = find_recording(asset.project, session_id)
    if recorded is None:
        raise InvalidExportError("There is no recording of this session.")
    blocks = blocks_of(asset.project_id, session_id)
    telling.begin(sum(block.event_count for block in blocks))
    (told,) = told_recordings(asset.project, [recorded], None)
    facts = orjson.dumps({key: value for key, value in told.items() if key not in _OF_THE_READER})
    yield b'{"version":"%b","data":%b,"snapshots":[' % (VERSION.encode(), facts[:-1])
    count = 0
    for line in chain.from_iterable(map(lines_of, blocks)):
        yield (b",\n" if count else b"") + _with_window(line)
        count += 1
        telling(count)
    yield b"]}}"
    telling.end(count)


_OF_THE_READER = ("viewed", "viewers", "matches_filters")


def _with_window(line: bytes) -> bytes:
    """An event as it came in, untouched but for the id of its window, which is put first."""
    window, event = (bytes(part).strip() for part in _line.decode(line))
    rest = event[1:].lstrip()
    return b'{"windowId":' + window + (b"" if rest == b"}" else b",") + rest
