"""What is known of a recording, as HogQL over `session_replay_events`: to be read, put in order and filtered by."""

from hedgerow.hogql import ast
from hedgerow.hogql.parse import parse_expr

TABLE = "session_replay_events"

_DURATION = "intDiv(dateDiff('millisecond', start_time, end_time), 1000)"
_ACTIVE = f"least(intDiv(active_milliseconds, 1000), {_DURATION})"
_DOINGS = "click_count + keypress_count / 4 + mouse_activity_count / 50 + 3 * console_error_count"

NUMBERS: dict[str, str] = {
    "duration": _DURATION,
    "recording_duration": _DURATION,
    "active_seconds": _ACTIVE,
    "inactive_seconds": f"({_DURATION} - {_ACTIVE})",
    **{
        name: name
        for name in (
            *("click_count", "keypress_count", "mouse_activity_count"),
            *("console_log_count", "console_warn_count", "console_error_count"),
        )
    },
    # From 0 to 100: what was done, in what went wrong, for each minute somebody was there.
    "activity_score": f"round(100 * (1 - exp(-(({_DOINGS}) / greatest({_ACTIVE} / 60, 1)) / 20)), 2)",
}
"""The numbers of a recording; seconds are whole ones. `recording_duration` is another name of `duration`."""

TEXTS: dict[str, str] = {
    "snapshot_source": "snapshot_source",
    "snapshot_library": "snapshot_library",
    "start_url": "first_url",
    "first_url": "first_url",
    "distinct_id": "distinct_id",
    "session_id": "session_id",
}
"""The texts of a recording."""

PAGES = ast.Field(["urls"])
"""The addresses of the pages that were visited."""


def number(name: str) -> ast.Expr:
    """One of `NUMBERS`."""
    return parse_expr(NUMBERS[name])


def text(name: str) -> ast.Expr:
    """One of `TEXTS`."""
    return parse_expr(TEXTS[name])
