"""What a page of insights needs to know about a kind of question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from pydantic import BaseModel

from hedgerow.charts.specification import Specification
from hedgerow.web.insights.actors import insight_actors
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.series import Node
from hedgerow.web.insights.table import Table

Query = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """An answer as the page shows it. `height` is how the chart's height is found: `fixed` or from its content."""

    specification: Specification | None = None
    tables: Sequence[Table] = ()
    facts: Sequence[tuple[str, str]] = ()
    note: str = ""
    is_empty: bool = False
    height: str = "fixed"


@dataclass(frozen=True)
class SeriesPart:
    """How a kind's series are edited. `titles` name each of a fixed number of rows; `maths` are the ways to count."""

    legend: str
    most: int
    least: int = 1
    maths: Callable[[Choices], Mapping[str, str]] = lambda choices: {}
    titles: Sequence[str] = ()
    adding: str = "Add an event"
    has_optional: bool = False


def _nodes(query: Query) -> list[Node]:
    return list(query.get("series") or [])


def _with_nodes(query: Query, nodes: list[Node]) -> Query:
    return {**query, "series": nodes}


@dataclass(frozen=True)
class Insight:
    """A kind of question: how it begins, what its editor has beyond the common parts, and how its answer is shown."""

    slug: str
    title: str
    about: str
    kind: str
    model: type[BaseModel]
    usual: Callable[[Choices], Query]
    write: Callable[[Form, Query, Choices], Query]
    options: Callable[[Query, Choices], Mapping[str, Any]]
    show: Callable[[Query, dict[str, Any], Choices, datetime], Shown]
    series: SeriesPart | None = None
    has_breakdown: bool = False
    has_interval: bool = True
    has_comparison: bool = False
    open_range: str = ""
    """What the choice of no range is called, where a question can do without."""
    missing: Callable[[Query], str] = lambda query: ""
    actors: Callable[[Query, QueryDict], Query] = insight_actors
    nodes: Callable[[Query], list[Node]] = _nodes
    with_nodes: Callable[[Query, list[Node]], Query] = _with_nodes

    @property
    def template(self) -> str:
        """The template of its own options."""
        return f"web/insights/{self.slug}.html"
