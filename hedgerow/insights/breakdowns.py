"""Breakdowns: one series per value of a property, of up to three properties, or of a HogQL expression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator

from hedgerow.hogql import ast
from hedgerow.hogql.parse import parse_expr
from hedgerow.insights.errors import InsightError
from hedgerow.insights.properties import property_field

OTHER = "$$_posthog_breakdown_other_$$"
"""Value and label of what lies beyond the limit."""

NONE = "$$_posthog_breakdown_null_$$"
"""Value and label of events without the property."""

DEFAULT_LIMIT = 25
COUNTRY_LIMIT = 300
MAX_LIMIT = 10_000
MAX_BREAKDOWNS = 3

BreakdownType = Literal[
    "event", "person", "group", "session", "hogql", "cohort", "event_metadata", "data_warehouse",
    "data_warehouse_person_property", "revenue_analytics",
]  # fmt: skip


class Bin(BaseModel):
    """A range of numbers: from `low` on (if given) up to but without `high` (if given)."""

    low: float | None = None
    high: float | None = None


class Breakdown(BaseModel):
    """What to break down by. `histogram_bin_count` or `breakdown_bins` turn numbers into ranges."""

    property: str
    type: BreakdownType = "event"
    group_type_index: int | None = Field(None, ge=0, le=4)
    normalize_url: bool | None = False
    histogram_bin_count: int | None = Field(None, ge=1, le=100)
    breakdown_bins: list[Bin] | None = Field(None, max_length=100)

    @field_validator("property", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("type", mode="before")
    @classmethod
    def _default_type(cls, value: object) -> object:
        return "event" if value is None else value


class BreakdownFilter(BaseModel):
    """`breakdown` with its `breakdown_type`, or a list of `breakdowns`; and how many values are shown."""

    breakdown: str | int | list[str | int] | None = None
    breakdown_type: BreakdownType | None = None
    breakdown_group_type_index: int | None = Field(None, ge=0, le=4)
    breakdown_normalize_url: bool | None = False
    breakdown_histogram_bin_count: int | None = Field(None, ge=1, le=100)
    breakdowns: Annotated[list[Breakdown], Field(max_length=MAX_BREAKDOWNS)] | None = None
    breakdown_limit: int | None = Field(None, ge=1, le=MAX_LIMIT)
    breakdown_hide_other_aggregation: bool | None = False

    @property
    def asked(self) -> list[Breakdown]:
        """The breakdowns in one form; empty if there is none. Raises InsightError for more than one old-style value."""
        if self.breakdowns:
            return self.breakdowns
        if self.breakdown in (None, "", []):
            return []
        values = self.breakdown if isinstance(self.breakdown, list) else [self.breakdown]
        if len(values) > MAX_BREAKDOWNS and self.breakdown_type != "cohort":
            raise InsightError(f"At most {MAX_BREAKDOWNS} breakdowns are possible.")
        return [
            Breakdown(
                property=str(value),
                type=self.breakdown_type or "event",
                group_type_index=self.breakdown_group_type_index,
                normalize_url=self.breakdown_normalize_url,
                histogram_bin_count=self.breakdown_histogram_bin_count,
            )
            for value in values
        ]

    @property
    def is_multiple(self) -> bool:
        """Whether values are given back as lists."""
        return bool(self.breakdowns) or isinstance(self.breakdown, list)


@dataclass(frozen=True)
class Edges:
    """The borders of a histogram's ranges, ascending; each range takes its lower border and leaves its upper one."""

    borders: tuple[float, ...]


def is_everyone(breakdowns: Sequence[Breakdown]) -> bool:
    """Whether this is the cohort breakdown by everyone."""
    return [(each.type, each.property) for each in breakdowns] == [("cohort", "all")]


def breakdown_value(breakdown: Breakdown, edges: Edges | None = None) -> ast.Expr:
    """The breakdown's value of an event as text, empty where the event has none.

    A histogram needs its `edges` (see `edges_of`). Raises InsightError for a type there is no data of, HogQLError for
    an expression that cannot be read.
    """
    if breakdown.breakdown_bins:
        return _binned(breakdown.breakdown_bins, _number(breakdown))
    if breakdown.histogram_bin_count:
        return _ranged(edges, _number(breakdown))
    field = _field(breakdown)
    if _is_condition(field):
        return ast.Call("if", [field, ast.Constant("true"), ast.Constant("false")])
    text: ast.Expr = ast.Call("toString", [field])
    if breakdown.normalize_url:
        text = ast.Call("replaceRegexpOne", [text, ast.Constant("[/?#]$"), ast.Constant("")])
    return ast.Call("ifNull", [text, ast.Constant("")])


def _is_condition(expr: ast.Expr) -> bool:
    is_comparison = isinstance(expr, ast.CompareOperation | ast.And | ast.Or | ast.Not)
    return is_comparison or (isinstance(expr, ast.Call) and expr.name == "matchesAction")


def edges_query_value(breakdown: Breakdown) -> ast.Expr | None:
    """The aggregate whose result `edges_of` reads; None if the breakdown is no histogram."""
    if not breakdown.histogram_bin_count or breakdown.breakdown_bins:
        return None
    count = breakdown.histogram_bin_count
    number = _number(breakdown)
    return ast.Array(
        [
            ast.Call("quantileExactInclusive", [number], params=[ast.Constant(place / count)])
            for place in range(count + 1)
        ]
    )


def edges_of(quantiles: Sequence[float | None]) -> Edges:
    """Borders from quantiles: cut to two decimals, each once, the last moved up so that the largest value belongs."""
    borders = sorted({_floor2(value) for value in quantiles if value is not None and value == value})
    if not borders:
        return Edges(())
    if len(borders) == 1:
        borders.append(borders[0])
    borders[-1] = round(borders[-1] + 0.01, 2)
    return Edges(tuple(borders))


def _floor2(value: float) -> float:
    return float(int(value * 100 // 1)) / 100


def _ranged(edges: Edges | None, number: ast.Expr) -> ast.Expr:
    borders = edges.borders if edges else ()
    cases = [(_within(number, low, high), f"[{_plain(low)},{_plain(high)}]") for low, high in pairwise(borders)]
    return _choice(cases, "")


def _binned(bins: Sequence[Bin], number: ast.Expr) -> ast.Expr:
    cases = []
    for each in bins:
        if each.low is None and each.high is None:
            raise InsightError("A bin needs a low or a high border.")
        if each.low is None:
            label = f"< {_plain(each.high)}"
        else:
            label = f">= {_plain(each.low)}" if each.high is None else f"{_plain(each.low)} - {_plain(each.high)}"
        cases.append((_within(number, each.low, each.high), label))
    return _choice(cases, "Other")


def _within(number: ast.Expr, low: float | None, high: float | None) -> ast.Expr:
    bounds: list[ast.Expr] = []
    if low is not None:
        bounds.append(ast.CompareOperation(number, ast.Constant(low), ">="))
    if high is not None:
        bounds.append(ast.CompareOperation(number, ast.Constant(high), "<"))
    return bounds[0] if len(bounds) == 1 else ast.And(bounds)


def _choice(cases: Sequence[tuple[ast.Expr, str]], otherwise: str) -> ast.Expr:
    if not cases:
        return ast.Constant(otherwise)
    arguments = [part for condition, label in cases for part in (condition, ast.Constant(label))]
    return ast.Call("multiIf", [*arguments, ast.Constant(otherwise)])


def _plain(number: float | None) -> str:
    assert number is not None
    return str(int(number)) if float(number).is_integer() else str(number)


def _number(breakdown: Breakdown) -> ast.Expr:
    field = _field(breakdown)
    if breakdown.type in ("hogql", "event_metadata"):
        # Whatever it is has a text, and the text is a number or not; ids and lists have no way to a number at all.
        field = ast.Call("toString", [field])
    return ast.Call("toFloat", [field])


def _field(breakdown: Breakdown) -> ast.Expr:
    if breakdown.type == "hogql":
        return parse_expr(breakdown.property)
    if breakdown.type in ("data_warehouse", "data_warehouse_person_property", "revenue_analytics"):
        raise InsightError(f"There is no data for a breakdown of type '{breakdown.type}'.")
    return property_field(breakdown.type, breakdown.property, breakdown.group_type_index)
