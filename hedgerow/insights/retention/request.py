"""The request of a RetentionQuery."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hedgerow.insights.breakdowns import BreakdownFilter
from hedgerow.insights.dates import Interval
from hedgerow.insights.errors import InsightError
from hedgerow.insights.properties import PropertiesField
from hedgerow.insights.question import Question
from hedgerow.insights.series import ActionsNode, EventsNode

Period = Literal["Hour", "Day", "Week", "Month"]
RetentionType = Literal["retention_recurring", "retention_first_time", "retention_first_ever_occurrence"]

_INTERVALS: dict[Period, Interval] = {"Hour": "hour", "Day": "day", "Week": "week", "Month": "month"}


class RetentionEntity(BaseModel):
    """An event, an action, or all events (`id` null), with filters of its own."""

    id: str | int | None = None
    type: Literal["events", "actions"] | None = None
    name: str | None = None
    custom_name: str | None = None
    properties: PropertiesField | None = None

    @property
    def node(self) -> EventsNode | ActionsNode:
        """The same as the node of a series. Raises InsightError for an action whose id is no number."""
        if self.type != "actions":
            event = None if self.id is None else str(self.id)
            return EventsNode(kind="EventsNode", event=event, properties=self.properties)
        try:
            return ActionsNode(kind="ActionsNode", id=int(self.id or 0), properties=self.properties)
        except ValueError:
            raise InsightError(f"'{self.id}' is not the id of an action.") from None


class RetentionFilter(BaseModel):
    """What is counted. Keys about looks alone (also how means are taken) are kept but mean nothing here."""

    model_config = ConfigDict(extra="allow")

    targetEntity: RetentionEntity | None = None  # noqa: N815
    returningEntity: RetentionEntity | None = None  # noqa: N815
    retentionType: RetentionType | None = None  # noqa: N815
    period: Period | None = None
    totalIntervals: int | None = Field(None, ge=1, le=1000)  # noqa: N815
    minimumOccurrences: int | None = Field(None, ge=1, le=1_000_000)  # noqa: N815
    cumulative: bool | None = False
    retentionCustomBrackets: (  # noqa: N815
        Annotated[list[Annotated[int, Field(ge=1, le=10_000)]], Field(max_length=100)] | None
    ) = None
    timeWindowMode: Literal["strict_calendar_dates", "24_hour_windows"] | None = None  # noqa: N815
    aggregationType: Literal["count", "sum", "avg"] | None = None  # noqa: N815
    aggregationProperty: str | None = None  # noqa: N815
    aggregationPropertyType: Literal["event", "person"] | None = None  # noqa: N815


class RetentionQuery(Question):
    """A question for retention."""

    kind: Literal["RetentionQuery"] = "RetentionQuery"
    retentionFilter: RetentionFilter  # noqa: N815
    breakdownFilter: BreakdownFilter | None = None  # noqa: N815
    aggregation_group_type_index: int | None = Field(None, ge=0, le=4)

    @property
    def period(self) -> Period:
        """What rows and columns are; days by default."""
        return self.retentionFilter.period or "Day"

    @property
    def interval(self) -> Interval:
        """The period as an interval of dates."""
        return _INTERVALS[self.period]

    @property
    def intervals(self) -> int:
        """How many rows there are where the range does not say, and columns where brackets do not."""
        return self.retentionFilter.totalIntervals or 8

    @property
    def brackets(self) -> list[int]:
        """Of how many intervals each column after the first is; empty if each is of one."""
        return self.retentionFilter.retentionCustomBrackets or []

    @property
    def columns(self) -> int:
        """How many columns there are, the one of the row's own interval included."""
        return len(self.brackets) + 1 if self.brackets else self.intervals

    @property
    def window_seconds(self) -> int | None:
        """The length of the windows in which returns are counted; None if these are intervals of the calendar.

        A window is as long as the period: of days 24 hours, of months 30 days.
        """
        if self.retentionFilter.timeWindowMode != "24_hour_windows":
            return None
        return {"Hour": 3_600, "Day": 86_400, "Week": 7 * 86_400, "Month": 30 * 86_400}[self.period]

    @property
    def target(self) -> EventsNode | ActionsNode:
        """What brings an actor into a row; a page view by default."""
        return (self.retentionFilter.targetEntity or _PAGE_VIEW).node

    @property
    def returning(self) -> EventsNode | ActionsNode:
        """What an actor comes back with; a page view by default."""
        return (self.retentionFilter.returningEntity or _PAGE_VIEW).node


_PAGE_VIEW = RetentionEntity(id="$pageview", type="events")
