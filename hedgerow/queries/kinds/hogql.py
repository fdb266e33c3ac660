"""HogQLQuery: a SELECT as text, with values, variables and filters for its placeholders."""

from typing import Any, Literal

from pydantic import BaseModel

from hedgerow.hogql import ast
from hedgerow.hogql.compile import CompiledQuery
from hedgerow.hogql.parse import parse_select
from hedgerow.queries.errors import QueryError
from hedgerow.queries.execution import explain
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.placeholders import HogQLFilters, HogQLVariable, Placeholders
from hedgerow.queries.run import MAX_ROWS, Kind, Run
from hedgerow.queries.values import plain_type


class HogQLQuery(BaseModel):
    """The question."""

    kind: Literal["HogQLQuery"]
    query: str
    values: dict[str, Any] | None = None
    filters: HogQLFilters | None = None
    variables: dict[str, HogQLVariable] | None = None
    explain: bool | None = False
    connectionId: str | None = None  # noqa: N815
    sendRawQuery: bool | None = False  # noqa: N815


def answer(query: HogQLQuery, run: Run) -> dict[str, Any]:
    """The rows. Without a LIMIT of its own a query gives 100 rows, and `hasMore` says whether there are more."""
    fields: dict[str, Any] = {
        "query": query.query,
        "results": [],
        "columns": [],
        "types": [],
        "clickhouse": None,
        "explain": None,
        "metadata": None,
        "error": None,
        "hasMore": None,
        "limit": None,
        "offset": None,
    }
    try:
        _fill(fields, query, run)
    except QueryError as error:
        if not run.debug:
            raise
        fields["error"] = error.detail
    return fields


def _fill(fields: dict[str, Any], query: HogQLQuery, run: Run) -> None:
    if query.connectionId or query.sendRawQuery:
        raise QueryError("Unsupported: a query runs over this server's own event store, as HogQL.")
    with run.step("parse"):
        tree = tree_of(query, run)
    is_limited_by_us = isinstance(tree, ast.SelectQuery) and tree.limit is None
    default = run.default_rows
    compiled = run.compile(tree, default_limit=default + 1, max_limit=MAX_ROWS)
    fields["hogql"] = compiled.hogql
    if run.debug:
        fields["clickhouse"] = compiled.sql
    if query.explain:
        fields["explain"] = explain(compiled, run.limits)
    rows = run.execute(compiled)
    found = rows.rows
    if is_limited_by_us:
        fields["hasMore"] = len(found) > default
        fields["limit"] = default
        fields["offset"] = _offset(tree)
        del found[default:]
    elif len(found) >= MAX_ROWS and _asks_for_more(tree, compiled):
        fields["hasMore"] = True
        fields["warnings"] = compiled.warnings or [f"The answer was cut to {MAX_ROWS} rows."]
    fields["columns"] = compiled.columns
    fields["types"] = [[name, plain_type(kind)] for name, kind in zip(compiled.columns, rows.types, strict=True)]
    fields["results"] = run.plain(rows)


def tree_of(query: HogQLQuery, run: Run) -> ast.Query:
    """The query with values, variables and filters put into it. Raises HogQLError."""
    placeholders = Placeholders(
        values=query.values or {},
        variables=query.variables or {},
        filters=query.filters,
        context=run.context,
        now=run.now,
        project_test_account_filters=run.project.test_account_filters,
    )
    return placeholders.put_into(parse_select(query.query))


def _offset(tree: ast.Query) -> int:
    offset = tree.offset
    return offset.value if isinstance(offset, ast.Constant) and isinstance(offset.value, int) else 0


def _asks_for_more(tree: ast.Query, compiled: CompiledQuery) -> bool:
    """Whether the query itself would give more rows than are ever given."""
    limit = tree.limit
    return not isinstance(limit, ast.Constant) or limit.value != MAX_ROWS


def _freshness(query: HogQLQuery, run: Run) -> Freshness:
    return Freshness(reported_as="day")


HOGQL = Kind(HogQLQuery, answer, _freshness)
