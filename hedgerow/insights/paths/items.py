"""Which events take part in paths, and what item each is: a page, a screen, the value of an expression or its name.

The item of a page view is its address without a slash at the end, of a screen the screen's name; both are empty where
the property is missing. Then rules replace parts of it: the project's where asked for, then the question's own. Last,
the first pattern it fits becomes the item. In a pattern `*` stands for any text, and a pattern fits when it is found
anywhere in the item.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_expr
from hedgerow.insights.dates import ResolvedRange
from hedgerow.insights.operators import conjunction, disjunction
from hedgerow.insights.path_rules import cleaned, project_rules
from hedgerow.insights.paths.request import EventType, PathsFilter, PathsQuery
from hedgerow.insights.ranges import is_within
from hedgerow.insights.selection import PERSON, group_key, is_not_empty, kept_events
from hedgerow.insights.tree import call, choice, column, compared, minus, number, select_from

_EVENT, _TIMESTAMP = column("event"), column("timestamp")


def item_events(
    query: PathsQuery,
    period: ResolvedRange,
    context: ProjectContext,
    now: datetime,
    test_accounts: Sequence[dict[str, Any]],
    occurrence: ast.Expr | None = None,
) -> ast.SelectQuery:
    """The events of all paths: rows `(actor, time, item)` and, if given, the value `occurrence` by that name.

    Times are in microseconds since 1970. Raises InsightError and HogQLError for mistakes in the request and in the
    project's rules.
    """
    actor: ast.Expr = PERSON
    conditions = [
        is_within(_TIMESTAMP, period.filter_from, period.date_to),
        _included(query.pathsFilter.includeEventTypes or []),
        kept_events(query.properties, query.filterTestAccounts, test_accounts, context, now),
    ]
    if query.aggregation_group_type_index is not None:
        actor = group_key(query.aggregation_group_type_index)
        conditions.append(is_not_empty(actor))
    columns: list[ast.Expr] = [
        ast.Alias(actor, "actor"),
        ast.Alias(call("toUnixTimestamp64Micro", _TIMESTAMP), "time"),
        ast.Alias(_item(query.pathsFilter, context), "item"),
    ]
    if occurrence is not None:
        columns.append(ast.Alias(occurrence, "occurrence"))
    events = ast.SelectQuery(
        select=columns, select_from=ast.JoinExpr(ast.Field(["events"])), where=conjunction(conditions)
    )
    return _grouped(events, [pattern for pattern in query.pathsFilter.pathGroupings or [] if pattern])


def without_slash(address: str) -> str:
    """An address without a slash at its end; a slash alone stays."""
    return address[:-1] if address.endswith("/") and address != "/" else address


def _included(types: Sequence[EventType]) -> ast.Expr:
    """The events of the types asked for. HogQL alone takes all events, as it gives each of them an item."""
    names: dict[EventType, ast.Expr] = {
        "$pageview": _is_named("$pageview"),
        "$screen": _is_named("$screen"),
        "custom_event": ast.Not(call("startsWith", _EVENT, ast.Constant("$"))),
    }
    return disjunction([condition for type_, condition in names.items() if type_ in types])


def _item(filter_: PathsFilter, context: ProjectContext) -> ast.Expr:
    types = filter_.includeEventTypes or ["$pageview", "$screen"]
    item: ast.Expr = call("toString", _EVENT)
    if "hogql" in types and filter_.pathsHogQLExpression:
        item = _text(parse_expr(filter_.pathsHogQLExpression))
    if "$screen" in types:
        item = choice(_is_named("$screen"), _text(ast.Field(["properties", "$screen_name"])), item)
    if "$pageview" in types:
        item = choice(_is_named("$pageview"), _address(), item)
    if filter_.pathReplacements:
        item = cleaned(item, project_rules(context))
    return cleaned(item, filter_.localPathCleaningFilters or [])


def _address() -> ast.Expr:
    url = _text(ast.Field(["properties", "$current_url"]))
    slash = ast.Constant("/")
    has_slash = ast.And([call("endsWith", url, slash), compared(url, "!=", slash)])
    return choice(has_slash, call("substring", url, number(1), minus(call("length", url), number(1))), url)


def _grouped(events: ast.SelectQuery, patterns: Sequence[str]) -> ast.SelectQuery:
    """The events, the items of which have become the first pattern they fit."""
    if not patterns:
        return events
    item = column("item")
    choices: list[ast.Expr] = []
    for pattern in patterns:
        choices += [compared(item, "like", ast.Constant(_like(pattern))), ast.Constant(pattern)]
    others = [each.alias for each in events.select if isinstance(each, ast.Alias) and each.alias != "item"]
    return select_from(events, [*others, ast.Alias(call("multiIf", *choices, item), "item")])


def _like(pattern: str) -> str:
    """A pattern with `*` as one of LIKE."""
    for special in ("\\", "%", "_"):
        pattern = pattern.replace(special, "\\" + special)
    return f"%{pattern.replace('*', '%')}%"


def _text(value: ast.Expr) -> ast.Expr:
    return call("ifNull", call("toString", value), ast.Constant(""))


def _is_named(event: str) -> ast.Expr:
    return compared(_EVENT, "==", ast.Constant(event))
