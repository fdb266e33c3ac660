"""Cells of tables whose rows are values of a query."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cell:
    """A value of the table: its text, and what it looks like."""

    text: str
    kind: str = ""
    """`number`, `null`, `spark` or nothing."""
    line: str = ""
    """Of a sparkline: its points in a box of 100 by 20."""


def cell_of(value: Any) -> Cell:
    """The cell of a value as a query answers it."""
    if value is None:
        return Cell("null", "null")
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, int | float):
        return Cell(str(value), "number")
    if isinstance(value, list) and value[:3] == ["__hx_tag", "Sparkline", "data"] and len(value) == 4:
        numbers = [float(each) for each in value[3] or [] if isinstance(each, int | float)]
        return Cell(", ".join(f"{each:g}" for each in numbers), "spark", " ".join(_points(numbers)))
    return Cell(text_of(value))


def text_of(value: Any) -> str:
    """A value in one line: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _points(numbers: list[float]) -> Iterator[str]:
    """The points of a small line, 100 wide and 20 high."""
    low, high = min(numbers, default=0.0), max(numbers, default=0.0)
    for index, number in enumerate(numbers):
        across = 100 * index / max(len(numbers) - 1, 1)
        yield f"{across:.1f},{19 - 18 * (number - low) / ((high - low) or 1):.1f}"
