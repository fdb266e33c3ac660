"""SessionsQuery: a list of sessions, or of what they add up to, by columns written in HogQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from hedgerow.hogql import ast
from hedgerow.hogql.database import SESSIONS
from hedgerow.hogql.session_range import MARGIN_DAYS
from hedgerow.insights.actions import steps_condition
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.properties import PropertiesField, property_filters, test_account_filters
from hedgerow.queries.kinds.columns import all_of, has_aggregate, row_order, split_conditions, without_label
from hedgerow.queries.kinds.lists import CLOCK_SKEW, ListQuery, moment, selected, shape_cells, steps_of_action
from hedgerow.queries.kinds.pages import read_page
from hedgerow.queries.run import Kind, Run
from hedgerow.queries.values import plain_type

SESSION_KEYS = tuple(name for name, each in SESSIONS.fields.items() if each.in_asterisk)
"""The keys of a session, as the column `*` shows it."""

_START, _TIMESTAMP = ast.Field(["$start_timestamp"]), ast.Field(["timestamp"])


class SessionsQuery(ListQuery):
    """The question; see `ListQuery`. The times are those at which sessions started.

    `properties` are conditions on sessions. `event`, `actionId`, `eventProperties`, `personId` and the filters of test
    accounts ask for sessions with an event that meets all of them.
    """

    kind: Literal["SessionsQuery"]
    eventProperties: PropertiesField | None = None  # noqa: N815


def answer(query: SessionsQuery, run: Run) -> dict[str, Any]:
    """A page of rows."""
    with run.step("build"):
        tree = _tree(query, run)
    page = read_page(tree, query.limit, query.offset, run)
    plain = run.plain(page.rows)
    shape_cells(query.select, plain, run, _session)
    return {
        "results": plain,
        "columns": query.select,
        "types": [plain_type(kind) for kind in page.rows.types],
        **page.fields,
    }


def _tree(query: SessionsQuery, run: Run) -> ast.SelectQuery:
    columns = [selected(text, SESSION_KEYS) for text in query.select]
    shows_start = any(without_label(text) in ("*", "$start_timestamp") for text in query.select)
    order = row_order(query.orderBy, columns, _START if shows_start else None)
    where, having = _conditions(query, run)
    is_grouped = bool(having) or any(has_aggregate(each) for each in columns)
    groups = [each for each in columns if not has_aggregate(each)] if is_grouped else []
    if not is_grouped:
        # So that pages do not overlap.
        order = [*order, ast.OrderExpr(ast.Field(["session_id"]))]
    return ast.SelectQuery(
        select=columns,
        select_from=ast.JoinExpr(ast.Field(["sessions"])),
        where=all_of(where),
        group_by=groups or None,
        having=all_of(having),
        order_by=order,
    )


def _conditions(query: SessionsQuery, run: Run) -> tuple[list[ast.Expr], list[ast.Expr]]:
    """The conditions on sessions, and those on what they add up to."""
    where, having = split_conditions(query.where)
    for filters in (query.properties, query.fixedProperties):
        where.append(property_filters(filters, run.context, run.now, "session"))
    before = moment(query.before, run) if query.before else run.now + CLOCK_SKEW
    after = None if query.after == "all" else moment(query.after or "-24h", run)
    where.append(ast.CompareOperation(_START, ast.Constant(before), "<"))
    if after is not None:
        where.append(ast.CompareOperation(_START, ast.Constant(after), ">"))
    event = _event_condition(query, run)
    if event is not TRUE:
        where.append(ast.CompareOperation(ast.Field(["session_id"]), _sessions_with(event, after, before), "in"))
    return [each for each in where if each is not TRUE], having


def _event_condition(query: SessionsQuery, run: Run) -> ast.Expr:
    """What one of the session's events must be; true if it may be any."""
    parts: list[ast.Expr] = [property_filters(query.eventProperties, run.context, run.now)]
    if query.filterTestAccounts:
        own = test_account_filters(run.project.test_account_filters)
        parts.append(property_filters(own, run.context, run.now))
    if query.event:
        parts.append(ast.CompareOperation(ast.Field(["event"]), ast.Constant(query.event), "=="))
    if query.actionId is not None:
        parts.append(steps_condition(steps_of_action(query.actionId, run), run.context, run.now))
    if query.personId is not None:
        parts.append(ast.CompareOperation(ast.Field(["person_id"]), ast.Constant(query.personId), "=="))
    return conjunction(parts)


def _sessions_with(event: ast.Expr, after: datetime | None, before: datetime) -> ast.SelectQuery:
    """The sessions with such an event, looked for as long as a session that starts in the range can last."""
    last = before + timedelta(days=MARGIN_DAYS)
    bounds: list[ast.Expr] = [ast.CompareOperation(_TIMESTAMP, ast.Constant(last), "<")]
    if after is not None:
        bounds.append(ast.CompareOperation(_TIMESTAMP, ast.Constant(after), ">"))
    return ast.SelectQuery(
        select=[ast.Field(["$session_id"])],
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=conjunction([*bounds, event]),
    )


def _session(values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(SESSION_KEYS, values, strict=True))


SESSIONS_QUERY = Kind(SessionsQuery, answer)
