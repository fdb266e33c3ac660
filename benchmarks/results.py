"""What is measured, and how it is shown: a table on the screen and `benchmarks/results.md`."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).with_name("results.md")


@dataclass(frozen=True)
class Figure:
    """One measured figure beside what is wanted and, measured in the same run, what it is compared with."""

    what: str
    measured: float
    unit: str
    wanted: float
    at_least: bool = True
    beside: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure is as good as wanted."""
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted

    def cells(self) -> tuple[str, str, str, str, str]:
        """The figure as a row of text."""
        return (
            self.what,
            f"{_number(self.measured)} {self.unit}",
            f"{'≥' if self.at_least else '≤'} {_number(self.wanted)} {self.unit}",
            "yes" if self.met else "NO",
            self.beside,
        )


HEADINGS = ("what", "measured", "wanted", "met", "beside it, in the same run")


def show(figures: Sequence[Figure], *, write: bool) -> None:
    """Print the figures, and `write` them to `benchmarks/results.md`."""
    table = Table(*HEADINGS)
    for figure in figures:
        table.add_row(*figure.cells(), style="" if figure.met else "red")
    Console().print(table)
    if not write:
        return
    lines = [
        "# Benchmark results",
        "",
        f"Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, Python "
        f"{platform.python_version()}. The load generator shares the machine.",
        "",
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "---|" * len(HEADINGS),
        *("| " + " | ".join(figure.cells()) + " |" for figure in figures),
        "",
    ]
    RESULTS.write_text("\n".join(lines))


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
