"""Cells to the rows of the response."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from hedgerow.insights.answering import Row
from hedgerow.insights.breakdowns import OTHER
from hedgerow.insights.dates import ResolvedRange, iso
from hedgerow.insights.errors import InsightError
from hedgerow.insights.retention.request import RetentionQuery

MAX_CELLS = 500_000
"""Tables with more cells than this are refused."""

Place = tuple[str, int, int]
"""Value of the breakdown (empty without one), row, column."""


@dataclass
class Cells:
    """What has been found; a place that is not here is empty."""

    actors: dict[Place, int] = field(default_factory=dict)
    amounts: dict[Place, tuple[float, int]] = field(default_factory=dict)
    """Sum and number of the amounts."""


def read_cells(actors: Sequence[Row], amounts: Sequence[Row] = ()) -> Cells:
    """The cells from the rows of `cells_query` and `amounts_query`."""
    return Cells(
        actors={_place(*place): count for *place, count in actors},
        amounts={_place(*place): (total, number) for *place, total, number in amounts},
    )


def _place(*keys: Any) -> Place:
    return (keys[0], keys[1], keys[2]) if len(keys) == 3 else ("", keys[0], keys[1])


def shape(query: RetentionQuery, period: ResolvedRange, cells: Cells, value_shown: str | None) -> list[dict[str, Any]]:
    """The response's `results`: all rows of a value, then those of the next, the largest first and OTHER last.

    Without a breakdown there is one value, given back as `value_shown`. Raises InsightError if they are too many.
    """
    is_broken_down = query.breakdownFilter is not None and bool(query.breakdownFilter.asked) and value_shown is None
    values: Iterable[str] = _by_size(query, cells.actors) if is_broken_down else [""]
    if query.breakdownFilter and query.breakdownFilter.breakdown_hide_other_aggregation:
        values = [value for value in values if value != OTHER]
    values = list(values)
    if len(values) * len(period.buckets) * query.columns > MAX_CELLS:
        raise InsightError(
            f"The table has more than {MAX_CELLS} cells. Choose a longer period, a shorter range or fewer intervals."
        )
    labels = _column_labels(query)
    return [
        {
            "values": _values(query, cells, value, row, labels),
            "label": f"{query.period} {row}",
            "date": iso(start),
            "breakdown_value": value if is_broken_down else value_shown,
        }
        for value in values
        for row, start in enumerate(period.buckets)
    ]


def _by_size(query: RetentionQuery, actors: Mapping[Place, int]) -> list[str]:
    """The values by the number of actors in their rows."""
    sizes: dict[str, int] = {}
    for (value, _, column), count in actors.items():
        # Where cumulative, each actor has been found in one column, its last; else all are in the first.
        in_row = count if query.retentionFilter.cumulative or column == 0 else 0
        sizes[value] = sizes.get(value, 0) + in_row
    return sorted(sizes, key=lambda value: (value == OTHER, -sizes[value], value))


def _values(query: RetentionQuery, cells: Cells, value: str, row: int, labels: Sequence[str]) -> list[dict[str, Any]]:
    places = [(value, row, column) for column in range(query.columns)]
    counts = [cells.actors.get(place, 0) for place in places]
    amounts = [cells.amounts.get(place, (0.0, 0)) for place in places]
    if query.retentionFilter.cumulative:
        counts = _or_later(counts)
        # The first column is of other events than the rest.
        totals, numbers = _or_later([total for total, _ in amounts[1:]]), _or_later([each for _, each in amounts[1:]])
        amounts[1:] = zip(totals, numbers, strict=True)
    found: list[dict[str, Any]] = [
        {"count": count, "label": label} for count, label in zip(counts, labels, strict=True)
    ]
    kind = query.retentionFilter.aggregationType
    if kind in ("sum", "avg"):
        for cell, (total, number) in zip(found, amounts, strict=True):
            cell["aggregation_value"] = total if kind == "sum" else total / number if number else 0.0
    return found


def _or_later(numbers: Sequence[Any]) -> list[Any]:
    return list(accumulate(reversed(numbers)))[::-1]


def _column_labels(query: RetentionQuery) -> list[str]:
    """`Day 0`, `Day 1` …; a bracket of several intervals is `Day 2-4`."""
    if not query.brackets:
        return [f"{query.period} {column}" for column in range(query.columns)]
    labels, first = [f"{query.period} 0"], 1
    for length in query.brackets:
        last = first + length - 1
        labels.append(f"{query.period} {first}" if first == last else f"{query.period} {first}-{last}")
        first = last + 1
    return labels
