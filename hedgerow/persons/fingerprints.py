"""Telling at a glance that an event changes nothing of its person.

Nearly every event of a browser carries properties that its person takes over, and nearly always the person has them
already. What they were in the last event of a person is remembered as a hash.
"""

from typing import Any, Final

import msgspec

from hedgerow.persons.people import OTHER_ID
from hedgerow.persons.properties import PAGE_PROPERTIES, TAKEN_FROM_EVENTS
from hedgerow.spool.lines import Line

Fingerprint = tuple[int, int]
"""Hashes of what a person takes from an event: of client and campaign, and of the page."""

_EXPLICIT: Final = ["$set", "$set_once", "$unset"]
_CLIENT: Final = [*(name for name in TAKEN_FROM_EVENTS if name not in PAGE_PROPERTIES), "$os_name"]
_NAMES: Final = [*_EXPLICIT, *PAGE_PROPERTIES, *_CLIENT]
_PAGE_AT: Final = len(_EXPLICIT)
_CLIENT_AT: Final = _PAGE_AT + len(PAGE_PROPERTIES)
_NOTHING_EXPLICIT: Final = (None,) * len(_EXPLICIT)

_Taken = msgspec.defstruct(
    "_Taken", [(f"f{place}", Any, msgspec.field(name=name, default=None)) for place, name in enumerate(_NAMES)]
)
NOTHING_TAKEN: Final[Fingerprint] = (hash((None,) * len(_CLIENT)), hash((None,) * len(PAGE_PROPERTIES)))
"""Of an event from which a person takes nothing."""

_decoder = msgspec.json.Decoder(_Taken)


def fingerprint(line: Line) -> Fingerprint | None:
    """The fingerprint of an event; None for one that asks for changes explicitly, or cannot be read."""
    if line.e in OTHER_ID:
        return None
    try:
        values = msgspec.structs.astuple(_decoder.decode(line.p))
        if values[:_PAGE_AT] != _NOTHING_EXPLICIT:
            return None
        return hash(values[_CLIENT_AT:]), hash(values[_PAGE_AT:_CLIENT_AT])
    except (msgspec.DecodeError, RecursionError, TypeError):
        # A TypeError: one of the values is a list or an object.
        return None
