"""The request of a PathsQuery."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hedgerow.insights.errors import InsightError
from hedgerow.insights.path_rules import CleaningRule, Text
from hedgerow.insights.question import Question

MAX_STEPS = 100
MAX_EDGES = 10_000
MAX_RULES = 100
DEFAULT_STEPS = 5
DEFAULT_EDGES = 50

EventType = Literal["$pageview", "$screen", "custom_event", "hogql"]

Weight = Annotated[int, Field(ge=0, le=1 << 53)]


class PathsFilter(BaseModel):
    """Which events make the paths, what they are called and which paths count. Keys about looks mean nothing."""

    model_config = ConfigDict(extra="allow")

    includeEventTypes: list[EventType] | None = None  # noqa: N815
    pathsHogQLExpression: Text | None = None  # noqa: N815
    startPoint: Text | None = None  # noqa: N815
    endPoint: Text | None = None  # noqa: N815
    excludeEvents: Annotated[list[Text], Field(max_length=1_000)] | None = None  # noqa: N815
    pathGroupings: Annotated[list[Text], Field(max_length=MAX_RULES)] | None = None  # noqa: N815
    pathReplacements: bool | None = False  # noqa: N815
    localPathCleaningFilters: Annotated[list[CleaningRule], Field(max_length=MAX_RULES)] | None = None  # noqa: N815
    stepLimit: int | None = Field(None, ge=1, le=MAX_STEPS)  # noqa: N815
    edgeLimit: int | None = Field(None, ge=1, le=MAX_EDGES)  # noqa: N815
    minEdgeWeight: Weight | None = None  # noqa: N815
    maxEdgeWeight: Weight | None = None  # noqa: N815
    pathStartKey: Text | None = None  # noqa: N815
    pathEndKey: Text | None = None  # noqa: N815
    pathDropoffKey: Text | None = None  # noqa: N815


class PathsQuery(Question):
    """A question for paths of persons, or of groups of a type. `funnelPathsFilter` is not supported yet."""

    kind: Literal["PathsQuery"] = "PathsQuery"
    pathsFilter: PathsFilter  # noqa: N815
    funnelPathsFilter: dict[str, Any] | None = None  # noqa: N815
    aggregation_group_type_index: int | None = Field(None, ge=0, le=4)

    @property
    def step_limit(self) -> int:
        """How many items of a path count."""
        return self.pathsFilter.stepLimit or DEFAULT_STEPS

    @property
    def edge_limit(self) -> int:
        """How many edges are given, before those are dropped that cannot be reached."""
        return self.pathsFilter.edgeLimit or DEFAULT_EDGES


def check(query: PathsQuery) -> None:
    """Raise InsightError for what cannot be answered yet."""
    if query.funnelPathsFilter:
        raise InsightError("Paths around the steps of a funnel are not supported yet: leave out funnelPathsFilter.")
