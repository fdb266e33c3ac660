"""A session as far as it may be told to everybody: when it was and how much happened, not whose it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.parse import parse_select
from hedgerow.projects.models import Project
from hedgerow.queries.context import project_context
from hedgerow.queries.errors import query_errors
from hedgerow.queries.execution import configured_limits, execute
from hedgerow.recordings.recorded import find_recording
from hedgerow.recordings.removing import removal_of

_FACTS = """
SELECT
    count(), min(timestamp), max(timestamp),
    countIf(event = '$pageview'), countIf(event = '$autocapture'),
    argMinIf(toString(properties.$current_url), timestamp, notEmpty(toString(properties.$current_url)))
FROM events
WHERE $session_id = {session}
"""

_HAPPENINGS = """
SELECT timestamp, event, toString(properties.$current_url)
FROM events
WHERE $session_id = {session}
ORDER BY timestamp, uuid
LIMIT 500
"""


@dataclass(frozen=True)
class Happening:
    """One event of a session; `address` is the page it happened on, if it was on one."""

    at: datetime
    event: str
    address: str


@dataclass(frozen=True)
class Recording:
    """What is known of a session; times are aware, the duration is in seconds.

    Without `has_snapshots` there are its events only.
    """

    session_id: str
    start: datetime
    end: datetime
    events: int
    pageviews: int
    clicks: int
    start_url: str
    has_snapshots: bool

    @property
    def duration(self) -> float:
        """From the beginning to the end."""
        return (self.end - self.start).total_seconds()


def recording(project: Project, session_id: str) -> Recording | None:
    """What was recorded of a session or happened in it; None when there is neither, and when it was deleted."""
    if not session_id or removal_of(project, session_id) is not None:
        return None
    count, start, end, pageviews, clicks, url = _rows(project, _FACTS, session_id)[0]
    recorded = find_recording(project, session_id)
    if recorded is not None:
        start, end, clicks, url = recorded.start, recorded.end, recorded.click_count, recorded.start_url
    elif not count:
        return None
    address = _without_query(url or "")
    return Recording(
        session_id, start, end, int(count), int(pageviews), int(clicks), address, has_snapshots=recorded is not None
    )


def happenings(project: Project, session_id: str) -> list[Happening]:
    """The first 500 events of a session in their order."""
    rows = _rows(project, _HAPPENINGS, session_id)
    return [Happening(at, event, _without_query(address or "")) for at, event, address in rows]


def _rows(project: Project, query: str, session_id: str) -> Sequence[tuple[Any, ...]]:
    with query_errors():
        tree = parse_select(query, {"session": ast.Constant(session_id)})
        compiled = compile_query(tree, project_context(project))
    return execute(compiled, configured_limits()).rows


def _without_query(address: str) -> str:
    """An address without what follows its path, where secrets and people's names often stand."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
