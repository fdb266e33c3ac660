"""What is known of recordings, read from the event store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.operators import TRUE, conjunction, negation
from hedgerow.projects.models import Project
from hedgerow.queries.context import project_context
from hedgerow.queries.errors import query_errors
from hedgerow.queries.execution import configured_limits, execute
from hedgerow.recordings import columns
from hedgerow.recordings.filters import one_of
from hedgerow.recordings.models import RemovedRecording

STILL_GOING = timedelta(minutes=5)
"""For how long after the last data a recording may go on."""

SESSION = columns.field("session_id")
_FIELDS = ("session_id", "distinct_id", "start_time", "end_time", "first_url", "snapshot_source", "snapshot_library")
_NUMBERS = (
    *("duration", "active_seconds", "inactive_seconds", "click_count", "keypress_count", "mouse_activity_count"),
    *("console_log_count", "console_warn_count", "console_error_count", "activity_score"),
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of a recording. Times are UTC; durations are whole seconds."""

    session_id: str
    distinct_id: str
    start: datetime
    end: datetime
    start_url: str
    source: str
    library: str
    duration: int
    active_seconds: int
    inactive_seconds: int
    click_count: int
    keypress_count: int
    mouse_activity_count: int
    console_log_count: int
    console_warn_count: int
    console_error_count: int
    activity_score: float

    @property
    def is_ongoing(self) -> bool:
        """Whether more of it may be on its way."""
        return timezone.now() - self.end < STILL_GOING


@dataclass(frozen=True, slots=True)
class Order:
    """By what recordings are put in order; those that are alike in it by their ids."""

    key: ast.Expr
    direction: str


def read_recordings(
    project: Project,
    context: ProjectContext,
    where: ast.Expr,
    order: Order | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[tuple[Recorded, object]]:
    """The recordings for which a condition holds, without removed ones, each with its value in the order.

    Raises QueryError and QueryFailure.
    """
    order = order or Order(columns.field("start_time"), "DESC")
    select: list[ast.Expr] = [columns.field(name) for name in _FIELDS]
    select += [columns.NUMBERS[name] for name in _NUMBERS]
    tree = ast.SelectQuery(
        select=[*select, order.key],
        select_from=ast.JoinExpr(ast.Field([columns.TABLE])),
        where=conjunction([where, _not_removed(project)]),
        order_by=[ast.OrderExpr(order.key, order.direction), ast.OrderExpr(SESSION, order.direction)],
        limit=None if limit is None else ast.Constant(limit),
        offset=ast.Constant(offset) if offset else None,
    )
    with query_errors():
        rows = execute(compile_query(tree, context), configured_limits()).rows
    return [(_recorded(row[:-1]), row[-1]) for row in rows]


def find_recordings(project: Project, session_ids: Iterable[str]) -> dict[str, Recorded]:
    """Those of the sessions that have been recorded and not removed, by id. Raises QueryFailure."""
    wanted = list(dict.fromkeys(session_ids))
    if not wanted:
        return {}
    found = read_recordings(project, project_context(project), one_of(SESSION, wanted))
    return {recorded.session_id: recorded for recorded, _ in found}


def find_recording(project: Project, session_id: str) -> Recorded | None:
    """One recording; None if there is none, or not any more. Raises QueryFailure."""
    return find_recordings(project, [session_id]).get(session_id)


def _not_removed(project: Project) -> ast.Expr:
    """Blocks of removed recordings may still be there, or even come in."""
    removed = RemovedRecording.objects.filter(project=project).values_list("session_id", flat=True)
    ids = list(removed)
    return negation(one_of(SESSION, ids)) if ids else TRUE


def _recorded(row: Sequence[object]) -> Recorded:
    values: list[object] = [
        (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))
        if isinstance(value, datetime)
        else value
        for value in row
    ]
    return Recorded(*values)  # type: ignore[arg-type]
