"""The series of a question: which events each counts, and by which maths."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from hedgerow.hogql import ast
from hedgerow.insights.errors import InsightError
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


def series_label(node: EventsNode | ActionsNode | GroupNode) -> str:
    """The name of a series where nobody gave it one."""
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


def event_condition(node: EventsNode | ActionsNode) -> ast.Expr:
    """The condition that an event is one of this node, its property filters left aside.

    Raises InsightError for an action, since a project has none that could be meant.
    """
    if isinstance(node, ActionsNode):
        raise InsightError(f"Action {node.id} does not exist")
    if not node.event:
        return TRUE
    return ast.CompareOperation(ast.Field(["event"]), ast.Constant(node.event), "==")
