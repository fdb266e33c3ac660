"""GroupsQuery: a list of the groups of one type, by columns written in HogQL."""

import re
from typing import Any, Literal

from pydantic import BaseModel, Field

from hedgerow.hogql import ast
from hedgerow.hogql.parse import parse_expr
from hedgerow.insights.operators import TRUE
from hedgerow.insights.properties import PropertiesField, property_filters
from hedgerow.queries.kinds.columns import all_of, column, has_aggregate, row_order, without_label
from hedgerow.queries.kinds.pages import read_page
from hedgerow.queries.run import Kind, Run
from hedgerow.queries.values import plain_type

DEFAULT_COLUMNS = ("group_name", "key")

_NAME = "coalesce(nullIf(toString(properties.name), ''), key)"
_KEY, _CREATED_AT = ast.Field(["key"]), ast.Field(["created_at"])


class GroupsQuery(BaseModel):
    """The question. `group_name` is a column too: the property `name`, or the key of a group without it."""

    kind: Literal["GroupsQuery"]
    group_type_index: int = Field(ge=0, le=4)
    select: list[str] | None = Field(None, max_length=200)
    search: str | None = None
    """Part of the name or the key, in any case."""
    properties: PropertiesField | None = None
    orderBy: list[str] | None = None  # noqa: N815
    limit: int | None = Field(None, ge=1)
    offset: int | None = Field(None, ge=0, le=2**31)


def answer(query: GroupsQuery, run: Run) -> dict[str, Any]:
    """A page of rows, the groups created last first unless another order is asked for."""
    names = query.select or list(DEFAULT_COLUMNS)
    with run.step("build"):
        tree = _tree(query, names, run)
    page = read_page(tree, query.limit, query.offset, run)
    return {
        "kind": "GroupsQuery",
        "results": run.plain(page.rows),
        "columns": names,
        "types": [plain_type(kind) for kind in page.rows.types],
        **page.fields,
    }


def _tree(query: GroupsQuery, names: list[str], run: Run) -> ast.SelectQuery:
    columns = [parse_expr(_NAME) if without_label(text) == "group_name" else column(text) for text in names]
    order = row_order(query.orderBy, columns, _CREATED_AT)
    for each in order:
        if each.expr == ast.Field(["group_name"]):
            each.expr = parse_expr(_NAME)
    is_grouped = any(has_aggregate(each) for each in columns)
    groups = [each for each in columns if not has_aggregate(each)] if is_grouped else []
    where = [
        ast.CompareOperation(ast.Field(["index"]), ast.Constant(query.group_type_index), "=="),
        property_filters(query.properties, run.context, run.now, "group"),
        *([_search(query.search)] if query.search else []),
    ]
    return ast.SelectQuery(
        select=columns,
        select_from=ast.JoinExpr(ast.Field(["groups"])),
        where=all_of([each for each in where if each is not TRUE]),
        group_by=groups or None,
        # The key last, so that pages do not overlap.
        order_by=order if is_grouped else [*order, ast.OrderExpr(_KEY)],
    )


def _search(text: str) -> ast.Expr:
    pattern = ast.Constant("%" + re.sub(r"([\\%_])", r"\\\1", text) + "%")
    return ast.Or([ast.CompareOperation(each, pattern, "ilike") for each in (parse_expr(_NAME), _KEY)])


GROUPS = Kind(GroupsQuery, answer)
