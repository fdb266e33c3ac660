"""EventsQuery: a list of events, or of what they add up to, by columns written in HogQL."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from pydantic import BeforeValidator, Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ActionStep
from hedgerow.insights.actions import steps_condition
from hedgerow.insights.properties import property_filters, test_account_filters
from hedgerow.queries.elements import parse_elements
from hedgerow.queries.kinds.columns import all_of, has_aggregate, row_order, split_conditions
from hedgerow.queries.kinds.insight_actors import InsightSource, events_behind
from hedgerow.queries.kinds.lists import CLOCK_SKEW, ListQuery, moment, selected, shape_cells, steps_of_action
from hedgerow.queries.kinds.pages import Page, read_page
from hedgerow.queries.run import Kind, Run
from hedgerow.queries.values import plain_type

EVENT_FIELDS = (
    *("uuid", "event", "properties", "timestamp", "team_id", "distinct_id"),
    *("elements_chain", "created_at", "person_mode"),
)
"""The keys of an event, as the column `*` shows it."""


def _without_nulls(step: object) -> object:
    return {name: value for name, value in step.items() if value is not None} if isinstance(step, dict) else step


StepField = Annotated[ActionStep, BeforeValidator(_without_nulls)]
"""A step of an action as the API gives it, where null is as good as nothing."""


class EventsQuery(ListQuery):
    """The question; see `ListQuery`."""

    kind: Literal["EventsQuery"]
    events: list[str] | None = None
    actionSteps: list[StepField] | None = Field(None, max_length=200)  # noqa: N815
    source: InsightSource | None = None
    """A number of an insight: the events behind it are asked for, and `after` and `before` only if they are given."""


def answer(query: EventsQuery, run: Run) -> dict[str, Any]:
    """A page of rows, with `nextCursor` as the `before` (or `after`) of the next page of a list by time."""
    with run.step("build"):
        columns = [selected(text, EVENT_FIELDS) for text in query.select]
        order = _order(query, columns)
        by_time = _is_by_time(order) and not any(has_aggregate(each) for each in columns)
        tree = _tree(query, columns, order, by_time, run)
    page = read_page(tree, query.limit, query.offset, run)
    cursor = _next_cursor(page) if by_time and query.source is None else None
    plain = run.plain(page.rows)
    if by_time:
        for row in plain:
            row.pop()
    shape_cells(query.select, plain, run, _event)
    return {
        "results": plain,
        "columns": query.select,
        "types": [plain_type(kind) for kind in page.rows.types[: len(query.select)]],
        **page.fields,
        "nextCursor": _plain_cursor(cursor, run),
    }


def whole_list(query: EventsQuery, run: Run) -> tuple[ast.SelectQuery, Callable[[list[list[Any]]], None]]:
    """The query for all rows of the list, without its limit, and what makes objects of those cells that are more than
    a value, in place. Raises HogQLError."""
    with run.step("build"):
        columns = [selected(text, EVENT_FIELDS) for text in query.select]
        tree = _tree(query, columns, _order(query, columns), False, run)
    return tree, lambda rows: shape_cells(query.select, rows, run, _event)


# Asking


def _tree(
    query: EventsQuery, columns: list[ast.Expr], order: list[ast.OrderExpr], by_time: bool, run: Run
) -> ast.SelectQuery:
    where, having = _conditions(query, run)
    is_grouped = having or any(has_aggregate(each) for each in columns)
    groups = [each for each in columns if not has_aggregate(each)] if is_grouped else []
    select = list(columns)
    if by_time:
        # Not asked for: tells where the next page begins.
        select.append(ast.Alias(ast.Field(["timestamp"]), "cursor"))
        order = [*order, ast.OrderExpr(ast.Field(["uuid"]), order=order[0].order)]
    return ast.SelectQuery(
        select=select,
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=all_of(where),
        group_by=groups or None,
        having=all_of(having),
        order_by=order,
    )


def _conditions(query: EventsQuery, run: Run) -> tuple[list[ast.Expr], list[ast.Expr]]:
    """The conditions on events, and those on what they add up to."""
    where, having = split_conditions(query.where)
    own = test_account_filters(run.project.test_account_filters) if query.filterTestAccounts else None
    given = [query.properties, query.fixedProperties, own]
    where.extend(property_filters(filters, run.context, run.now) for filters in given if filters)
    if query.event:
        where.append(_equals("event", query.event))
    if query.events:
        names = ast.Tuple([ast.Constant(name) for name in query.events])
        where.append(ast.CompareOperation(ast.Field(["event"]), names, "in"))
    if (steps := _action_steps(query, run)) is not None:
        where.append(steps_condition(steps, run.context, run.now))
    if query.personId is not None:
        where.append(_equals("person_id", query.personId))
    if query.source is not None:
        where.append(events_behind(query.source, run))
    before, after = query.before, query.after
    if query.source is None or before:
        until = moment(before, run) if before else run.now + CLOCK_SKEW
        where.append(ast.CompareOperation(ast.Field(["timestamp"]), ast.Constant(until), "<"))
    if after != "all" and (query.source is None or after):
        since = moment(after or "-24h", run)
        where.append(ast.CompareOperation(ast.Field(["timestamp"]), ast.Constant(since), ">"))
    return where, having


def _action_steps(query: EventsQuery, run: Run) -> Sequence[ActionStep] | None:
    """The steps of the action asked for, of which an event has to match one."""
    return query.actionSteps or None if query.actionId is None else steps_of_action(query.actionId, run)


def _equals(field: str, value: str | UUID) -> ast.Expr:
    return ast.CompareOperation(ast.Field([field]), ast.Constant(value), "==")


def _order(query: EventsQuery, columns: list[ast.Expr]) -> list[ast.OrderExpr]:
    shows_time = "*" in query.select or "timestamp" in query.select
    return row_order(query.orderBy, columns, ast.Field(["timestamp"]) if shows_time else None)


def _is_by_time(order: list[ast.OrderExpr]) -> bool:
    return order[0].expr == ast.Field(["timestamp"])


# Answering


def _next_cursor(page: Page) -> datetime | None:
    """The time of the page's last event; none when the next page begins in the same instant, which would be skipped."""
    if page.following is None:
        return None
    last = page.rows.rows[-1][-1]
    return last if isinstance(last, datetime) and last != page.following[-1] else None


def _plain_cursor(cursor: datetime | None, run: Run) -> str | None:
    return cursor.astimezone(ZoneInfo(run.project.timezone)).isoformat() if cursor is not None else None


def _event(values: Sequence[Any]) -> dict[str, Any]:
    event = dict(zip(EVENT_FIELDS, values, strict=True))
    properties = orjson.loads(event["properties"] or "{}")
    if properties.get("$session_id"):
        properties["$has_recording"] = False  # there are no recordings yet
    event["properties"] = properties
    if event["elements_chain"]:
        event["elements"] = parse_elements(event["elements_chain"])
    return event


EVENTS = Kind(EventsQuery, answer)
