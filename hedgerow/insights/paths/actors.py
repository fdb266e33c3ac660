"""Who is behind a part of the paths: an edge, an item at its step, or the paths that end there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actors import MOST_EVENTS
from hedgerow.insights.dates import EARLIEST, resolve
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import conjunction
from hedgerow.insights.paths.items import item_events
from hedgerow.insights.paths.request import PathsFilter, PathsQuery, check
from hedgerow.insights.paths.sessions import ITEM, OCCURRENCE, session_paths
from hedgerow.insights.tree import call, column, compared, member, number, row

_STEP, _STEPS, _ITEM, _EVENT = column("step"), column("steps"), column("item"), column("occurrence")
_PREVIOUS = column("previous")


def actors(
    query: PathsQuery,
    context: ProjectContext,
    now: datetime,
    test_accounts: Sequence[dict[str, Any]] = (),
) -> ast.SelectQuery:
    """The persons (or groups) behind the keys of the query's `pathsFilter`, one row each.

    `pathStartKey` and `pathEndKey` together are an edge; the start alone is its item with something after it, the end
    alone its item with something before it; `pathDropoffKey` is the item as the last of a path. A key is what edges
    have as `source` and `target`: `<step>_<item>`. Without keys it is everyone who has an edge.

    Columns: `actor_id`; `event_count`, how often the actor did it; `event_distinct_ids`, up to 100 distinct ids of the
    events; `matching_events`, the first 100 of the events as `(timestamp, uuid, $session_id, $window_id)`. The event is
    the one that reaches the end of the edge; for a start alone, the one of the start.

    `test_accounts` are the project's filters, used when the query asks for `filterTestAccounts`. Raises InsightError
    and HogQLError for mistakes in the request.
    """
    check(query)
    # A range that begins with all events begins before all of them as well as with the first.
    period = resolve(
        query.dates, "day", context.timezone, now, week_start_day=context.week_start_day, earliest=EARLIEST
    )
    occurrence = row(*(column(name) for name in ("timestamp", "uuid", "$session_id", "$window_id", "distinct_id")))
    events = item_events(query, period, context, now, test_accounts, occurrence)
    path = column("path")
    places = ast.SelectQuery(
        select=[column("actor"), _STEP, ast.Alias(call("length", path), "steps"), _ITEM, _PREVIOUS, _EVENT],
        select_from=ast.JoinExpr(session_paths(query, events, with_occurrences=True)),
        array_join_op="ARRAY JOIN",
        array_join_list=[
            ast.Alias(call("arrayEnumerate", path), "step"),
            ast.Alias(member(path, ITEM), "item"),
            ast.Alias(call("arrayPushFront", call("arrayPopBack", member(path, ITEM)), ast.Constant("")), "previous"),
            ast.Alias(member(path, OCCURRENCE), "occurrence"),
        ],
    )
    return ast.SelectQuery(
        select=[
            ast.Alias(column("actor"), "actor_id"),
            ast.Alias(call("count"), "event_count"),
            ast.Alias(_up_to("groupUniqArray", member(_EVENT, 5)), "event_distinct_ids"),
            ast.Alias(
                _up_to("groupArraySorted", row(*(member(_EVENT, index) for index in range(1, 5)))), "matching_events"
            ),
        ],
        select_from=ast.JoinExpr(places),
        where=_is_meant(query.pathsFilter),
        group_by=[column("actor")],
    )


def _is_meant(keys: PathsFilter) -> ast.Expr:
    """The condition that a place of a path is one of those asked for."""
    start, end, dropoff = (
        None if key is None else _step_and_item(key)
        for key in (keys.pathStartKey, keys.pathEndKey, keys.pathDropoffKey)
    )
    has_previous = compared(_STEP, ">", number(1))
    conditions: list[ast.Expr] = []
    if dropoff is not None:
        conditions += [_is_at(dropoff, _STEP, _ITEM), compared(_STEP, "==", _STEPS)]
    if end is not None:
        conditions += [_is_at(end, _STEP, _ITEM), has_previous]
    if start is not None and end is None and dropoff is None:
        return ast.And([_is_at(start, _STEP, _ITEM), compared(_STEP, "<", _STEPS)])
    if start is not None:
        conditions.append(_is_at((start[0] + 1, start[1]), _STEP, _PREVIOUS))
    return conjunction(conditions or [has_previous])


def _is_at(place: tuple[int, str], step: ast.Expr, item: ast.Expr) -> ast.Expr:
    return ast.And([compared(step, "==", number(place[0])), compared(item, "==", ast.Constant(place[1]))])


def _step_and_item(key: str) -> tuple[int, str]:
    step, separator, item = key.partition("_")
    if not separator or not step.isascii() or not step.isdigit() or len(step) > 3:
        raise InsightError(f"'{key}' is not an item of a path. Use a source or target of the answer, such as 1_/home.")
    return int(step), item


def _up_to(aggregate: str, value: ast.Expr) -> ast.Call:
    return ast.Call(aggregate, [value], params=[number(MOST_EVENTS)])
