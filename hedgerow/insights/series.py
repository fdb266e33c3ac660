"""The series of a question: which events each counts, and by which maths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actions import action_condition
from hedgerow.insights.operators import TRUE
from hedgerow.insights.properties import PropertiesField, PropertyCondition, PropertyGroup

PropertyMath = Literal["avg", "sum", "min", "max", "median", "p75", "p90", "p95", "p99"]
Math = (
    Literal[
        "total",
        "dau",
        "weekly_active",
        "monthly_active",
        "unique_session",
        "unique_group",
        "first_time_for_user",
        "first_matching_event_for_user",
        "hogql",
        "avg_count_per_actor",
        "min_count_per_actor",
        "max_count_per_actor",
        "median_count_per_actor",
        "p75_count_per_actor",
        "p90_count_per_actor",
        "p95_count_per_actor",
        "p99_count_per_actor",
    ]
    | PropertyMath
)
MathPropertyType = Literal["event_properties", "person_properties", "session_properties", "group_properties"]


class Counted(BaseModel):
    """What every kind of series has: its names, its filters and its maths."""

    name: str | None = None
    custom_name: str | None = None
    properties: PropertiesField | None = None
    fixedProperties: PropertiesField | None = None  # noqa: N815
    math: Math | None = None
    math_property: str | None = None
    math_property_type: MathPropertyType | None = None
    math_hogql: str | None = Field(None, max_length=10_000)
    math_group_type_index: int | None = Field(None, ge=0, le=4)
    math_multiplier: float | None = None

    @property
    def filters(self) -> list[PropertyCondition]:
        """The node's own property filters, all of which must hold."""
        found: list[PropertyCondition] = []
        for properties in (self.properties, self.fixedProperties):
            found.extend([properties] if isinstance(properties, PropertyGroup) else properties or [])
        return found


class EventsNode(Counted):
    """Events of one name; of every name when `event` is null."""

    kind: Literal["EventsNode"]
    event: str | None = None


class ActionsNode(Counted):
    """Events that an action matches."""

    kind: Literal["ActionsNode"]
    id: int


class GroupNode(Counted):
    """Events that any (OR) or all (AND) of several nodes match, as one series."""

    kind: Literal["GroupNode"]
    operator: Literal["OR", "AND"] = "OR"
    nodes: list[Annotated[EventsNode | ActionsNode, Field(discriminator="kind")]] = Field(min_length=1, max_length=100)


Series = Annotated[EventsNode | ActionsNode | GroupNode, Field(discriminator="kind")]


Node = TypeVar("Node", bound=EventsNode | ActionsNode | GroupNode)


def named_series(series: Sequence[Node], context: ProjectContext) -> list[Node]:
    """The series with actions called by the names they have now, whatever the question calls them."""
    return [_named(node, context) for node in series]


def series_label(node: EventsNode | ActionsNode | GroupNode) -> str:
    """The name of a series of `named_series` where nobody gave it one of its own."""
    if isinstance(node, EventsNode):
        return node.event or "All events"
    if isinstance(node, GroupNode):
        return node.name or f" {node.operator.lower()} ".join(series_label(each) for each in node.nodes)
    return node.name or f"Action {node.id}"


def series_id(node: EventsNode | ActionsNode | GroupNode) -> str | int | None:
    """What the series is of: an event's name or an action's id; None for all events and for groups."""
    if isinstance(node, GroupNode):
        return None
    return node.event if isinstance(node, EventsNode) else node.id


def series_event(node: EventsNode | ActionsNode | GroupNode) -> str | None:
    """What the series is of, by name: an event's or an action's; None for all events and for groups."""
    return series_label(node) if isinstance(node, ActionsNode) else None if isinstance(node, GroupNode) else node.event


def event_condition(node: EventsNode | ActionsNode, context: ProjectContext, now: datetime) -> ast.Expr:
    """The condition that an event is one of this node, its property filters left aside.

    No event is one of an action that does not exist. Raises InsightError and HogQLError for an action that cannot be
    matched.
    """
    if isinstance(node, ActionsNode):
        return NONE if is_missing(node, context) else action_condition(context.actions[node.id], context, now)
    if not node.event:
        return TRUE
    return ast.CompareOperation(ast.Field(["event"]), ast.Constant(node.event), "==")


def is_missing(node: EventsNode | ActionsNode | GroupNode, context: ProjectContext) -> bool:
    """Whether the node is of an action that does not exist, or not any more."""
    return isinstance(node, ActionsNode) and node.id not in context.actions


def missing_actions(series: Iterable[EventsNode | ActionsNode | GroupNode], context: ProjectContext) -> dict[str, Any]:
    """The field `warnings` of a response, naming the actions asked for that do not exist; nothing if all do."""
    nodes = [each for node in series for each in (node.nodes if isinstance(node, GroupNode) else [node])]
    missing = dict.fromkeys(each.id for each in nodes if isinstance(each, ActionsNode) and is_missing(each, context))
    return {"warnings": [f"Action {id} does not exist: no events match it." for id in missing]} if missing else {}


NONE = ast.Constant(False)


def _named(node: Node, context: ProjectContext) -> Node:
    if isinstance(node, GroupNode):
        return node.model_copy(update={"nodes": named_series(node.nodes, context)})
    if not isinstance(node, ActionsNode) or node.id not in context.actions:
        return node
    return node.model_copy(update={"name": context.actions[node.id].name})
