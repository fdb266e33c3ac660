"""The path of each session: the items an actor went through, each with the time it was last seen there.

Events of an actor follow each other by time; those of the same instant by the text of their item, so that the answer is
always the same. A session ends where the next event comes half an hour or more later. The same item several times in a
row stands in the path once, with the time of the last.

With a start point a path begins at its first occurrence, with an end point it ends at its first occurrence; with both
it begins at the first start point and ends at the first end point after that. Sessions without the points have no path.
A path is cut to so many items: at its end, or with an end point at its beginning. With both points, as many items are
left at both ends as go into half the limit, and one item `...` stands for those between them, with the time of the
first of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from hedgerow.hogql import ast
from hedgerow.insights.operators import disjunction
from hedgerow.insights.paths.items import without_slash
from hedgerow.insights.paths.request import PathsQuery
from hedgerow.insights.tree import (
    call,
    choice,
    column,
    compared,
    is_not_zero,
    member,
    minus,
    number,
    over,
    plus,
    row,
    select_from,
)

SESSION_GAP = 30 * 60 * 1_000_000
"""Microseconds without an event after which the next one begins another session."""

HIDDEN = "..."

TIME, ITEM, OCCURRENCE = 1, 2, 3
"""Members of the tuples that paths are made of."""

_ACTOR, _SESSION, _PATH = column("actor"), column("session"), column("path")
_BEGIN, _FINISH = column("begin"), column("finish")


def session_paths(query: PathsQuery, events: ast.SelectQuery, *, with_occurrences: bool = False) -> ast.SelectQuery:
    """One row `(actor, path)` for each session that has a path; `events` are those of `items.item_events`.

    A path is an array of tuples `(time, item)`, with a third member `occurrence` if asked for.
    """
    members = ["time", "item", "occurrence"] if with_occurrences else ["time", "item"]
    path = _collapsed(_sessions(_visits(events, members, query.pathsFilter.excludeEvents or [])))
    start, end = query.pathsFilter.startPoint, query.pathsFilter.endPoint
    if not start and not end:
        return select_from(path, ["actor", _named(_slice(_PATH, number(1), number(query.step_limit)))])
    if not start:
        return _ending(_found(path, "finish", _PATH, end), query.step_limit)
    found = _found(path, "begin", _PATH, start)
    if not end:
        return _where_found(found, "begin", _slice(_PATH, _BEGIN, number(query.step_limit)))
    begun = _where_found(found, "begin", call("arraySlice", _PATH, _BEGIN))
    found = _found(begun, "finish", call("arrayPopFront", _PATH), end)
    between = _where_found(found, "finish", _slice(_PATH, number(1), plus(_FINISH, number(1))))
    return select_from(between, ["actor", _named(_shortened(query.step_limit, len(members)))])


def items(path: ast.Expr) -> ast.Expr:
    """The items of a path."""
    return member(path, ITEM)


def _visits(events: ast.SelectQuery, members: Sequence[str], excluded: Sequence[str]) -> ast.SelectQuery:
    """One row per actor: its events in order."""
    # Arrays of their own take less time and memory than one of tuples; all are filled in the same order.
    gathered = call("arrayZip", *(call("groupArray", column(name)) for name in members))
    is_kept = compared(column("item"), "not in", row(*(ast.Constant(item) for item in excluded)))
    return ast.SelectQuery(
        select=[_ACTOR, ast.Alias(call("arraySort", gathered), "visits")],
        select_from=ast.JoinExpr(events),
        where=is_kept if excluded else None,
        group_by=[_ACTOR],
    )


def _sessions(visits: ast.SelectQuery) -> ast.SelectQuery:
    begins = compared(column("gap"), ">=", number(SESSION_GAP))
    gaps = call("arrayDifference", member(column("visits"), TIME))
    return ast.SelectQuery(
        select=[_ACTOR, _SESSION],
        select_from=ast.JoinExpr(visits),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(over("arraySplit", ["visit", "gap"], begins, column("visits"), gaps), "session")],
    )


def _collapsed(sessions: ast.SelectQuery) -> ast.SelectQuery:
    """Each session without the events that the same item follows."""
    seen = items(_SESSION)
    following = call("arrayPushBack", call("arrayPopFront", seen), ast.Constant(""))
    left = call("arrayReverse", call("arrayEnumerate", seen))
    is_kept = ast.Or([compared(column("item"), "!=", column("next")), compared(column("left"), "==", number(1))])
    kept = over("arrayFilter", ["visit", "item", "next", "left"], is_kept, _SESSION, seen, following, left)
    return select_from(sessions, ["actor", _named(kept)])


def _found(paths: ast.SelectQuery, name: str, path: ast.Expr, point: str | None) -> ast.SelectQuery:
    """The paths with the place in `path`, counted from 1, where a point is found first; 0 where it is not."""
    assert point
    texts = dict.fromkeys([point, without_slash(point)])
    is_point = disjunction([compared(column("item"), "==", ast.Constant(text)) for text in texts])
    return select_from(
        paths, ["actor", "path", ast.Alias(over("arrayFirstIndex", ["item"], is_point, items(path)), name)]
    )


def _where_found(paths: ast.SelectQuery, name: str, path: ast.Expr) -> ast.SelectQuery:
    """The part of each path that begins or ends where a point was found."""
    return ast.SelectQuery(
        select=[_ACTOR, _named(path)], select_from=ast.JoinExpr(paths), where=is_not_zero(column(name))
    )


def _ending(paths: ast.SelectQuery, limit: int) -> ast.SelectQuery:
    """The last items of each path up to where the end point was found."""
    before = call("greatest", minus(_FINISH, number(limit)), number(0))
    return _where_found(paths, "finish", _slice(_PATH, plus(before, number(1)), minus(_FINISH, before)))


def _shortened(limit: int, members: int) -> ast.Expr:
    half = limit // 2
    first_hidden = ast.ArrayAccess(_PATH, number(half + 1))
    hidden = [ast.Constant(HIDDEN) if index == ITEM else member(first_hidden, index) for index in range(1, members + 1)]
    last = _slice(_PATH, minus(call("length", _PATH), number(half - 1)), number(half))
    shortened = call("arrayConcat", _slice(_PATH, number(1), number(half)), ast.Array([row(*hidden)]), last)
    return choice(compared(call("length", _PATH), ">", number(limit)), shortened, _PATH)


def _slice(path: ast.Expr, first: ast.Expr, length: ast.Expr) -> ast.Call:
    return call("arraySlice", path, first, length)


def _named(path: ast.Expr) -> ast.Alias:
    return ast.Alias(path, "path")
