"""The request of a FunnelsQuery."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hedgerow.insights.breakdowns import DEFAULT_LIMIT, BreakdownFilter
from hedgerow.insights.dates import CompareFilter
from hedgerow.insights.question import QuestionOverTime
from hedgerow.insights.series import ActionsNode, EventsNode, GroupNode, Math

MAX_STEPS = 20
MAX_EXCLUSIONS = 10

Order = Literal["ordered", "strict", "unordered"]
View = Literal["steps", "time_to_convert", "trends"]
WindowUnit = Literal["second", "minute", "hour", "day", "week", "month"]
StepMath = Math | Literal["first_time_for_user_with_filters"]

_SECONDS: dict[WindowUnit, int] = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 31 * 86_400,
}


class EventsStep(EventsNode):
    """A step of the events of one name. `math` says which of an actor's events may perform the step."""

    math: StepMath | None = None  # type: ignore[assignment]
    optionalInFunnel: bool | None = False  # noqa: N815


class ActionsStep(ActionsNode):
    """A step of the events an action matches."""

    math: StepMath | None = None  # type: ignore[assignment]
    optionalInFunnel: bool | None = False  # noqa: N815


class GroupStep(GroupNode):
    """A step of the events that several nodes match."""

    math: StepMath | None = None  # type: ignore[assignment]
    optionalInFunnel: bool | None = False  # noqa: N815


Step = Annotated[EventsStep | ActionsStep | GroupStep, Field(discriminator="kind")]


class EventsExclusion(EventsNode):
    """Events that may not happen between two steps, which are counted from 0."""

    funnelFromStep: int = Field(ge=0)  # noqa: N815
    funnelToStep: int = Field(ge=0)  # noqa: N815


class ActionsExclusion(ActionsNode):
    """Events of an action that may not happen between two steps, which are counted from 0."""

    funnelFromStep: int = Field(ge=0)  # noqa: N815
    funnelToStep: int = Field(ge=0)  # noqa: N815


Exclusion = Annotated[EventsExclusion | ActionsExclusion, Field(discriminator="kind")]


class FunnelsFilter(BaseModel):
    """How the funnel is counted and which view of it is wanted. Keys about looks alone are kept but mean nothing."""

    model_config = ConfigDict(extra="allow")

    funnelVizType: View | None = None  # noqa: N815
    funnelOrderType: Order | None = None  # noqa: N815
    funnelWindowInterval: int | None = Field(None, ge=1, le=1_000_000)  # noqa: N815
    funnelWindowIntervalUnit: WindowUnit | None = None  # noqa: N815
    funnelFromStep: int | None = None  # noqa: N815
    funnelToStep: int | None = None  # noqa: N815
    exclusions: list[Exclusion] | None = Field(None, max_length=MAX_EXCLUSIONS)
    breakdownAttributionType: Literal["first_touch", "last_touch", "all_events", "step"] | None = None  # noqa: N815
    breakdownAttributionValue: int | None = Field(None, ge=0)  # noqa: N815
    binCount: int | None = None  # noqa: N815
    funnelAggregateByHogQL: str | None = Field(None, max_length=10_000)  # noqa: N815
    hideIncompleteConversionWindowPeriods: bool | None = False  # noqa: N815


class FunnelsQuery(QuestionOverTime):
    """A question for a funnel. `interval` is of the view over time; in other views it only rounds the range."""

    kind: Literal["FunnelsQuery"] = "FunnelsQuery"
    series: Annotated[list[Step], Field(max_length=MAX_STEPS)]
    breakdownFilter: BreakdownFilter | None = None  # noqa: N815
    compareFilter: CompareFilter | None = None  # noqa: N815
    funnelsFilter: FunnelsFilter | None = None  # noqa: N815
    aggregation_group_type_index: int | None = Field(None, ge=0, le=4)

    @property
    def options(self) -> FunnelsFilter:
        """The funnel's options, all of which may be left out."""
        return self.funnelsFilter or FunnelsFilter()

    @property
    def order(self) -> Order:
        """How the steps must follow each other."""
        return self.options.funnelOrderType or "ordered"

    @property
    def view(self) -> View:
        """What is wanted of the funnel."""
        return self.options.funnelVizType or "steps"

    @property
    def window_seconds(self) -> int:
        """How long after its first step an attempt may take; a month counts 31 days."""
        return (self.options.funnelWindowInterval or 14) * _SECONDS[self.options.funnelWindowIntervalUnit or "day"]

    @property
    def from_step(self) -> int:
        """The step, counted from 0, from which conversion is measured over time."""
        return self.options.funnelFromStep or 0

    @property
    def to_step(self) -> int:
        """The step, counted from 0, up to which conversion is measured over time; by default the last."""
        asked = self.options.funnelToStep
        return len(self.series) - 1 if asked is None else asked

    @property
    def breakdown_limit(self) -> int:
        """How many breakdown values are shown; the rest is merged."""
        return (self.breakdownFilter and self.breakdownFilter.breakdown_limit) or DEFAULT_LIMIT
