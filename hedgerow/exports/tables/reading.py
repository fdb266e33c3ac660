"""The rows of a question, read a part at a time.

Lists of events and answers to HogQL come from the event store as one stream; other lists in pages; insights at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from hedgerow.exports.tables.insight_rows import insight_rows
from hedgerow.hogql import ast
from hedgerow.hogql.walk import nodes
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError, query_errors
from hedgerow.queries.execution import configured_limits, stream
from hedgerow.queries.kinds.columns import has_aggregate
from hedgerow.queries.kinds.events import whole_list
from hedgerow.queries.kinds.hogql import tree_of
from hedgerow.queries.request import parse_request
from hedgerow.queries.run import Run
from hedgerow.queries.runner import Prepared, prepared
from hedgerow.queries.values import plain_value

PAGE = 10_000
MOST_BREAKDOWN_VALUES = 512
FEWEST_BREAKDOWN_VALUES = 64
_TOO_LARGE = ("too_many_rows", "too_many_rows_or_bytes", "memory_limit_exceeded")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows, each by the names of its columns, and how many there are if that is known before."""

    rows: Iterator[Row]
    total: int | None = None


def rows_of(
    project: Project, question: Mapping[str, Any], tag: str, *, as_api: bool = False, only: int | None = None
) -> Rows:
    """All rows of a question up to the configured number; with `as_api` in the JSON values of the API.

    With `only`, the first so many rows of a list, within the limits of queries that somebody waits for. `tag` marks the
    statements in the event store. Raises ParseError and QueryError, also while the rows are read, and QueryFailure when
    the event store fails.
    """
    asked = prepared(project, parse_request({"query": dict(question)}), tag)
    if only is not None:
        asked.run.limits = configured_limits()
    if asked.name == "HogQLQuery":
        return _hogql(asked, as_api, only)
    if asked.name == "EventsQuery":
        return _events(asked, as_api, only)
    if "offset" in type(asked.query).model_fields:
        return Rows(_pages(asked, only))
    return Rows(_insight(project, asked, tag))


def _hogql(asked: Prepared, as_api: bool, only: int | None) -> Rows:
    if asked.query.connectionId or asked.query.sendRawQuery:
        raise QueryError("Unsupported: a query runs over this server's own event store, as HogQL.")
    with asked.run.step("parse"):
        tree = tree_of(asked.query, asked.run)
    return _streamed(tree, None, asked.run, None, as_api, only)


def _events(asked: Prepared, as_api: bool, only: int | None) -> Rows:
    tree, shape = whole_list(asked.query, asked.run)
    return _streamed(tree, asked.query.select, asked.run, shape, as_api, only)


def _streamed(
    tree: ast.Query,
    names: Sequence[str] | None,
    run: Run,
    shape: Callable[[list[list[Any]]], None] | None,
    as_api: bool,
    only: int | None,
) -> Rows:
    """The rows of a tree; `names` are those of the columns, where they are not the tree's own."""
    most = only or settings.HEDGEROW.export_max_rows
    compiled = run.compile(tree, default_limit=most, max_limit=most)
    columns = _different(names or compiled.columns)
    zone = ZoneInfo(run.project.timezone)

    def rows() -> Iterator[Row]:
        for block in stream(compiled, run.limits, run.tag):
            found = [[plain_value(cell, zone) for cell in row] if as_api else list(row) for row in block]
            if shape is not None:
                with query_errors():
                    shape(found)
            for row in found:
                yield dict(zip(columns, row, strict=True))

    return Rows(rows(), _count(tree, most, run) if only is None and _is_cheap(tree) else None)


def _is_cheap(tree: ast.Query) -> bool:
    """Whether counting the rows costs little beside reading them: nothing has to be added up for it, or joined."""
    if not isinstance(tree, ast.SelectQuery) or tree.group_by or tree.distinct or has_aggregate(tree):
        return False
    return sum(isinstance(node, ast.JoinExpr) for node in nodes(tree)) == 1


def _count(tree: ast.Query, most: int, run: Run) -> int:
    counted = ast.SelectQuery(
        select=[ast.Call("count")],
        select_from=ast.JoinExpr(tree if tree.limit is not None else replace(tree, limit=ast.Constant(most))),
    )
    ((count,),) = run.execute(run.compile(counted)).rows
    return min(int(count), most)


def _different(names: Sequence[str]) -> list[str]:
    """The names, with a number after those that occurred before."""
    seen: dict[str, int] = {}
    different = []
    for at, name in enumerate(names):
        name = name or f"column_{at}"
        seen[name] = seen.get(name, 0) + 1
        different.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return different


def _pages(asked: Prepared, only: int | None) -> Iterator[Row]:
    most, first = only or settings.HEDGEROW.export_max_rows, asked.query.offset or 0
    read = 0
    while read < most:
        page = asked.query.model_copy(update={"limit": min(PAGE, most - read), "offset": first + read})
        with query_errors():
            answer = asked.kind.answer(page, asked.run)
        found = answer["results"]
        columns = _different(answer.get("columns") or [])
        for row in found:
            yield row if isinstance(row, dict) else _named(columns, row)
        read += len(found)
        if not answer.get("hasMore") or not found:
            return


def _named(columns: Sequence[str], row: Any) -> Row:
    cells = row if isinstance(row, list | tuple) else [row]
    names = columns or [f"column_{at}" for at in range(len(cells))]
    return dict(zip(names, cells, strict=False))


def _insight(project: Project, asked: Prepared, tag: str) -> Iterator[Row]:
    """The rows of an insight, with more values of a breakdown than are shown, but not more than can be found."""
    values = MOST_BREAKDOWN_VALUES
    while True:
        wide = _with_values(project, asked, values, tag)
        try:
            with query_errors():
                answer = wide.kind.answer(wide.query, wide.run)
        except QueryError as error:
            if wide is asked or error.code not in _TOO_LARGE or values <= FEWEST_BREAKDOWN_VALUES:
                raise
            values //= 2
            continue
        if answer.get("columns") and isinstance(answer.get("results"), list):
            columns = _different(answer["columns"])
            yield from (each if isinstance(each, dict) else _named(columns, each) for each in answer["results"])
        else:
            yield from insight_rows(wide.body, answer)
        return


def _with_values(project: Project, asked: Prepared, values: int, tag: str) -> Prepared:
    breakdown = asked.body.get("breakdownFilter")
    if not isinstance(breakdown, dict) or not (breakdown.get("breakdown") or breakdown.get("breakdowns")):
        return asked
    body = {**asked.body, "breakdownFilter": {**breakdown, "breakdown_limit": values}}
    return prepared(project, parse_request({"query": body}), tag)
