"""One line of a segment of recordings: what capture writes and the loader of recordings reads."""

import re
from collections.abc import Iterable

import msgspec

_SESSION_ID = re.compile(r"[A-Za-z0-9-]{1,70}")


class RecordingLine(msgspec.Struct, omit_defaults=True, gc=False):
    """What one event of a request recorded of one window of a session, or an event that was refused.

    `now` (its receipt) is UTC with microseconds, `YYYY-MM-DD hh:mm:ss.ffffff`.
    """

    t: int
    """Project."""
    now: str
    u: str = ""
    """The uuid under which it was sent, empty if it has none."""
    s: str = ""
    """Session."""
    w: str = ""
    """Window."""
    d: str = ""
    """Distinct id."""
    src: str = "web"
    """What was recorded: `web` or `mobile`."""
    lib: str = "web"
    """The SDK."""
    i: msgspec.Raw = msgspec.Raw(b"[]")
    """Array of rrweb events as sent, on one line."""
    # only for an event that was refused: why, and what came in
    r: str = ""
    raw: str = ""


_decoder = msgspec.json.Decoder(RecordingLine)
_encoder = msgspec.json.Encoder()


def is_session_id(text: object) -> bool:
    """Whether it is text of 1 to 70 letters (a-z), digits and dashes."""
    return isinstance(text, str) and _SESSION_ID.fullmatch(text) is not None


def decode_line(text: bytes) -> RecordingLine:
    """Raises `msgspec.MsgspecError` when the text is no such line."""
    return _decoder.decode(text)


def encode_recording_lines(lines: Iterable[RecordingLine]) -> bytes:
    """The bytes of lines, each ended by a newline."""
    return _encoder.encode_lines(lines)
