"""SessionsQuery: a list of sessions, or of what they add up to, by columns written in HogQL."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, field_validator

from hedgerow.hogql import ast
from hedgerow.hogql.database import SESSIONS
from hedgerow.hogql.session_range import MARGIN_DAYS
from hedgerow.insights.actions import steps_condition
from hedgerow.insights.dates import parse_moment
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.properties import PropertiesField, property_filters, test_account_filters
from hedgerow.queries.kinds.columns import all_of, column, has_aggregate, row_order, split_conditions, without_label
from hedgerow.queries.kinds.events import steps_of_action
from hedgerow.queries.kinds.pages import read_page
from hedgerow.queries.persons import PersonCells
from hedgerow.queries.run import Kind, Run
from hedgerow.queries.values import plain_type

SESSION_KEYS = tuple(name for name, each in SESSIONS.fields.items() if each.in_asterisk)
"""The keys of a session, as the column `*` shows it."""

_BY_DISTINCT_ID = ("person", "person_display_name")
_START, _TIMESTAMP = ast.Field(["$start_timestamp"]), ast.Field(["timestamp"])
_CLOCK_SKEW = timedelta(seconds=5)


class SessionsQuery(BaseModel):
    """The question; without `after`, sessions that started in the last 24 hours are asked for.

    `properties` are conditions on sessions. `event`, `actionId`, `eventProperties`, `personId` and the filters of test
    accounts ask for sessions with an event that meets all of them.
    """

    kind: Literal["SessionsQuery"]
    select: list[str] = Field(default_factory=lambda: ["*"], max_length=200)
    where: list[str] | None = None
    properties: PropertiesField | None = None
    fixedProperties: PropertiesField | None = None  # noqa: N815
    event: str | None = None
    actionId: int | None = None  # noqa: N815
    eventProperties: PropertiesField | None = None  # noqa: N815
    personId: UUID | None = None  # noqa: N815
    filterTestAccounts: bool | None = False  # noqa: N815
    after: str | None = None
    before: str | None = None
    orderBy: list[str] | None = None  # noqa: N815
    limit: int | None = Field(None, ge=1)
    offset: int | None = Field(None, ge=0, le=2**31)

    @field_validator("select")
    @classmethod
    def _all_by_default(cls, select: list[str]) -> list[str]:
        return select or ["*"]


def answer(query: SessionsQuery, run: Run) -> dict[str, Any]:
    """A page of rows."""
    with run.step("build"):
        tree = _tree(query, run)
    page = read_page(tree, query.limit, query.offset, run)
    plain = run.plain(page.rows)
    _shape_cells(query.select, plain, run)
    return {
        "results": plain,
        "columns": query.select,
        "types": [plain_type(kind) for kind in page.rows.types],
        **page.fields,
    }


def _tree(query: SessionsQuery, run: Run) -> ast.SelectQuery:
    columns = [_selected(text) for text in query.select]
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


def _selected(text: str) -> ast.Expr:
    """The expression of a column; `*` and what is looked up by distinct id by what is needed for them."""
    bare = without_label(text)
    if bare == "*":
        return ast.Call("tuple", [ast.Field([name]) for name in SESSION_KEYS])
    return ast.Field(["distinct_id"]) if bare in _BY_DISTINCT_ID else column(text)


def _conditions(query: SessionsQuery, run: Run) -> tuple[list[ast.Expr], list[ast.Expr]]:
    """The conditions on sessions, and those on what they add up to."""
    where, having = split_conditions(query.where)
    for filters in (query.properties, query.fixedProperties):
        where.append(property_filters(filters, run.context, run.now, "session"))
    before = _moment(query.before, run) if query.before else run.now + _CLOCK_SKEW
    after = None if query.after == "all" else _moment(query.after or "-24h", run)
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


def _moment(text: str, run: Run) -> datetime:
    return parse_moment(text, ZoneInfo(run.project.timezone), run.now, run.project.week_start_day or 0).at


def _shape_cells(select: list[str], rows: list[list[Any]], run: Run) -> None:
    """Make objects of the columns that are more than a value, in place."""
    for index, text in enumerate(map(without_label, select)):
        if text == "*":
            for row in rows:
                row[index] = dict(zip(SESSION_KEYS, row[index], strict=True))
        elif text in _BY_DISTINCT_ID:
            with run.step("persons"):
                cells = PersonCells.of(run.project, (row[index] for row in rows))
            cell = cells.person if text == "person" else cells.display_name
            for row in rows:
                row[index] = cell(row[index])


SESSIONS_QUERY = Kind(SessionsQuery, answer)
