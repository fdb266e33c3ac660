"""Where the actors of a list come from: a number of an insight, a HogQL query with a column of ids, or all persons."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from hedgerow.hogql import ast
from hedgerow.hogql.database import TABLES
from hedgerow.queries.errors import QueryError
from hedgerow.queries.kinds.hogql import HogQLQuery, tree_of
from hedgerow.queries.kinds.insight_actors import InsightSource, find_actors
from hedgerow.queries.run import Run

_ID_COLUMNS = ("actor_id", "person_id", "group_key")
_NO_ID = "The source of an ActorsQuery needs a column of ids, such as actor_id or person_id."


def _form(source: object) -> str:
    kind = source.get("kind") if isinstance(source, dict) else getattr(source, "kind", None)
    return "hogql" if kind == "HogQLQuery" else "insight"


SourceField = Annotated[
    Annotated[HogQLQuery, Tag("hogql")] | Annotated[InsightSource, Tag("insight")], Discriminator(_form)
]


@dataclass(frozen=True, slots=True)
class Source:
    """The actors to be listed, as what stands in FROM: a `source` with its `actor_id`, and what is known of them."""

    tables: ast.JoinExpr
    actor_id: ast.Field
    group_type_index: int | None = None


def source_of(query: Any, run: Run) -> Source:
    """What the list is of. Raises QueryError for HogQL without a column of ids, and as insights and HogQL do."""
    if query is None:
        return Source(ast.JoinExpr(ast.Field(["persons"]), alias="person"), ast.Field(["person", "id"]))
    if isinstance(query, HogQLQuery):
        tree, index = _rows_with_ids(query, run), None
    else:
        actors = find_actors(query, run)
        tree, index = actors.query, actors.group_type_index
    known = ast.JoinExpr(
        ast.Field(["persons" if index is None else "groups"]),
        alias="person" if index is None else "groups",
        join_type="LEFT ANY JOIN",
        constraint=ast.JoinConstraint(_is_of_actor(index)),
    )
    return Source(ast.JoinExpr(tree, alias="source", next_join=known), ast.Field(["source", "actor_id"]), index)


def _is_of_actor(index: int | None) -> ast.Expr:
    # As text: ids may come as text, and then need not be those of persons.
    own = ast.Call("toString", [ast.Field(["source", "actor_id"])])
    if index is None:
        return ast.CompareOperation(own, ast.Call("toString", [ast.Field(["person", "id"])]), "==")
    return ast.And(
        [
            ast.CompareOperation(own, ast.Field(["groups", "key"]), "=="),
            ast.CompareOperation(ast.Field(["groups", "index"]), ast.Constant(index), "=="),
        ]
    )


def _rows_with_ids(query: HogQLQuery, run: Run) -> ast.SelectQuery:
    """The query's rows that have an id, as `actor_id`, with its other columns that persons do not have."""
    with run.step("parse"):
        tree = tree_of(query, run)
    columns = run.compile(tree).columns
    id_column = next((name for name in _ID_COLUMNS if name in columns), None)
    id_column = id_column or next((name for name in columns if "id" in name), None)
    if id_column is None:
        raise QueryError(_NO_ID)
    taken = {id_column, "actor_id", *TABLES["persons"].fields}
    others = [ast.Field([name]) for name in dict.fromkeys(columns) if name not in taken]
    actor_id = ast.Field([id_column])
    return ast.SelectQuery(
        select=[ast.Alias(actor_id, "actor_id"), *others],
        select_from=ast.JoinExpr(tree),
        where=ast.CompareOperation(actor_id, ast.Constant(None), "!=", is_null_comparison_style=True),
    )
