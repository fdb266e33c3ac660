"""The recordings that a question asks for, in its order, page by page; and the events of one that it looks for."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from hedgerow.api.errors import ValidationError
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.insights.dates import parse_moment
from hedgerow.insights.operators import TRUE, conjunction, negation
from hedgerow.insights.ranges import is_within
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.context import project_context
from hedgerow.queries.errors import QueryError, query_errors
from hedgerow.queries.execution import configured_limits, execute
from hedgerow.recordings import columns
from hedgerow.recordings.asking import RecordingsQuery
from hedgerow.recordings.filters import Filters, one_of, texts
from hedgerow.recordings.models import RecordingView
from hedgerow.recordings.recorded import SESSION, Order, Recorded, find_recording, read_recordings

MOST_EVENTS = 10_000
"""How many events of a session are told that fit a filter."""

_START = columns.field("start_time")
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
_END_OF_TIME = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RecordingsPage:
    """A part of a list; `next_cursor` is what the next part is asked for with, None at the end.

    `not_matching` is the id of the recording that was asked for by name, if it does not fit.
    """

    recordings: list[Recorded]
    next_cursor: str | None
    not_matching: str | None = None


def list_recordings(project: Project, query: RecordingsQuery, user: User | None = None) -> RecordingsPage:
    """The recordings that fit; `user` is whose views count. Raises ValidationError for what cannot be asked."""
    try:
        with query_errors():
            return _page(project, query, user)
    except QueryError as error:
        raise ValidationError(error.detail, code=error.code) from None


def matching_events(project: Project, query: RecordingsQuery) -> list[dict[str, Any]]:
    """The events of the one session in `session_ids` that the question looks for, as `{"uuid", "timestamp"}`.

    Raises ValidationError.
    """
    if query.session_ids is None or len(query.session_ids) != 1:
        raise ValidationError("Must specify exactly one session_id", attr="session_ids")
    context = project_context(project)
    try:
        with query_errors():
            of_session = ast.CompareOperation(ast.Field(["$session_id"]), ast.Constant(query.session_ids[0]), "==")
            tree = ast.SelectQuery(
                select=[ast.Field(["uuid"]), ast.Field(["timestamp"])],
                select_from=ast.JoinExpr(ast.Field(["events"])),
                where=conjunction([of_session, Filters(context, datetime.now(UTC)).events(query)]),
                order_by=[ast.OrderExpr(ast.Field(["timestamp"])), ast.OrderExpr(ast.Field(["uuid"]))],
                limit=ast.Constant(MOST_EVENTS),
            )
            rows = execute(compile_query(tree, context), configured_limits()).rows
    except QueryError as error:
        raise ValidationError(error.detail, code=error.code) from None
    return [{"uuid": str(uuid), "timestamp": timestamp} for uuid, timestamp in rows]


def _page(project: Project, query: RecordingsQuery, user: User | None) -> RecordingsPage:
    if query.session_ids == []:
        return RecordingsPage([], None)
    now, context = datetime.now(UTC), project_context(project)
    since, until = _range(project, query, now)
    filters = Filters(context, now, since, until, query.session_ids)
    wanted = [filters.of_query(query, project.test_account_filters)]
    if query.session_ids is not None:
        wanted.append(one_of(SESSION, query.session_ids))
    else:
        wanted.append(is_within(_START, since or _EARLIEST, until or _END_OF_TIME))
    if query.hide_viewed_recordings:
        wanted.append(_not_viewed(project, user))
    order = _order(query)
    condition = conjunction([*wanted, _behind(query.after, order)])
    offset = 0 if query.after else query.offset
    found = read_recordings(project, context, condition, order, query.most + 1, offset)
    cursor = _cursor(*found[query.most - 1]) if len(found) > query.most else None
    recordings = [recorded for recorded, _ in found[: query.most]]
    if not query.session_recording_id or query.after or query.offset:
        return RecordingsPage(recordings, cursor)
    return _with_named(project, query.session_recording_id, RecordingsPage(recordings, cursor), conjunction(wanted))


def _with_named(project: Project, session_id: str, page: RecordingsPage, wanted: ast.Expr) -> RecordingsPage:
    """The page with the recording that was asked for by name at its head."""
    others = [each for each in page.recordings if each.session_id != session_id]
    found = next((each for each in page.recordings if each.session_id == session_id), None)
    named = found or find_recording(project, session_id)
    if named is None:
        return page
    fits = found or read_recordings(
        project, project_context(project), conjunction([wanted, one_of(SESSION, [session_id])])
    )
    return RecordingsPage([named, *others], page.next_cursor, None if fits else session_id)


def _range(project: Project, query: RecordingsQuery, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When recordings may have begun; named sessions at any time."""
    if query.session_ids is not None:
        return None, None
    zone, week = ZoneInfo(project.timezone), project.week_start_day or 0
    since = None if query.date_from == "all" else parse_moment(query.date_from or "-3d", zone, now, week).at
    if not query.date_to:
        return since, None
    until = parse_moment(query.date_to, zone, now, week)
    return since, until.at.replace(
        hour=23, minute=59, second=59, microsecond=999999
    ) if until.is_bare_date else until.at


def _not_viewed(project: Project, user: User | None) -> ast.Expr:
    viewed = RecordingView.objects.filter(project=project, user=user).values_list("session_id", flat=True)
    ids = list(viewed)
    return negation(one_of(SESSION, ids)) if ids else TRUE


def _order(query: RecordingsQuery) -> Order:
    if query.session_ids is not None:
        return Order(ast.Call("indexOf", [texts(query.session_ids), SESSION]), "ASC")
    key = _START if query.order == "start_time" else columns.NUMBERS[query.order]
    return Order(key, query.order_direction)


def _cursor(recorded: Recorded, key: Any) -> str:
    """Where a page ended: the last recording, and its place in the order."""
    told = recorded.start.isoformat() if isinstance(key, datetime) else key
    return base64.urlsafe_b64encode(orjson.dumps([told, recorded.session_id])).decode().rstrip("=")


def _behind(cursor: str | None, order: Order) -> ast.Expr:
    """The condition that a recording comes after where a page ended. Raises ValidationError."""
    if not cursor:
        return TRUE
    try:
        key, session_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        key = datetime.fromisoformat(key) if isinstance(key, str) else float(key)
    except (ValueError, TypeError, binascii.Error):
        raise ValidationError("Invalid cursor.", attr="after") from None
    if not isinstance(session_id, str) or isinstance(key, datetime) != (order.key == _START):
        raise ValidationError("Invalid cursor.", attr="after")
    op = "<" if order.direction == "DESC" else ">"
    value = ast.Constant(key)
    alike = [ast.CompareOperation(order.key, value, "=="), ast.CompareOperation(SESSION, ast.Constant(session_id), op)]
    return ast.Or([ast.CompareOperation(order.key, value, op), ast.And(list(alike))])
