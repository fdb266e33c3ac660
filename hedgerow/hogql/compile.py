"""A query to ClickHouse SQL with bound parameters. This is the only way SQL over a project's data is made."""

from dataclasses import dataclass, field, replace

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import QueryTooComplexError, ResolutionError
from hedgerow.hogql.parse import parse_select
from hedgerow.hogql.select import compile_select
from hedgerow.hogql.text import hogql_text
from hedgerow.hogql.values import Compilation


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """SQL that reads one project's data, and what it gives."""

    sql: str
    parameters: dict[str, object]
    """By name; every value of the query is here and none in `sql`."""
    columns: list[str]
    """Names of the result columns as the query's author wrote them."""
    types: list[str]
    """ClickHouse types of the columns as far as known before running; the engine's answer is exact."""
    hogql: str
    """The query as normalised HogQL."""
    limit: int | None = None
    """Most rows of the answer, by the query's own LIMIT or by the given default or maximum."""
    settings: dict[str, object] = field(default_factory=dict)
    """Settings of the engine without which the answer would be wrong; to be given to `EventStore.query`."""
    tables: list[str] = field(default_factory=list)
    """HogQL names of the tables read."""
    warnings: list[str] = field(default_factory=list)
    """Sentences for the author of the query, such as that its LIMIT was lowered."""


def compile_query(
    query: str | ast.Query,
    context: ProjectContext,
    *,
    default_limit: int | None = None,
    max_limit: int | None = None,
) -> CompiledQuery:
    """Compile text or a tree. `default_limit` is for a query without LIMIT, `max_limit` lowers a larger one.

    A set of queries (UNION …) without LIMIT gets `max_limit`. Raises HogQLError, at the place of the fault where known.
    """
    compilation = Compilation(context)
    query_as_written = parse_select(query) if isinstance(query, str) else query
    try:
        tree, limit = _limited(compilation, query_as_written, default_limit, max_limit)
        compiled = compile_select(compilation, tree, None)
        text = hogql_text(query_as_written)
    except RecursionError:
        raise QueryTooComplexError("The query is nested too deeply.") from None
    return CompiledQuery(
        sql=compiled.sql,
        parameters=compilation.parameters,
        columns=[output.name for output in compiled.outputs],
        types=[output.value.type.name(context.timezone) for output in compiled.outputs],
        hogql=text,
        limit=limit,
        settings={"join_use_nulls": 1} if compilation.outer_joins else {},
        tables=compilation.tables,
        warnings=compilation.warnings,
    )


def _limited(
    compilation: Compilation, query: ast.Query, default: int | None, most: int | None
) -> tuple[ast.Query, int | None]:
    if query.limit is None:
        limit = default if isinstance(query, ast.SelectQuery) else most
        return (query, None) if limit is None else (replace(query, limit=ast.Constant(limit)), limit)
    asked = query.limit.value if isinstance(query.limit, ast.Constant) else None
    if not isinstance(asked, int) or isinstance(asked, bool):
        raise ResolutionError("LIMIT and OFFSET must be whole numbers.", query.limit.start, query.limit.end)
    if most is not None and asked > most:
        compilation.warnings.append(f"LIMIT {asked} was lowered to {most}, the most rows a query may give.")
        return replace(query, limit=ast.Constant(most)), most
    return query, asked
