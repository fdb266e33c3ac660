"""The members of a cohort as the API lists them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.operators import TRUE, conjunction, disjunction
from hedgerow.insights.properties import PropertyCondition, property_filters
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.projects.models import Project
from hedgerow.queries.execution import configured_limits, execute

MOST_DISTINCT_IDS: Final = 10

_NAMES = ("email", "name", "username")
_ANONYMOUS = re.compile(r"([a-z0-9]+-){4}[a-z0-9]+")
_LEFT_OUT_OF_CSV = ("value_at_data_point", "uuid", "type", "is_identified", "matched_recordings")

_ID = ast.Field(["id"])
_LOOKED_AT = 5_000


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


def person_rows(project: Project, uuids: Sequence[UUID]) -> list[dict[str, Any]]:
    """These persons, in this order, as rows of a list; those who are gone are left out."""
    persons: dict[UUID, Person] = {}
    distinct_ids: dict[int, list[str]] = defaultdict(list)
    for first in range(0, len(uuids), _LOOKED_AT):
        found = Person.objects.filter(project=project, uuid__in=uuids[first : first + _LOOKED_AT])
        by_uuid = {person.uuid: person for person in found}
        persons |= by_uuid
        links = PersonDistinctId.objects.filter(person__in=[person.pk for person in by_uuid.values()]).order_by("pk")
        for person_pk, distinct_id in links.values_list("person_id", "distinct_id"):
            distinct_ids[person_pk].append(distinct_id)
    return [_row(project, person, distinct_ids[person.pk]) for uuid in uuids if (person := persons.get(uuid))]


def csv_rows(rows: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are written to a file: the e-mail beside the id, properties in the order of their names."""
    found = []
    for row in rows:
        properties = dict(row["properties"])
        email = properties.pop("email", None)
        rest = {key: value for key, value in row.items() if key not in _LEFT_OUT_OF_CSV}
        found.append(
            {
                "id": rest["id"],
                "email": email,
                "name": rest["name"],
                "created_at": rest["created_at"],
                "properties": dict(sorted(properties.items())),
                "distinct_ids": rest["distinct_ids"],
                "last_seen_at": rest["last_seen_at"],
            }
        )
    return found


def _row(project: Project, person: Person, distinct_ids: Sequence[str]) -> dict[str, Any]:
    named = [each for each in distinct_ids if not _ANONYMOUS.fullmatch(each)]
    given = (person.properties.get(name) for name in project.person_display_name_properties or _NAMES)
    name = next((value for value in given if value not in (None, "")), None)
    anonymous = [each for each in distinct_ids if each not in named]
    return {
        "type": "person",
        "id": str(person.uuid),
        "uuid": str(person.uuid),
        "created_at": person.created_at,
        "last_seen_at": person.last_seen_at,
        "properties": person.properties,
        "is_identified": person.is_identified,
        "name": str(name) if name is not None else next(iter([*named, *anonymous]), str(person.uuid)),
        "distinct_ids": [*named, *anonymous][:MOST_DISTINCT_IDS],
        "matched_recordings": [],
        "value_at_data_point": None,
    }
