"""A page of a list: how many rows from where, and whether there are more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hedgerow.eventstore.client import Rows
from hedgerow.hogql import ast
from hedgerow.queries.run import DEFAULT_ROWS, MAX_ROWS, Run


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, and the first one of the next page if there is one.

    `fields` are those of the response that tell of the page itself.
    """

    rows: Rows
    following: Sequence[Any] | None
    fields: dict[str, Any]


def read_page(tree: ast.SelectQuery, limit: int | None, offset: int | None, run: Run) -> Page:
    """Execute a list's query for one page: as many rows as asked for, or by default, and never more than `MAX_ROWS`.

    One more row is read than is given, which tells whether there are more.
    """
    most, first = min(limit or max(run.default_rows, DEFAULT_ROWS), MAX_ROWS), offset or 0
    tree.limit, tree.offset = ast.Constant(most + 1), ast.Constant(first)
    compiled = run.compile(tree)
    rows = run.execute(compiled)
    following = rows.rows[most] if len(rows.rows) > most else None
    del rows.rows[most:]
    has_more = following is not None
    return Page(rows, following, {"hogql": compiled.hogql, "hasMore": has_more, "limit": most, "offset": first})
