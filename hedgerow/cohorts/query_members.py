"""The persons a query means: by a column of their ids, as those of events or persons, or by distinct ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from hedgerow.hogql import ast
from hedgerow.hogql.compile import CompiledQuery, compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.properties import property_filters
from hedgerow.persons.listing import person_search
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError, query_errors
from hedgerow.queries.execution import configured_limits
from hedgerow.queries.kinds.actors import ActorsQuery
from hedgerow.queries.kinds.actors_source import source_of
from hedgerow.queries.kinds.hogql import HogQLQuery, tree_of
from hedgerow.queries.run import Run

NO_PERSONS: Final = "Could not find a person_id, actor_id, id, or distinct_id column in the query"
NOT_AN_OBJECT: Final = "Query must be a dictionary."
OTHER_KIND: Final = "Query must be an ActorsQuery or HogQLQuery. Got: {}"

GROUPS: Final = "The query gives groups; only persons can be members of a cohort."

_ID_COLUMNS = ("person_id", "actor_id", "id")
_OF_PERSON = {"events": ast.Field(["person_id"]), "persons": ast.Field(["id"])}
_DISTINCT_ID = "distinct_id"
_ID = ast.Field(["id"])

Q = TypeVar("Q", bound=BaseModel)


def check_query(query: object) -> None:
    """Raise QueryError unless it is a query of a kind that gives persons, and of its form."""
    if not isinstance(query, dict):
        raise QueryError(NOT_AN_OBJECT)
    if query.get("kind") not in ("HogQLQuery", "ActorsQuery"):
        raise QueryError(OTHER_KIND.format(query.get("kind")))
    _read(HogQLQuery if query["kind"] == "HogQLQuery" else ActorsQuery, query)


def query_members(project: Project, query: dict[str, Any], context: ProjectContext, now: datetime) -> ast.Query:
    """A query for the ids of the persons a query means, whatever else it gives. Raises QueryError and HogQLError."""
    check_query(query)
    run = Run(project, now, configured_limits(background=True), tag=f"cohort:{project.pk}")
    if query["kind"] == "ActorsQuery":
        with query_errors():
            return _actors(_read(ActorsQuery, query), run, context)
    with query_errors():
        tree = tree_of(_read(HogQLQuery, query), run)
        compiled = compile_query(tree, context)
    for name in _ID_COLUMNS:
        if name in compiled.columns:
            return _persons_of_ids(tree, name, compiled)
    branches = _branches(tree)
    tables = {_table(branch) for branch in branches}
    if len(tables) == 1 and (table := tables.pop()) in _OF_PERSON:
        return _persons(_of_each_branch(tree, _OF_PERSON[table]), is_text=False)
    if _DISTINCT_ID in compiled.columns:
        return _persons_of_distinct_ids(tree)
    raise QueryError(NO_PERSONS)


def _read(model: type[Q], query: dict[str, Any]) -> Q:
    try:
        return model.model_validate(query)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise QueryError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


def _actors(query: ActorsQuery, run: Run, context: ProjectContext) -> ast.SelectQuery:
    """All the actors of a list, whatever its page and columns. Who is behind a number is not searched."""
    filters = [
        property_filters(given, context, run.now, "person") for given in (query.properties, query.fixedProperties)
    ]
    if query.source is None:
        return ast.SelectQuery(
            select=[_ID],
            select_from=ast.JoinExpr(ast.Field(["persons"])),
            where=conjunction([*filters, person_search(query.search or "")]),
        )
    source = source_of(query.source, run)
    if source.group_type_index is not None:
        raise QueryError(GROUPS)
    ids = ast.SelectQuery(select=[ast.Call("toString", [source.actor_id])], select_from=source.tables)
    found = _persons(ids, is_text=True)
    return replace(found, where=conjunction([*filters, found.where or TRUE]))


def _persons_of_ids(tree: ast.Query, name: str, compiled: CompiledQuery) -> ast.SelectQuery:
    is_text = not compiled.types[compiled.columns.index(name)].startswith(("UUID", "Nullable(UUID"))
    column: ast.Expr = ast.Field([name])
    ids = ast.SelectQuery(
        select=[ast.Call("toString", [column]) if is_text else column], select_from=ast.JoinExpr(tree)
    )
    return _persons(ids, is_text=is_text)


def _persons_of_distinct_ids(tree: ast.Query) -> ast.SelectQuery:
    asked = ast.SelectQuery(select=[ast.Field([_DISTINCT_ID])], select_from=ast.JoinExpr(tree))
    ids = ast.SelectQuery(
        select=[ast.Field(["person_id"])],
        select_from=ast.JoinExpr(ast.Field(["person_distinct_ids"])),
        where=ast.CompareOperation(ast.Field([_DISTINCT_ID]), asked, "in"),
    )
    return _persons(ids, is_text=False)


def _persons(ids: ast.Query, *, is_text: bool) -> ast.SelectQuery:
    """Of the ids those of persons that exist; as text where they came as text."""
    compared: ast.Expr = ast.Call("toString", [_ID]) if is_text else _ID
    return ast.SelectQuery(
        select=[_ID],
        select_from=ast.JoinExpr(ast.Field(["persons"])),
        where=ast.CompareOperation(compared, ids, "in"),
    )


def _branches(tree: ast.Query) -> list[ast.SelectQuery]:
    if isinstance(tree, ast.SelectQuery):
        return [tree]
    parts = [tree.initial_select_query, *(each.select_query for each in tree.subsequent_select_queries)]
    return [branch for part in parts for branch in _branches(part)]


def _table(branch: ast.SelectQuery) -> str | None:
    source = branch.select_from
    if source is None or source.next_join is not None or not isinstance(source.table, ast.Field):
        return None
    return str(source.table.chain[-1])


def _of_each_branch(tree: ast.Query, person: ast.Expr) -> ast.Query:
    """The same rows, but of each the person; groups and aggregates are left aside."""
    if isinstance(tree, ast.SelectQuery):
        is_grouped = tree.group_by is not None
        return replace(
            tree,
            select=[person],
            group_by=None,
            having=None,
            order_by=None if is_grouped else tree.order_by,
            distinct=None,
        )
    return replace(
        tree,
        initial_select_query=_of_each_branch(tree.initial_select_query, person),
        subsequent_select_queries=[
            replace(each, select_query=_of_each_branch(each.select_query, person))
            for each in tree.subsequent_select_queries
        ],
    )
