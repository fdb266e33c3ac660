"""ActorsQuery: a list of persons or groups, of a project or behind a number of an insight, by columns in HogQL.

Columns can be any HogQL over persons (over groups, where groups are counted) and the columns of the source. Actors
that are behind a number but have been deleted since are listed too, with nothing but their id, unless they are searched
for or filtered.
"""

import re
from typing import Any, Literal

from pydantic import BaseModel, Field

from hedgerow.hogql import ast
from hedgerow.insights.operators import TRUE, disjunction
from hedgerow.insights.properties import PropertiesField, PropertyFilter, PropertyGroup, Scope, property_filters
from hedgerow.insights.trends import TrendsQuery
from hedgerow.queries.kinds.actors_cells import ActorCells, GroupActors, PersonActors, display_properties
from hedgerow.queries.kinds.actors_source import Source, SourceField, source_of
from hedgerow.queries.kinds.columns import all_of, column, has_aggregate, row_order, without_label
from hedgerow.queries.kinds.insight_actors import InsightActorsQuery
from hedgerow.queries.kinds.pages import read_page
from hedgerow.queries.run import Kind, Run
from hedgerow.queries.values import plain_type

_CELLS = ("person", "actor", "group")
_NAMES = ("person_display_name", "group_name")
_LINKS = ("person.$delete", "group.$delete")
_RECORDINGS = "matched_recordings"
_NEVER_NULL = (*_CELLS, *_NAMES, "id", "created_at", "is_identified")
_CREATED_AT = ast.Field(["created_at"])


class ActorsQuery(BaseModel):
    """The question; without a `source` all persons of the project are asked for."""

    kind: Literal["ActorsQuery"]
    source: SourceField | None = None
    select: list[str] | None = Field(None, max_length=200)
    search: str | None = Field(None, max_length=1_000)
    """Part of the email, the name, the id or any distinct id, in any case; of groups of the name or the key."""
    properties: PropertiesField | None = None
    fixedProperties: PropertiesField | None = None  # noqa: N815
    orderBy: list[str] | None = Field(None, max_length=200)  # noqa: N815
    limit: int | None = Field(None, ge=1)
    offset: int | None = Field(None, ge=0, le=2**31)


class PersonsNode(BaseModel):
    """The older form of a question for persons; `cohort` and `distinctId` are filters of their own."""

    kind: Literal["PersonsNode"]
    search: str | None = Field(None, max_length=1_000)
    cohort: int | None = None
    distinctId: str | None = None  # noqa: N815
    properties: PropertiesField | None = None
    fixedProperties: PropertiesField | None = None  # noqa: N815
    limit: int | None = Field(None, ge=1)
    offset: int | None = Field(None, ge=0, le=2**31)


def answer(query: ActorsQuery, run: Run) -> dict[str, Any]:
    """A page of rows. `missing_actors_count` tells how many actors of the page have been deleted."""
    source = source_of(query.source, run)
    names = query.select or _default_columns(query, source)
    with run.step("build"):
        tree = _tree(query, names, source, run)
    page = read_page(tree, query.limit, query.offset, run)
    plain = run.plain(page.rows)
    missing = _shape_cells(names, plain, source, run)
    return {
        "results": [row[: len(names)] for row in plain],
        "columns": names,
        "types": [_type(name, kind) for name, kind in zip(names, page.rows.types, strict=False)],
        **page.fields,
        "missing_actors_count": missing,
    }


def answer_persons(query: PersonsNode, run: Run) -> dict[str, Any]:
    """A page of persons, asked for in the older form."""
    conditions: list[PropertyGroup | PropertyFilter] = []
    for filters in (query.properties, query.fixedProperties):
        conditions.extend([filters] if isinstance(filters, PropertyGroup) else filters or [])
    if query.cohort is not None:
        conditions.append(PropertyFilter(key="id", value=query.cohort, type="cohort", operator="in"))
    if query.distinctId is not None:
        conditions.append(PropertyFilter(key="distinct_id", value=query.distinctId, type="person"))
    return answer(
        ActorsQuery(
            kind="ActorsQuery", search=query.search, properties=conditions, limit=query.limit, offset=query.offset
        ),
        run,
    )


def _default_columns(query: ActorsQuery, source: Source) -> list[str]:
    if source.group_type_index is not None:
        return ["group"]
    is_trend = isinstance(query.source, InsightActorsQuery) and isinstance(query.source.source, TrendsQuery)
    return ["person", "id", "person.$delete", *(["event_distinct_ids"] if is_trend else [])]


# Asking


def _tree(query: ActorsQuery, names: list[str], source: Source, run: Run) -> ast.SelectQuery:
    columns = [_selected(text, source) for text in names]
    is_grouped = any(has_aggregate(each) for each in columns)
    shows_age = any(without_label(text) == "created_at" for text in names)
    order = row_order(query.orderBy, columns, _CREATED_AT if shows_age else None)
    for each in order:
        each.expr = _ordered_by(each.expr, source, run)
    select = list(columns)
    if not is_grouped:
        # Not asked for: tells whose cells to look up. Last in the order, so that pages do not overlap.
        select.append(ast.Alias(source.actor_id, "whose"))
        order = [*order, ast.OrderExpr(source.actor_id)]
    groups = [each for each in columns if not has_aggregate(each)] if is_grouped else []
    return ast.SelectQuery(
        select=select,
        select_from=source.tables,
        where=all_of(_conditions(query, source, run)),
        group_by=groups or None,
        order_by=order,
    )


def _conditions(query: ActorsQuery, source: Source, run: Run) -> list[ast.Expr]:
    scope: Scope = "person" if source.group_type_index is None else "group"
    where = [property_filters(each, run.context, run.now, scope) for each in (query.properties, query.fixedProperties)]
    if wanted := (query.search or "").strip():
        where.append(_search(wanted, source))
    return [each for each in where if each is not TRUE]


def _selected(text: str, source: Source) -> ast.Expr:
    """The expression of a column; of what is looked up later, the id of the actor."""
    bare = without_label(text)
    if bare in _CELLS or bare in _NAMES or bare == "id":
        return source.actor_id
    if bare in _LINKS:
        return ast.Constant(1)
    if bare == _RECORDINGS:
        return ast.Constant("")
    return column(text)


def _ordered_by(expr: ast.Expr, source: Source, run: Run) -> ast.Expr:
    if not isinstance(expr, ast.Field) or len(expr.chain) != 1:
        return expr
    (name,) = expr.chain
    if name in _CELLS or name in _NAMES:
        return _display_name(source, run)
    return source.actor_id if name == "id" else expr


def _display_name(source: Source, run: Run) -> ast.Expr:
    """What an actor is called, as it is sorted by: in lower case, the id of one without a name."""
    names = ["name"] if source.group_type_index is not None else display_properties(run.project)
    texts = [ast.Call("toString", [ast.Field(["properties", name])]) for name in names]
    given = [ast.Call("nullIf", [text, ast.Constant("")]) for text in texts]
    return ast.Call("lower", [ast.Call("coalesce", [*given, ast.Call("toString", [source.actor_id])])])


def _search(text: str, source: Source) -> ast.Expr:
    pattern = ast.Constant("%" + re.sub(r"([\\%_])", r"\\\1", text) + "%")

    def is_like(value: ast.Expr) -> ast.Expr:
        return ast.CompareOperation(value, pattern, "ilike")

    own_id = is_like(ast.Call("toString", [source.actor_id]))
    if source.group_type_index is not None:
        return disjunction([is_like(ast.Field(["properties", "name"])), own_id])
    with_distinct_id = ast.SelectQuery(
        select=[ast.Call("toString", [ast.Field(["person_id"])])],
        select_from=ast.JoinExpr(ast.Field(["person_distinct_ids"])),
        where=is_like(ast.Field(["distinct_id"])),
    )
    return disjunction(
        [
            is_like(ast.Field(["properties", "email"])),
            is_like(ast.Field(["properties", "name"])),
            own_id,
            ast.CompareOperation(ast.Call("toString", [source.actor_id]), with_distinct_id, "in"),
        ]
    )


# Answering


def _shape_cells(names: list[str], rows: list[list[Any]], source: Source, run: Run) -> int:
    """Make objects of the columns that are more than a value, in place; the number of actors that are gone."""
    places = [(at, bare) for at, text in enumerate(names) if (bare := without_label(text)) in (*_CELLS, *_NAMES)]
    is_by_actor = bool(rows) and len(rows[0]) > len(names)
    if not places and not is_by_actor:
        return 0
    whose = len(names) if is_by_actor else places[0][0]
    ids = [str(row[whose]) for row in rows]
    with run.step("actors"):
        cells = _cells(ids, source, run)
    for row, actor_id in zip(rows, ids, strict=True):
        for at, name in places:
            row[at] = cells.actor(actor_id) if name in _CELLS else cells.display_name(actor_id)
    for at, text in enumerate(names):
        if without_label(text) == _RECORDINGS:
            for row in rows:
                row[at] = []  # there are no recordings yet
    return sum(actor_id not in cells.known for actor_id in ids)


def _cells(ids: list[str], source: Source, run: Run) -> ActorCells:
    if source.group_type_index is None:
        return PersonActors.of(run.project, ids)
    return GroupActors.of(run.project, ids, source.group_type_index)


def _type(name: str, kind: str) -> str:
    """The type of a column; that of a person is not shown as nullable because the person may be gone."""
    plain = plain_type(kind)
    is_bare = without_label(name) in _NEVER_NULL and plain.startswith("Nullable(")
    return plain.removeprefix("Nullable(").removesuffix(")") if is_bare else plain


ACTORS = Kind(ActorsQuery, answer)
PERSONS = Kind(PersonsNode, answer_persons)
