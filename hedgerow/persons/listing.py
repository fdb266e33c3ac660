"""Which persons a list shows: the newest first, and those that fit what is asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.operators import TRUE, conjunction, disjunction
from hedgerow.insights.properties import Properties, PropertyCondition, PropertyFilter, property_filters
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.projects.models import Project
from hedgerow.queries.context import project_context
from hedgerow.queries.errors import query_errors
from hedgerow.queries.execution import configured_limits, execute

LONGEST_SEARCH: Final = 200

_AHEAD = timedelta(days=1)
"""Persons made later than so much from now, by a clock that is wrong, are not listed."""

_ID = ast.Field(["id"])


@dataclass(frozen=True)
class Wanted:
    """What the persons of a list have in common; all of it holds."""

    search: str = ""
    email: str | None = None
    distinct_id: str | None = None
    properties: Properties = None
    cohort: int | None = None

    @property
    def is_for_the_engine(self) -> bool:
        """Whether the records alone cannot tell."""
        return bool(self.search or self.properties) or self.email is not None or self.cohort is not None


def find_persons(project: Project, wanted: Wanted, limit: int, offset: int) -> list[UUID]:
    """The persons who fit, the newest first.

    Raises QueryError for filters that cannot be.
    """
    latest = datetime.now(UTC) + _AHEAD
    if not wanted.is_for_the_engine:
        return list(_in_records(project, wanted, latest).values_list("uuid", flat=True)[offset : offset + limit])
    context = project_context(project)
    if (condition := _condition(context, wanted, latest)) is None:
        return []
    # As text, so that the order is the records' one: the engine compares the halves of a uuid in another order.
    order = [ast.OrderExpr(ast.Field(["created_at"]), "DESC"), ast.OrderExpr(ast.Call("toString", [_ID]), "DESC")]
    query = ast.SelectQuery(
        select=[_ID],
        select_from=ast.JoinExpr(ast.Field(["persons"])),
        where=condition,
        order_by=order,
        limit=ast.Constant(limit),
        offset=ast.Constant(offset),
    )
    return [row[0] for row in _rows(context, query)]


def count_persons(project: Project, wanted: Wanted) -> int:
    """How many persons fit; raises as `find_persons` does."""
    latest = datetime.now(UTC) + _AHEAD
    if not wanted.is_for_the_engine:
        return _in_records(project, wanted, latest).count()
    context = project_context(project)
    if (condition := _condition(context, wanted, latest)) is None:
        return 0
    query = ast.SelectQuery(
        select=[ast.Call("count", [])], select_from=ast.JoinExpr(ast.Field(["persons"])), where=condition
    )
    return int(_rows(context, query)[0][0])


def person_search(text: str) -> ast.Expr:
    """That a person's e-mail, name, id or any distinct id contains the text, whatever its case."""
    if not text:
        return TRUE
    pattern = ast.Constant("%" + re.sub(r"([\\%_])", r"\\\1", text) + "%")

    def contains(value: ast.Expr) -> ast.Expr:
        return ast.CompareOperation(ast.Call("toString", [value]), pattern, "ilike")

    with_distinct_id = ast.SelectQuery(
        select=[ast.Field(["person_id"])],
        select_from=ast.JoinExpr(ast.Field(["person_distinct_ids"])),
        where=contains(ast.Field(["distinct_id"])),
    )
    return disjunction(
        [
            contains(ast.Field(["properties", "email"])),
            contains(ast.Field(["properties", "name"])),
            contains(_ID),
            ast.CompareOperation(_ID, with_distinct_id, "in"),
        ]
    )


def _in_records(project: Project, wanted: Wanted, latest: datetime) -> QuerySet[Person]:
    persons = Person.objects.filter(project=project, created_at__lte=latest).order_by("-created_at", "-uuid")
    if wanted.distinct_id is not None:
        persons = persons.filter(distinct_ids__distinct_id=wanted.distinct_id, distinct_ids__project=project)
    return persons


def _condition(context: ProjectContext, wanted: Wanted, latest: datetime) -> ast.Expr | None:
    """The filters over persons in the query language; None when nobody can fit."""
    conditions = [
        ast.CompareOperation(ast.Field(["created_at"]), ast.Constant(latest), "<="),
        person_search(wanted.search),
    ]
    if wanted.distinct_id is not None:
        links = PersonDistinctId.objects.filter(project=context.team_id, distinct_id=wanted.distinct_id)
        uuid = links.values_list("person__uuid", flat=True).first()
        if uuid is None:
            return None
        conditions.append(ast.CompareOperation(_ID, ast.Constant(uuid), "=="))
    filters: list[PropertyCondition] = []
    if wanted.email is not None:
        filters.append(PropertyFilter(key="email", value=[wanted.email], type="person"))
    if wanted.cohort is not None:
        filters.append(PropertyFilter(key="id", value=wanted.cohort, type="cohort", operator="in"))
    with query_errors():
        now = datetime.now(UTC)
        conditions.append(property_filters(filters, context, now, "person"))
        conditions.append(property_filters(wanted.properties, context, now, "person"))
    return conjunction(conditions)


def _rows(context: ProjectContext, query: ast.SelectQuery) -> Sequence[tuple[Any, ...]]:
    with query_errors():
        compiled = compile_query(query, context)
    return execute(compiled, configured_limits()).rows
