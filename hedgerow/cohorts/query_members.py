"""The persons a query means: by a column of their ids, as those of events or persons, or by distinct ids."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from hedgerow.hogql import ast
from hedgerow.hogql.compile import CompiledQuery, compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_select
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError, query_errors
from hedgerow.queries.kinds.hogql import HogQLQuery
from hedgerow.queries.placeholders import Placeholders

NO_PERSONS: Final = "Could not find a person_id, actor_id, id, or distinct_id column in the query"
NOT_AN_OBJECT: Final = "Query must be a dictionary."
OTHER_KIND: Final = "Query must be an ActorsQuery or HogQLQuery. Got: {}"

_ID_COLUMNS = ("person_id", "actor_id", "id")
_OF_PERSON = {"events": ast.Field(["person_id"]), "persons": ast.Field(["id"])}
_DISTINCT_ID = "distinct_id"


def check_query(query: object) -> None:
    """Raise QueryError unless it is a query of a kind that gives persons, and of its form."""
    if not isinstance(query, dict):
        raise QueryError(NOT_AN_OBJECT)
    if query.get("kind") not in ("HogQLQuery", "ActorsQuery"):
        raise QueryError(OTHER_KIND.format(query.get("kind")))
    if query["kind"] == "HogQLQuery":
        _hogql_query(query)


def query_members(project: Project, query: dict[str, Any], context: ProjectContext, now: datetime) -> ast.Query:
    """A query for the ids of the persons a query means, whatever else it gives. Raises QueryError and HogQLError."""
    check_query(query)
    tree = _tree(_hogql_query(query), project, context, now)
    with query_errors():
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


def _hogql_query(query: dict[str, Any]) -> HogQLQuery:
    try:
        return HogQLQuery.model_validate(query)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise QueryError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None


def _tree(query: HogQLQuery, project: Project, context: ProjectContext, now: datetime) -> ast.Query:
    placeholders = Placeholders(
        values=query.values or {},
        variables=query.variables or {},
        filters=query.filters,
        context=context,
        now=now,
        project_test_account_filters=project.test_account_filters,
    )
    with query_errors():
        return placeholders.put_into(parse_select(query.query))


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
    own = ast.Field(["id"])
    compared = ast.Call("toString", [own]) if is_text else own
    return ast.SelectQuery(
        select=[own],
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
