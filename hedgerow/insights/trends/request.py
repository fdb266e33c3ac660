"""The request of a TrendsQuery."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hedgerow.insights.breakdowns import BreakdownFilter
from hedgerow.insights.dates import CompareFilter, Interval
from hedgerow.insights.question import QuestionOverTime
from hedgerow.insights.series import Series

MAX_SERIES = 26
"""As many as there are letters for formulas."""

Display = Literal[
    "ActionsLineGraph",
    "ActionsLineGraphCumulative",
    "ActionsAreaGraph",
    "ActionsBar",
    "ActionsUnstackedBar",
    "ActionsStackedBar",
    "ActionsBarValue",
    "ActionsTable",
    "ActionsPie",
    "BoldNumber",
    "WorldMap",
    "Metric",
    "Progress",
    "CalendarHeatmap",
    "TwoDimensionalHeatmap",
    "BoxPlot",
    "Auto",
]

_TOTAL_DISPLAYS = frozenset({"BoldNumber", "ActionsPie", "ActionsBarValue", "ActionsTable", "WorldMap", "Progress"})
UNSUPPORTED_DISPLAYS = frozenset({"CalendarHeatmap", "TwoDimensionalHeatmap", "BoxPlot"})


class FormulaNode(BaseModel):
    """A formula with the name to show."""

    formula: str = Field(min_length=1)
    custom_name: str | None = None


class TrendsFilter(BaseModel):
    """How the answer is computed for its display. Keys about looks alone are kept but mean nothing here."""

    model_config = ConfigDict(extra="allow")

    display: Display | None = None
    smoothingIntervals: int | None = Field(None, ge=1, le=1000)  # noqa: N815
    formula: str | None = None
    formulas: list[str] | None = None
    formulaNodes: list[FormulaNode] | None = None  # noqa: N815
    breakdown_histogram_bin_count: int | None = Field(None, ge=1, le=100)


class TrendsQuery(QuestionOverTime):
    """A question for trends."""

    kind: Literal["TrendsQuery"] = "TrendsQuery"
    series: Annotated[list[Series], Field(max_length=MAX_SERIES)]
    breakdownFilter: BreakdownFilter | None = None  # noqa: N815
    compareFilter: CompareFilter | None = None  # noqa: N815
    trendsFilter: TrendsFilter | None = None  # noqa: N815
    aggregation_group_type_index: int | None = Field(None, ge=0, le=4)

    @property
    def display(self) -> str:
        """How the answer is shown; a line by default."""
        return (self.trendsFilter and self.trendsFilter.display) or "ActionsLineGraph"

    @property
    def is_total(self) -> bool:
        """Whether one number for the whole range is wanted instead of one per interval."""
        return self.display in _TOTAL_DISPLAYS

    @property
    def is_cumulative(self) -> bool:
        return self.display == "ActionsLineGraphCumulative"

    @property
    def bucket_interval(self) -> Interval:
        """The interval used: days where one number for the whole range is wanted."""
        return "day" if self.is_total else super().bucket_interval

    @property
    def formulas(self) -> list[FormulaNode]:
        """The formulas in one form; empty if there is none."""
        asked = self.trendsFilter
        if asked is None:
            return []
        if asked.formulaNodes:
            return asked.formulaNodes
        texts = asked.formulas or ([asked.formula] if asked.formula else [])
        return [FormulaNode(formula=text) for text in texts if text]

    @cached_property
    def echo(self) -> dict[str, Any]:
        """The question in the flat form each result carries as `filter`."""
        dates = self.dates
        dumped = self.model_dump(mode="json", include={"properties", "breakdownFilter"}, exclude_none=True)
        return {
            "insight": "TRENDS",
            "properties": dumped.get("properties", []),
            "filter_test_accounts": bool(self.filterTestAccounts),
            "date_from": dates.date_from,
            "date_to": dates.date_to,
            "interval": self.bucket_interval,
            "display": self.display,
            **dumped.get("breakdownFilter", {}),
        }
