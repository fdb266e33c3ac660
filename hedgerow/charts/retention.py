"""Retention: what share of those who began came back after each interval, as a curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hedgerow.charts.specification import Specification, colour, frame, readable_value, share, value_axis

Row = Mapping[str, Any]
Reference = Literal["total", "previous"]
Mean = Literal["simple", "weighted"]

EVERYBODY = "Mean"


@dataclass(frozen=True)
class Column:
    """A column of the table: its label, and how many intervals after the first its last one is."""

    label: str
    reach: int


@dataclass(frozen=True)
class Block:
    """The rows of one breakdown value (`name` is "" without a breakdown), and their mean in each column.

    A share or mean is None where the time has not come yet.
    """

    name: str
    rows: Sequence[Row]
    shares: list[list[float | None]]
    means: list[float | None]


def columns_of(response: Mapping[str, Any], brackets: Sequence[int] = ()) -> list[Column]:
    """The columns of the answer; `brackets` are the question's own widths of columns, if it has any."""
    results = response.get("results") or []
    values = results[0]["values"] if results else []
    widths = [0, *brackets] if brackets else [0] + [1] * (len(values) - 1)
    reach, columns = 0, []
    for value, width in zip(values, widths, strict=False):
        reach += width
        columns.append(Column(value["label"], reach))
    return columns


def blocks_of(
    response: Mapping[str, Any],
    columns: Sequence[Column],
    *,
    reference: Reference = "total",
    mean: Mean = "simple",
) -> list[Block]:
    """The answer by breakdown value, with shares in per cent of the first column or of the one before."""
    by_value: dict[str, list[Row]] = {}
    for row in response.get("results") or []:
        value = row.get("breakdown_value")
        by_value.setdefault("" if value is None else readable_value(value), []).append(row)
    blocks = []
    for name, rows in by_value.items():
        shares = [_shares(row, columns, len(rows) - 1 - at, reference) for at, row in enumerate(rows)]
        means = [_mean(rows, shares, at, mean) for at in range(len(columns))]
        blocks.append(Block(name, rows, shares, means))
    return blocks


def retention_chart(columns: Sequence[Column], blocks: Sequence[Block], dates: Sequence[str]) -> Specification:
    """A line for the mean of each breakdown value; without a breakdown faint ones for the rows, named by `dates`."""
    names = [block.name or EVERYBODY for block in blocks]
    rows: list[dict[str, Any]] = [
        {"column": columns[at].label, "series": name, "value": value, "of": "mean"}
        for name, block in zip(names, blocks, strict=True)
        for at, value in enumerate(block.means)
        if value is not None
    ]
    if len(blocks) == 1:
        rows += [
            {"column": columns[at].label, "series": name, "value": value, "of": "row"}
            for name, shares, row in zip(dates, blocks[0].shares, blocks[0].rows, strict=False)
            if row["values"][0]["count"]
            for at, value in enumerate(shares)
            if value is not None
        ]
    labels = [column.label for column in columns]
    is_mean = {"filter": "datum.of == 'mean'"}
    tooltip = [
        {"field": "series", "title": "Of"},
        {"field": "column", "title": "After"},
        {"field": "value", "title": "Per cent", "format": ".1~f"},
    ]
    mean_colour = colour(names)
    told = ", ".join(
        f"{at}: {value:g} %" for block in blocks[:1] for at, value in zip(labels, block.means, strict=True) if value
    )
    return frame(f"Line chart of retention. {told}" if blocks else "Empty chart: no data.") | {
        "data": {"values": rows},
        "encoding": {
            "x": {
                "field": "column",
                "type": "ordinal",
                "sort": labels,
                "axis": {"title": None, "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8},
            },
            "y": {**value_axis([row["value"] for row in rows], is_share=True), "scale": {"domain": [0, 100]}},
        },
        "layer": [
            {
                "transform": [{"filter": "datum.of == 'row'"}],
                "mark": {"type": "line", "strokeWidth": 1, "opacity": 0.3, "color": "#8a948d"},
                "encoding": {"detail": [{"field": "series"}]},
            },
            {
                "transform": [is_mean],
                "mark": {"type": "line", "point": {"size": 45, "filled": True}},
                "encoding": {"color": mean_colour, "tooltip": tooltip},
            },
        ],
    }


def _shares(row: Row, columns: Sequence[Column], last: int, reference: Reference) -> list[float | None]:
    counts: list[float] = [value["count"] for value in row["values"]]
    wholes = [counts[0]] * len(counts) if reference == "total" else [counts[0], *counts[:-1]]
    return [
        share(count, whole) if column.reach <= last else None
        for count, whole, column in zip(counts, wholes, columns, strict=True)
    ]


def _mean(rows: Sequence[Row], shares: Sequence[Sequence[float | None]], at: int, mean: Mean) -> float | None:
    """Rows nobody began in do not count; in the weighted mean each counts by how many began in it."""
    known: list[tuple[float, float]] = [
        (value, row["values"][0]["count"] if mean == "weighted" else 1)
        for row, of_row in zip(rows, shares, strict=True)
        if (value := of_row[at]) is not None and row["values"][0]["count"]
    ]
    weight = sum(each for _, each in known)
    return round(sum(value * each for value, each in known) / weight, 2) if weight else None
