"""The properties a person had in the past, found by obeying the person's events once more in the order of their times.

Nothing but events tells of the past: what came before the first one that is kept, or from persons merged into this one
under rules of the moment, may differ from what the properties were then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.operators import conjunction
from hedgerow.persons.properties import Properties, PropertyChange, changed_properties, property_change
from hedgerow.queries.errors import query_errors
from hedgerow.queries.execution import configured_limits, execute

MOST_EVENTS: Final = 50_000
"""Events of a person that are looked at, the earliest ones."""

_TIMESTAMP = ast.Field(["timestamp"])


@dataclass
class Point:
    """From when on the person had these properties, and how many events that were asked for happened meanwhile."""

    timestamp: datetime
    properties: Properties
    relevant_event_count: int = 0


def properties_at(
    context: ProjectContext, distinct_ids: Sequence[str], time: datetime, *, with_set_once: bool
) -> Properties:
    """What the events of these distinct ids had set by then, and not removed; `$set_once` only where asked for.

    Raises QueryError.
    """
    listed = ast.Tuple([ast.Constant(each) for each in distinct_ids])
    whose = ast.CompareOperation(ast.Field(["distinct_id"]), listed, "in")
    properties: Properties = {}
    for _, _, sent, _ in _events(context, whose, time, ast.Constant(True)):
        unset = sent.get("$unset")
        change = PropertyChange(
            _object(sent.get("$set_once")) if with_set_once else {},
            _object(sent.get("$set")),
            [name for name in unset if isinstance(name, str)] if isinstance(unset, list | dict) else (),
        )
        properties = changed_properties(properties, change)
    return properties


def timeline(
    context: ProjectContext,
    person: UUID,
    since: datetime,
    until: datetime,
    relevant: ast.Expr,
    crucial_keys: Sequence[str],
) -> list[Point]:
    """The person's properties over the relevant events of a time: a point whenever a crucial one has changed.

    Raises QueryError.
    """
    whose = ast.CompareOperation(ast.Field(["person_id"]), ast.Constant(person), "==")
    points: list[Point] = []
    properties: Properties = {}
    for time, event, sent, is_relevant in _events(context, whose, until, relevant):
        if change := property_change(event, sent):
            properties = changed_properties(properties, change)
        if time < since or not is_relevant:
            continue
        if not points or any(points[-1].properties.get(key) != properties.get(key) for key in crucial_keys):
            points.append(Point(time, properties))
        points[-1].relevant_event_count += 1
    return points


def _events(
    context: ProjectContext, whose: ast.Expr, until: datetime, relevant: ast.Expr
) -> Iterator[tuple[datetime, str, dict[str, Any], bool]]:
    """Time, name and properties of the events, and whether they are relevant, the earliest first."""
    query = ast.SelectQuery(
        select=[
            _TIMESTAMP,
            ast.Field(["event"]),
            ast.Field(["properties"]),
            ast.Alias(ast.Call("if", [relevant, ast.Constant(1), ast.Constant(0)]), "relevant"),
        ],
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=conjunction([whose, ast.CompareOperation(_TIMESTAMP, ast.Constant(until), "<=")]),
        order_by=[
            ast.OrderExpr(_TIMESTAMP),
            ast.OrderExpr(ast.Field(["created_at"])),
            ast.OrderExpr(ast.Field(["uuid"])),
        ],
        limit=ast.Constant(MOST_EVENTS),
    )
    with query_errors():
        compiled = compile_query(query, context)
    for time, event, sent, is_relevant in execute(compiled, configured_limits()).rows:
        yield time, event, _object(orjson.loads(sent)), bool(is_relevant)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
