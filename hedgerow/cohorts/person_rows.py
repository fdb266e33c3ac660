"""The members of a cohort as the API lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.operators import conjunction
from hedgerow.insights.properties import PropertyCondition, property_filters
from hedgerow.persons import rows
from hedgerow.persons.listing import person_search
from hedgerow.projects.models import Project
from hedgerow.queries.execution import configured_limits, execute

MOST_DISTINCT_IDS: Final = 10

_ID = ast.Field(["id"])


def member_ids(
    context: ProjectContext,
    cohort_id: int,
    now: datetime,
    *,
    limit: int,
    offset: int,
    search: str = "",
    properties: Sequence[PropertyCondition] = (),
) -> list[UUID]:
    """The members who fit, the newest first. Raises InsightError and HogQLError for filters that cannot be."""
    if cohort_id not in context.cohorts:
        return []
    query = ast.SelectQuery(
        select=[_ID],
        select_from=ast.JoinExpr(ast.Field(["persons"])),
        where=conjunction(
            [
                ast.CompareOperation(_ID, ast.Constant(cohort_id), "in cohort"),
                property_filters(list(properties), context, now, "person"),
                person_search(search),
            ]
        ),
        order_by=[ast.OrderExpr(ast.Field(["created_at"]), "DESC"), ast.OrderExpr(_ID, "DESC")],
        limit=ast.Constant(limit),
        offset=ast.Constant(offset),
    )
    return [row[0] for row in execute(compile_query(query, context), configured_limits()).rows]


def person_rows(project: Project, uuids: Sequence[UUID]) -> list[dict[str, Any]]:
    """These persons, in this order, as rows of a list; those who are gone are left out."""
    return rows.person_rows(project, uuids, MOST_DISTINCT_IDS)
