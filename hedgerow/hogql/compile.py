"""A query to ClickHouse SQL with bound parameters. This is the only way SQL over a project's data is made."""

from dataclasses import dataclass, field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext


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
    raise NotImplementedError
