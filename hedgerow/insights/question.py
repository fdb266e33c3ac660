"""What all questions for insights have in common: over which time, and of which events."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hedgerow.insights.dates import DateRange, Interval
from hedgerow.insights.properties import PropertiesField


class Question(BaseModel):
    """A question for an insight. Unknown keys are ignored, so that newer clients keep working.

    Answers are always exact: `samplingFactor` is accepted and needs nothing done.
    """

    dateRange: DateRange | None = None  # noqa: N815
    properties: PropertiesField | None = None
    filterTestAccounts: bool | None = False  # noqa: N815
    samplingFactor: float | None = Field(None, gt=0, le=1)  # noqa: N815

    @property
    def dates(self) -> DateRange:
        """The range asked for, which may be left out."""
        return self.dateRange or DateRange()


class QuestionOverTime(Question):
    """A question whose answer has intervals of a chosen length."""

    interval: Interval | None = "day"

    @property
    def bucket_interval(self) -> Interval:
        """The interval used; days by default."""
        return self.interval or "day"
