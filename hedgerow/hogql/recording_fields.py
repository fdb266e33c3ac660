"""The fields of `session_replay_events`: what the blocks of one recording say together.

Each is an aggregate over those blocks; `{t}` is the row of a block. Somebody counts as active between two acts that are
no further apart than a few seconds: within blocks that has been counted, between two blocks it is added here.
"""

from hedgerow.hogql.types import DATETIME, INTEGER, STRING, Type, array_of

STILL_ACTIVE_MS = 5_000
"""Somebody counts as active between two acts that are no further apart than this."""

_ACTIVE_SPANS = (
    "arraySort(groupArrayIf((assumeNotNull({t}.first_active), assumeNotNull({t}.last_active)),"
    " isNotNull({t}.first_active)))"
)
_PAUSE = "dateDiff('millisecond', tupleElement(earlier, 2), tupleElement(later, 1))"
_BETWEEN_BLOCKS = (
    f"arraySum(arrayMap((earlier, later) -> if({_PAUSE} BETWEEN 0 AND {STILL_ACTIVE_MS}, {_PAUSE}, 0),"
    f" arrayPopBack({_ACTIVE_SPANS}), arrayPopFront({_ACTIVE_SPANS})))"
)
_ARRIVAL = "({t}.received_at, {t}.first_timestamp)"


def _sum(name: str) -> tuple[str, Type, bool]:
    return f"sum({{t}}.{name})", INTEGER, True


def _of_first_block(name: str) -> tuple[str, Type, bool]:
    return f"argMin({{t}}.{name}, {_ARRIVAL})", STRING, True


RECORDING_FIELDS: dict[str, tuple[str, Type, bool]] = {
    "team_id": ("any({t}.team_id)", INTEGER, False),
    "session_id": ("{t}.session_id", STRING, True),
    "distinct_id": _of_first_block("distinct_id"),
    "start_time": ("min({t}.first_timestamp)", DATETIME, True),
    "end_time": ("max({t}.last_timestamp)", DATETIME, True),
    "first_url": ("argMinIf({t}.first_url, {t}.first_timestamp, {t}.first_url != '')", STRING, True),
    "urls": ("groupUniqArrayArray({t}.urls)", array_of(STRING), False),
    "click_count": _sum("click_count"),
    "keypress_count": _sum("keypress_count"),
    "mouse_activity_count": _sum("mouse_activity_count"),
    "active_milliseconds": (f"sum({{t}}.active_milliseconds) + {_BETWEEN_BLOCKS}", INTEGER, True),
    "console_log_count": _sum("console_log_count"),
    "console_warn_count": _sum("console_warn_count"),
    "console_error_count": _sum("console_error_count"),
    "snapshot_source": _of_first_block("snapshot_source"),
    "snapshot_library": _of_first_block("snapshot_library"),
    "event_count": _sum("event_count"),
    "size": _sum("size_bytes"),
}
"""Its SQL, its type, and whether `*` holds it. `size` is the bytes kept, compressed."""
