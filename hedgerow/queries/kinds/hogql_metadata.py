"""HogQLMetadata: what is wrong with a text of HogQL, and what it reads. A bad text is an answer, not an error."""

from typing import Any, Literal

from pydantic import BaseModel

from hedgerow.hogql import ast
from hedgerow.hogql.errors import HogQLError, ResolutionError
from hedgerow.hogql.metadata import (
    Metadata,
    Notice,
    expression_metadata,
    program_metadata,
    query_metadata,
    template_metadata,
)
from hedgerow.queries.errors import QueryError
from hedgerow.queries.placeholders import HogQLFilters, HogQLVariable, Placeholders
from hedgerow.queries.request import check_kind, unwrap
from hedgerow.queries.run import Kind, Run

PROGRAMS = ("hog",)
TEMPLATES = ("hogTemplate", "hogJson")
"""Languages of which only the syntax is looked at. Of `hogJson` the texts inside the JSON are templates."""


class HogQLMetadataQuery(BaseModel):
    """The question: about a SELECT (`hogQL`), an expression over the events or over `sourceQuery` (`hogQLExpr`), or,
    as far as their syntax goes, a program (`hog`) or a template."""

    kind: Literal["HogQLMetadata"]
    language: str
    query: str
    sourceQuery: dict[str, Any] | None = None  # noqa: N815
    globals: dict[str, Any] | None = None
    filters: HogQLFilters | None = None
    variables: dict[str, HogQLVariable] | None = None


def answer(query: HogQLMetadataQuery, run: Run) -> dict[str, Any]:
    """Errors, warnings and notices with their places, and the tables."""
    with run.step("metadata"):
        found = _metadata(query, run)
    return {
        "isValid": found.is_valid,
        "query": query.query,
        "errors": [_notice(each) for each in found.errors],
        "warnings": [_notice(each) for each in found.warnings],
        "notices": [_notice(each) for each in found.notices],
        "isUsingIndices": found.uses_indices,
        "table_names": found.table_names,
        "ch_table_names": found.clickhouse_table_names,
    }


def _metadata(query: HogQLMetadataQuery, run: Run) -> Metadata:
    if query.language == "hogQL":
        return query_metadata(query.query, run.context, lambda tree: _filled(tree, query, run))
    if query.language == "hogQLExpr":
        try:
            return expression_metadata(query.query, run.context, source_text(query.sourceQuery))
        except HogQLError as error:
            return Metadata(query.query, errors=[Notice(f"The source query: {error.message}", 0, len(query.query))])
    if query.language in PROGRAMS:
        return program_metadata(query.query)
    if query.language in TEMPLATES:
        return template_metadata(query.query)
    raise QueryError(f"Unsupported language: {query.language}")


def source_text(source_query: dict[str, Any] | None) -> str | None:
    """The text of the query that an expression is over; None for the events."""
    if source_query is None:
        return None
    try:
        check_kind(source_query)
    except ValueError as error:
        raise QueryError(f"The source query: {error}") from None
    source = unwrap(source_query)
    return str(source["query"]) if source["kind"] == "HogQLQuery" and "query" in source else None


def _filled(tree: ast.Query, query: HogQLMetadataQuery, run: Run) -> ast.Query:
    placeholders = Placeholders(
        values=query.globals or {},
        variables=query.variables or {},
        filters=query.filters,
        context=run.context,
        now=run.now,
        project_test_account_filters=run.project.test_account_filters,
    )
    try:
        return placeholders.put_into(tree)
    except QueryError as error:
        raise ResolutionError(error.detail, error.start, error.end) from None


def _notice(notice: Notice) -> dict[str, Any]:
    return {"message": notice.message, "start": notice.start, "end": notice.end, "fix": notice.fix}


HOGQL_METADATA = Kind(HogQLMetadataQuery, answer, is_cached=False)
