"""One line of a spool segment: what capture writes and the loader reads.

A line is one JSON object. Capture writes the keys in the order of `Line`'s fields; the loader decodes the head and
leaves `p`, the properties, as the text that came in.
"""

from collections.abc import Iterable

import msgspec

NOT_AN_EVENT = 0
"""A dead letter or an ingestion warning."""
PERSONLESS = 1
"""An event that must not make or change a person."""
PERSON = 2
"""An event of a person that changes nothing of the person but may be the first one of its distinct id."""
PERSON_CHANGE = 3
"""An event that changes a person or a group."""


class Line(msgspec.Struct, omit_defaults=True, gc=False):
    """One line; which fields are filled depends on `k`.

    Lines hold nothing that could hold them, so the garbage collector need not look at the hundred thousands of a batch.

    `ts` (the event's time) and `now` (its receipt) are UTC with microseconds, `YYYY-MM-DD hh:mm:ss.ffffff`.
    """

    k: int
    t: int
    u: str = ""
    e: str = ""
    d: str = ""
    ts: str = ""
    now: str = ""
    g: dict[str, str] | None = None
    p: msgspec.Raw = msgspec.Raw(b"")
    # only for k = NOT_AN_EVENT: reason, whether the event was dropped, what to tell about it, what came in
    r: str = ""
    drop: bool = False
    w: msgspec.Raw = msgspec.Raw(b"")
    raw: str = ""


_decoder = msgspec.json.Decoder(Line)
_encoder = msgspec.json.Encoder()


def decode_lines(data: bytes) -> list[Line]:
    """Every line of a segment's bytes. Raises `msgspec.DecodeError` where a line is not one."""
    return _decoder.decode_lines(data)


def encode_lines(lines: Iterable[Line]) -> bytes:
    """The bytes of lines, each ended by a newline."""
    return _encoder.encode_lines(lines)
