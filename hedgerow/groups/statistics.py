"""What the groups of a project have in common: their properties, the values of one, and who is seen with them."""

from typing import Any

import orjson

from hedgerow.groups.models import MOST_GROUP_TYPES, GroupTypeMapping
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.parse import parse_select
from hedgerow.projects.models import Project
from hedgerow.queries.context import project_context
from hedgerow.queries.execution import configured_limits, execute
from hedgerow.queries.runner import run_query


def property_names(project: Project) -> dict[str, list[dict[str, Any]]]:
    """By index of the group type the names of properties with how many groups have them, the most frequent first."""
    rows = _rows(
        project,
        "SELECT index, arrayJoin(JSONExtractKeys(properties)) AS name, count() AS groups FROM groups"
        " GROUP BY index, name ORDER BY groups DESC, name LIMIT 500 BY index LIMIT 2500",
    )
    types = GroupTypeMapping.objects.filter(project=project).order_by("group_type_index")
    found: dict[str, list[dict[str, Any]]] = {
        str(index): [] for index in types.values_list("group_type_index", flat=True)
    }
    for index, name, count in rows:
        found.setdefault(str(index), []).append({"name": name, "count": count})
    return found


def property_values(project: Project, index: int, name: str, contained: str) -> list[dict[str, Any]]:
    """The most frequent values of a property of groups, of those that contain a text."""
    rows = _rows(
        project,
        "SELECT JSONExtractRaw(properties, {name}) AS found, count() AS groups FROM groups"
        " WHERE index = {index} AND found != '' AND found != 'null' AND positionCaseInsensitive(found, {contained}) > 0"
        " GROUP BY found ORDER BY groups DESC, found LIMIT 20",
        index=index,
        name=name,
        contained=contained,
    )
    return [{"name": _shown(value), "count": count} for value, count in rows]


def _shown(raw: str) -> Any:
    """A JSON value as text; texts without their quotes."""
    value = orjson.loads(raw)
    return value if isinstance(value, str) else raw


def related(project: Project, index: int | None, item: str) -> list[dict[str, Any]]:
    """Persons and groups seen in the same events as a group, or as a person without `index`, in the last 90 days."""
    found: list[dict[str, Any]] = []
    if index is not None:
        persons = _seen_together(project, ast.Field(["person_id"]), index, item)
        found += [{"type": "person", "id": person} for person in persons]
    for other in range(MOST_GROUP_TYPES):
        if other != index:
            keys = _seen_together(project, ast.Field([f"$group_{other}"]), index, item)
            found += [{"type": "group", "group_type_index": other, "id": key, "group_key": key} for key in keys]
    return found


def _seen_together(project: Project, wanted: ast.Field, index: int | None, item: str) -> list[Any]:
    """The values of a column of the events that carry a group, or those of a person."""
    own = ast.Field(["person_id" if index is None else f"$group_{index}"])
    tree = parse_select(
        "SELECT DISTINCT toString({wanted}) AS found FROM events WHERE timestamp > now() - INTERVAL 90 DAY"
        " AND toString({own}) = {item} AND found != '' ORDER BY found LIMIT 100",
        {"wanted": wanted, "own": own, "item": ast.Constant(item)},
    )
    compiled = compile_query(tree, project_context(project))
    return [value for (value,) in execute(compiled, configured_limits()).rows]


def _rows(project: Project, text: str, **values: Any) -> list[list[Any]]:
    query = {"kind": "HogQLQuery", "query": text, "values": values}
    rows: list[list[Any]] = run_query(project, query, refresh="force_blocking")["results"]
    return rows
