"""One saved insight's answer as a tile shows it: a chart, figures or a table, or in words why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ParseError

from hedgerow.charts.answers import column_types, results_of, specification_of
from hedgerow.charts.columns import NUMERIC_TYPE
from hedgerow.charts.specification import Specification
from hedgerow.charts.totals import period_of, series_name
from hedgerow.queries.request import parse_model, parse_request, unwrap
from hedgerow.web.cells import Cell, cell_of
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.kind import Insight, Query
from hedgerow.web.insights.kinds import BY_KIND
from hedgerow.web.insights.table import Table, number

MOST_ROWS = 200
"""Rows of a table that a tile shows."""

SHOWN, EMPTY, FAILED, WAITING = "shown", "empty", "failed", "waiting"

_FAILURE = "The numbers could not be computed."


@dataclass(frozen=True)
class Figure:
    """A number that stands alone: what it is of, the number, and what it was before."""

    title: str
    text: str
    hint: str = ""


@dataclass(frozen=True)
class ValuesTable:
    """The rows of a query; a column is its name, its type and whether it holds numbers."""

    columns: Sequence[tuple[str, str, bool]]
    rows: Sequence[Sequence[Cell]]
    count: int

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than are shown."""
        return self.count > len(self.rows)


@dataclass(frozen=True)
class Answered:
    """What a tile shows. `state` is one of `shown`, `empty`, `failed` and `waiting`, which is not computed yet.

    A chart stands before a table where both are shown. `height` is how the chart's height is found, as of `Shown`.
    """

    state: str
    problem: str = ""
    specification: Specification | None = None
    height: str = "fixed"
    figures: Sequence[Figure] = ()
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    values: ValuesTable | None = None
    note: str = ""
    kind: str = ""
    """The title of the kind of question."""
    refreshed: datetime | None = None
    is_stale: bool = False
    """Whether the answer is older than answers to its question are meant to become."""


@dataclass(frozen=True)
class InsightTile:
    """A tile with a saved insight, for the template `web/dashboards/tile.html`.

    `key` tells it from other tiles of the page. `address` is where its title leads, `people` where the numbers lead
    that stand for people: the start of an address, to which the number's own part is added. Both are empty on pages
    that lead nowhere.
    """

    key: str
    title: str
    description: str
    answered: Answered
    address: str = ""
    people: str = ""

    version: str = ""
    """Tells one answer to the insight from another."""

    @property
    def specification_id(self) -> str:
        """The id of the element that holds the chart's specification."""
        return f"specification-{self.key}"


@dataclass(frozen=True)
class _Asked:
    """A stored query that could be read: what it asks, and how its wrapper says it is to be shown."""

    query: Query
    insight: Insight | None
    wrapper: Mapping[str, Any] = field(default_factory=dict)


def answered(query: Mapping[str, Any] | None, response: Mapping[str, Any], choices: Choices, now: datetime) -> Answered:
    """How the answer to a saved insight's query is shown.

    `query` is the query as it was answered, in its wrapper or without. `response` is what the API gives of a saved
    insight or of a query: the answer is its `result` or `results`, and it is `waiting` where there is neither that
    nor a failure (`query_status`, `error`). `now` is aware. Never raises for what cannot be shown.
    """
    problem = _problem_of(response)
    asked: _Asked | None = None
    if not problem:
        try:
            asked = _read(query)
        except ParseError as error:
            problem = str(error)
    if asked is None:
        return Answered(FAILED, problem=problem)
    result = results_of(response)
    kind = asked.insight.title if asked.insight else "Query"
    if result is None:
        return Answered(WAITING, kind=kind)
    whole = {**response, "results": result}
    found = _insight(asked.insight, asked, whole, choices, now) if asked.insight else _rows(asked, whole)
    return replace(found, kind=kind, refreshed=_moment(response.get("last_refresh")), is_stale=_is_stale(response, now))


def insight_tile(
    key: str,
    insight: Mapping[str, Any],
    choices: Choices,
    now: datetime,
    *,
    address: str = "",
    people: str = "",
) -> InsightTile:
    """The tile of a saved insight as the API gives it, with its effective query and its result."""
    found = answered(insight.get("query"), insight, choices, now)
    title = insight.get("name") or insight.get("derived_name") or found.kind or "Insight"
    version = f"{insight.get('filters_hash')} {insight.get('last_refresh')}"
    digest = sha256(version.encode()).hexdigest()[:12]
    return InsightTile(key, title, insight.get("description") or "", found, address, people, digest)


def _read(query: Mapping[str, Any] | None) -> _Asked:
    """Raises `ParseError` for a query that cannot be read."""
    if not query:
        raise ParseError("This insight has no query.")
    body = unwrap(parse_request({"query": dict(query)}).query)
    insight = BY_KIND.get(body["kind"])
    if insight is not None:
        # As it was checked, so that every type can be relied on, but without what was not asked.
        checked = parse_model(insight.model, body, "query")
        body = {**body, **checked.model_dump(mode="json", exclude_unset=True)}
    return _Asked(body, insight, query)


def _problem_of(response: Mapping[str, Any]) -> str:
    status = response.get("query_status") or {}
    if status.get("error"):
        return str(status.get("error_message") or _FAILURE)
    error = response.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message") or _FAILURE)
    return str(error) if error else ""


def _moment(value: Any) -> datetime | None:
    return parse_datetime(value) if isinstance(value, str) else value


def _is_stale(response: Mapping[str, Any], now: datetime) -> bool:
    best_before = _moment(response.get("cache_target_age"))
    return best_before is not None and best_before <= now


# Insights


def _insight(insight: Insight, asked: _Asked, response: dict[str, Any], choices: Choices, now: datetime) -> Answered:
    try:
        shown = insight.show(asked.query, response, choices, now)
    except (KeyError, TypeError, ValueError, IndexError):
        # An answer that was kept before the query, or this code, changed its form.
        return Answered(FAILED, problem="This answer cannot be shown any more. Refresh it.")
    if shown.is_empty:
        return Answered(EMPTY)
    figures = _figures(asked.query, response)
    with_chart, with_tables = _parts(asked.query, has_chart=shown.specification is not None)
    return Answered(
        SHOWN,
        specification=shown.specification if with_chart and not figures else None,
        height=shown.height,
        figures=figures,
        facts=shown.facts,
        tables=shown.tables if with_tables and not figures else (),
        note=shown.note,
    )


def _parts(query: Query, *, has_chart: bool) -> tuple[bool, bool]:
    """Whether the chart and whether the tables are shown: the chart where there is one, of retention what it says."""
    if query["kind"] != "RetentionQuery":
        return True, not has_chart
    wanted = (query.get("retentionFilter") or {}).get("dashboardDisplay") or "table_only"
    return wanted in ("graph_only", "all"), wanted != "graph_only"


def _figures(query: Query, response: Mapping[str, Any]) -> list[Figure]:
    """The bare number of a question that is shown as one; nothing where several series make it bars."""
    if (query.get("trendsFilter") or {}).get("display") != "BoldNumber":
        return []
    current = [each for each in response["results"] if period_of(each) == "Current"]
    if len(current) != 1:
        return []
    before = [each for each in response["results"] if period_of(each) == "Previous"]
    hint = f"{number(before[0].get('aggregated_value')).text} in the time before" if before else ""
    return [Figure(series_name(current[0]), number(current[0].get("aggregated_value")).text, hint)]


# Rows of any query


def _rows(asked: _Asked, response: Mapping[str, Any]) -> Answered:
    columns, types, rows = _columns(response)
    if not rows:
        return Answered(EMPTY)
    if asked.wrapper.get("display") == "BoldNumber":
        return Answered(SHOWN, figures=[Figure(columns[0], _number(rows[0][0]))])
    chart = specification_of(asked.wrapper, response)
    if chart:
        return Answered(SHOWN, specification=chart)
    heads = [(name, kind, bool(NUMERIC_TYPE.match(kind))) for name, kind in zip(columns, types, strict=True)]
    cells = [[cell_of(value) for value in row] for row in rows[:MOST_ROWS]]
    return Answered(SHOWN, values=ValuesTable(heads, cells, len(rows)))


def _columns(response: Mapping[str, Any]) -> tuple[list[str], list[str], list[list[Any]]]:
    """Columns, their types and the rows; rows that are objects have a column for each key of the first."""
    results = response["results"]
    rows: list[Any] = results if isinstance(results, list) else [results]
    if rows and isinstance(rows[0], Mapping):
        columns = list(rows[0])
        return columns, [""] * len(columns), [[row.get(name) for name in columns] for row in rows]
    plain = [list(row) if isinstance(row, list) else [row] for row in rows]
    width = max((len(row) for row in plain), default=0)
    columns = list(map(str, response.get("columns") or []))[:width]
    types = column_types(response)[:width]
    columns += [f"Column {at + 1}" for at in range(len(columns), width)]
    types += [""] * (width - len(types))
    return columns, types, [row + [None] * (width - len(row)) for row in plain]


def _number(value: Any) -> str:
    return number(value).text if isinstance(value, int | float) and not isinstance(value, bool) else cell_of(value).text
