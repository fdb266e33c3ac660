"""What is known of a recording, as HogQL over `session_replay_events`: to be read, put in order and filtered by."""

from hedgerow.hogql import ast

TABLE = "session_replay_events"

_MILLISECONDS_OF_A_SECOND = ast.Constant(1000)
_COUNTS = (
    *("click_count", "keypress_count", "mouse_activity_count"),
    *("console_log_count", "console_warn_count", "console_error_count"),
)

_WEIGHTS = {"click_count": 1.0, "keypress_count": 0.25, "mouse_activity_count": 0.02, "console_error_count": 3.0}
_USUAL_MINUTE = 20.0
"""What counts for the score of activity, and how much of it a minute has in which there is a lot going on."""


def field(name: str) -> ast.Expr:
    """A field of the table."""
    return ast.Field([name])


def _sum(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    return ast.ArithmeticOperation(left, right, "+")


def _ratio(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    return ast.ArithmeticOperation(left, right, "/")


def _difference(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    return ast.ArithmeticOperation(left, right, "-")


def _product(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    return ast.ArithmeticOperation(left, right, "*")


def _seconds(milliseconds: ast.Expr) -> ast.Expr:
    return ast.Call("intDiv", [milliseconds, _MILLISECONDS_OF_A_SECOND])


def _score(active_seconds: ast.Expr) -> ast.Expr:
    """From 0 to 100: what was done, in what went wrong, for each minute somebody was there."""
    doings: ast.Expr = ast.Constant(0)
    for name, weight in _WEIGHTS.items():
        doings = _sum(doings, _product(field(name), ast.Constant(weight)))
    minutes = ast.Call("greatest", [_ratio(active_seconds, ast.Constant(60.0)), ast.Constant(1.0)])
    calm = ast.Call("exp", [_product(ast.Constant(-1.0 / _USUAL_MINUTE), _ratio(doings, minutes))])
    share = _difference(ast.Constant(1.0), calm)
    return ast.Call("round", [_product(ast.Constant(100.0), share), ast.Constant(2)])


_DURATION = _seconds(ast.Call("dateDiff", [ast.Constant("millisecond"), field("start_time"), field("end_time")]))
_ACTIVE = ast.Call("least", [_seconds(field("active_milliseconds")), _DURATION])

NUMBERS: dict[str, ast.Expr] = {
    "duration": _DURATION,
    "recording_duration": _DURATION,
    "active_seconds": _ACTIVE,
    "inactive_seconds": _difference(_DURATION, _ACTIVE),
    **{name: field(name) for name in _COUNTS},
    "activity_score": _score(_ACTIVE),
}
"""The numbers of a recording; seconds are whole ones. `recording_duration` is another name of `duration`."""

TEXTS: dict[str, ast.Expr] = {
    "snapshot_source": field("snapshot_source"),
    "snapshot_library": field("snapshot_library"),
    "start_url": field("first_url"),
    "first_url": field("first_url"),
    "distinct_id": field("distinct_id"),
    "session_id": field("session_id"),
}
"""The texts of a recording."""

PAGES = field("urls")
"""The addresses of the pages that were visited."""
