"""DatabaseSchemaQuery: the tables and fields that HogQL knows."""

from typing import Any, Literal

from pydantic import BaseModel

from hedgerow.hogql.database import schema
from hedgerow.queries.run import Kind, Run


class DatabaseSchemaQuery(BaseModel):
    """The question."""

    kind: Literal["DatabaseSchemaQuery"]


def answer(query: DatabaseSchemaQuery, run: Run) -> dict[str, Any]:
    """All tables with their fields."""
    return dict(schema(run.context))


DATABASE_SCHEMA = Kind(DatabaseSchemaQuery, answer, is_cached=False)
