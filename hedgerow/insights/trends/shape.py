"""Numbers to the results of the response: every bucket filled, smoothed, summed up, labelled and put in order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from hedgerow.insights.breakdowns import NONE, OTHER
from hedgerow.insights.dates import ResolvedRange
from hedgerow.insights.errors import InsightError
from hedgerow.insights.series import series_event, series_label
from hedgerow.insights.trends.formula import Formula
from hedgerow.insights.trends.request import FormulaNode, TrendsQuery

Bucket = date | int
Number = int | float
Numbers = Mapping[Bucket, Number | Decimal | None]
Value = tuple[str, ...]
"""A breakdown's values; empty without a breakdown."""


@dataclass(frozen=True)
class Period:
    """A range, and which of two it is when two are compared."""

    name: Literal["current", "previous"] | None
    range: ResolvedRange


@dataclass(frozen=True)
class SeriesNumbers:
    """The numbers of one series in one period, by breakdown value and bucket; for one number the bucket is 0."""

    series: int
    period: Period
    numbers: Mapping[Value, Numbers]


@dataclass(frozen=True)
class _Line:
    """One series with one breakdown value: a number per bucket, or one number."""

    value: Value
    data: list[Number]

    @property
    def rank(self) -> tuple[int, Number, Value]:
        """Where it stands: the largest sum first, events without the property second last, the merged others last."""
        last = 2 if self.value and self.value[0] == OTHER else int(_is_none(self.value))
        return last, -sum(self.data), self.value


def shape(
    query: TrendsQuery,
    found: Sequence[SeriesNumbers],
    formulas: Sequence[tuple[FormulaNode, Formula]],
    *,
    is_everyone: bool,
) -> dict[str, Any]:
    """The response's `results` and `hasMore`. `found` holds all series of a period, then those of the next."""
    hides_other = bool(query.breakdownFilter and query.breakdownFilter.breakdown_hide_other_aggregation)
    has_more = any(value and value[0] == OTHER for each in found for value in each.numbers)
    lines = [_lines(query, each, hides_other) for each in found]
    if not formulas:
        results = [
            _series_result(query, each, line, is_everyone)
            for each, of_series in zip(found, lines, strict=True)
            for line in sorted(of_series, key=lambda line: line.rank)
        ]
        return {"results": results, "hasMore": has_more}
    periods = [each.period for each in found if each.series == 0]
    count = len(query.series)
    results = [
        result
        for node, formula in formulas
        for place, period in enumerate(periods)
        for result in _formula_results(query, node, formula, period, lines[place * count : (place + 1) * count])
    ]
    return {"results": results, "hasMore": has_more}


def _lines(query: TrendsQuery, found: SeriesNumbers, hides_other: bool) -> list[_Line]:
    multiplier = query.series[found.series].math_multiplier
    lines = []
    for value, numbers in found.numbers.items():
        if hides_other and value and value[0] == OTHER:
            continue
        data = [_number(number, multiplier) for number in _in_buckets(query, found.period.range, numbers)]
        lines.append(_Line(value, data if query.is_total else _displayed(query, data)))
    return lines


def _in_buckets(query: TrendsQuery, period: ResolvedRange, numbers: Numbers) -> list[Number | Decimal | None]:
    if query.is_total:
        return [numbers.get(0)]
    if period.interval not in ("hour", "minute"):
        return [numbers.get(bucket.date()) for bucket in period.buckets]
    # Active users are counted by day, whatever the interval: each hour of a day shows the day's number.
    return [numbers.get(int(bucket.timestamp()), numbers.get(bucket.date())) for bucket in period.buckets]


def _number(number: Number | Decimal | None, multiplier: float | None) -> Number:
    if isinstance(number, Decimal):
        number = float(number)
    if number is None or (isinstance(number, int | float) and not math.isfinite(number)):
        return 0
    if not isinstance(number, int | float):
        raise InsightError("The expression in math_hogql must give a number.")
    return number * multiplier if multiplier is not None else number


def _displayed(query: TrendsQuery, data: list[Number]) -> list[Number]:
    width = (query.trendsFilter and query.trendsFilter.smoothingIntervals) or 1
    if width > 1:
        data = [_smoothed(data[max(0, at - width + 1) : at + 1]) for at in range(len(data))]
    if query.is_cumulative:
        running: Number = 0
        data = [running := running + number for number in data]
    return data


def _smoothed(window: Sequence[Number]) -> int:
    return math.floor(sum(window) / len(window))


def _series_result(query: TrendsQuery, found: SeriesNumbers, line: _Line, is_everyone: bool) -> dict[str, Any]:
    node = query.series[found.series]
    label = series_label(node)
    result: dict[str, Any] = {
        "action": {
            "days": found.period.range.starts,
            "id": series_event(node),
            "type": "actions" if node.kind == "ActionsNode" else "events",
            "order": found.series,
            "name": label,
            "custom_name": node.custom_name,
            "math": node.math,
            "math_property": node.math_property,
            "math_hogql": node.math_hogql,
            "math_group_type_index": node.math_group_type_index,
            "properties": {},
        },
        "label": label,
        **_points(query, found.period, line.data),
    }
    if is_everyone:
        result |= {"breakdown_value": "all", "label": _broken_down(query, label, "all users")}
    elif line.value:
        shown, text = _breakdown(query, line.value)
        result |= {"breakdown_value": shown, "label": _broken_down(query, label, text)}
    return result


def _formula_results(
    query: TrendsQuery, node: FormulaNode, formula: Formula, period: Period, series: Sequence[Sequence[_Line]]
) -> list[dict[str, Any]]:
    """The formula for each breakdown value any of the series has; a series without the value counts as zeros."""
    length = 1 if query.is_total else len(period.range.buckets)
    values = dict.fromkeys(line.value for lines in series for line in lines)
    by_value = [{line.value: line.data for line in lines} for lines in series]
    zeros: list[Number] = [0] * length
    lines = [_Line(value, list(formula.values([data.get(value, zeros) for data in by_value]))) for value in values]
    results = []
    for line in sorted(lines, key=lambda line: line.rank):
        result: dict[str, Any] = {
            "action": None,
            "label": node.custom_name or f"Formula ({node.formula})",
            **_points(query, period, line.data),
        }
        if query.is_total:
            result["data"] = None
        if line.value:
            result["breakdown_value"] = _breakdown(query, line.value)[0]
        results.append(result)
    return results


def _points(query: TrendsQuery, period: Period, data: list[Number]) -> dict[str, Any]:
    """The numbers with their days, and the period's name where two are compared."""
    points: dict[str, Any]
    if query.is_total:
        points = {"data": [], "days": [], "count": 0, "aggregated_value": data[0]}
    else:
        count = data[-1] if query.is_cumulative and data else sum(data)
        points = {"data": data, "labels": period.range.labels, "days": period.range.days, "count": float(count)}
    points["filter"] = query.echo
    if period.name:
        points |= {"compare": True, "compare_label": period.name}
    return points


def _breakdown(query: TrendsQuery, value: Value) -> tuple[str | list[str], str]:
    """A breakdown's value as given back, and as text."""
    parts = [part or NONE for part in value]
    assert query.breakdownFilter
    return parts if query.breakdownFilter.is_multiple else parts[0], "::".join(parts)


def _broken_down(query: TrendsQuery, label: str, text: str) -> str:
    return f"{label} - {text}" if len(query.series) > 1 else text


def _is_none(value: Value) -> bool:
    return bool(value) and not any(value)
