"""From any question and its answer to how the answer is drawn.

Questions are nodes of the API as they stand in requests and saved insights, in their wrappers or without. Series are
called what the answer calls them; who knows better names writes them into the answer before.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hedgerow.charts.columns import can_be_drawn, columns_chart
from hedgerow.charts.funnels import bin_rows, conversion_chart, funnel_groups, steps_chart, times_chart
from hedgerow.charts.lifecycle import STATUSES, lifecycle_chart
from hedgerow.charts.paths import paths_chart
from hedgerow.charts.retention import Block, Column, Mean, Reference, blocks_of, columns_of, retention_chart
from hedgerow.charts.specification import Specification
from hedgerow.charts.stickiness import stickiness_chart
from hedgerow.charts.trends import trends_chart

Query = Mapping[str, Any]
Response = Mapping[str, Any]

MOST_WRAPPERS = 10
ROW_MARKS = {
    "ActionsLineGraph": "line",
    "ActionsAreaGraph": "line",
    "ActionsBar": "bar",
    "ActionsStackedBar": "bar",
    "ActionsBarValue": "bar",
}
"""How the rows of a query are drawn, by the display chosen for them; rows with another display are a table."""


def specification_of(query: Query, response: Response, *, now: datetime | None = None) -> Specification | None:
    """The chart of an answer; None where there is nothing to draw or the answer is shown in another way.

    `response` is what the API gives of a query or of a saved insight, with its `results` or `result`. `now` (aware; the
    present, if None) decides which times are not over yet.
    """
    asked, results = source_of(query), results_of(response)
    if not results:
        return None
    draw = _KINDS.get(asked.get("kind", ""))
    whole = {**response, "results": results}
    if draw is not None:
        return draw(asked, whole, now or datetime.now(UTC))
    return _rows_chart(query, whole)


def source_of(query: Query) -> Query:
    """The question inside of its wrappers."""
    for _ in range(MOST_WRAPPERS):
        source = query.get("source")
        if not isinstance(source, Mapping) or "kind" not in source or not str(query.get("kind")).endswith("Node"):
            break
        query = source
    return query


def results_of(response: Response) -> Any:
    """What was found: None where there is no answer."""
    return response.get("results", response.get("result"))


def retention_parts(query: Query, response: Response) -> tuple[list[Column], list[Block], list[str]]:
    """The columns of a retention table, its rows by breakdown value, and what the rows of the first are called."""
    asked = query.get("retentionFilter") or {}
    columns = columns_of(response, asked.get("retentionCustomBrackets") or [])
    reference: Reference = "previous" if asked.get("retentionReference") == "previous" else "total"
    mean: Mean = "weighted" if asked.get("meanRetentionCalculation") == "weighted" else "simple"
    blocks = blocks_of(response, columns, reference=reference, mean=mean)
    dates = [row_date(row["date"], asked.get("period") or "Day") for row in blocks[0].rows] if blocks else []
    return columns, blocks, dates


def row_date(text: str, period: str) -> str:
    """When a row of retention began, for people."""
    at = datetime.fromisoformat(text)
    if period == "Hour":
        return f"{at.day} {at:%b, %H:%M}"
    return f"{at:%b %Y}" if period == "Month" else f"{at.day} {at:%b %Y}"


def lifecycle_statuses(query: Query) -> list[str]:
    """The statuses that are shown."""
    return (query.get("lifecycleFilter") or {}).get("toggledLifecycles") or list(STATUSES)


def trends_results(query: Query, results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results as they are where single days or totals are of certain people, else without their series."""
    looks = query.get("trendsFilter") or {}
    is_mixed = looks.get("display") == "ActionsLineGraphCumulative" or (looks.get("smoothingIntervals") or 1) > 1
    return [{**result, "action": None} for result in results] if is_mixed else list(results)


def value_axes(query: Query, columns: Sequence[str]) -> list[int]:
    """The places of the columns of rows that go across and up: those chosen, else the first two; empty if there are
    not two."""
    settings = query.get("chartSettings") or {}
    chosen = [settings.get("xAxis"), *(settings.get("yAxis") or [])[:1]]
    names = [each.get("column") for each in chosen if isinstance(each, Mapping)]
    if len(names) == 2 and all(name in columns for name in names):
        return [columns.index(name) for name in names]
    return [0, 1] if len(columns) > 1 else []


def column_types(response: Response) -> list[str]:
    """The names of the types of an answer's columns, which stand alone or with their columns."""
    types = response.get("types") or []
    return [str(each[-1]) if isinstance(each, list | tuple) and each else str(each) for each in types]


def _trends(query: Query, response: Response, now: datetime) -> Specification | None:
    display = (query.get("trendsFilter") or {}).get("display") or "ActionsLineGraph"
    if display == "ActionsTable":
        return None
    results = trends_results(query, response["results"])
    is_total = any("aggregated_value" in result and not result.get("data") for result in results)
    interval = "day" if is_total else _interval(query)
    return trends_chart({**response, "results": results}, display=display, interval=interval, now=now)


def _funnel(query: Query, response: Response, now: datetime) -> Specification | None:
    looks = query.get("funnelsFilter") or {}
    view = looks.get("funnelVizType") or "steps"
    if view == "time_to_convert":
        return times_chart(response) if bin_rows(response) else None
    if view == "trends":
        return conversion_chart(response, interval=_interval(query), now=now)
    if not funnel_groups(response["results"]):
        return None
    return steps_chart(response, reference=looks.get("funnelStepReference") or "total")


def _retention(query: Query, response: Response, now: datetime) -> Specification | None:
    columns, blocks, dates = retention_parts(query, response)
    return retention_chart(columns, blocks, dates) if blocks else None


def _lifecycle(query: Query, response: Response, now: datetime) -> Specification | None:
    looks, shown = query.get("lifecycleFilter") or {}, lifecycle_statuses(query)
    is_stacked = looks.get("stacked") is not False
    return lifecycle_chart(response, interval=_interval(query), now=now, shown=shown, is_stacked=is_stacked)


def _stickiness(query: Query, response: Response, now: datetime) -> Specification | None:
    looks = query.get("stickinessFilter") or {}
    return stickiness_chart(response, display=looks.get("display") or "ActionsBar")


def _paths(query: Query, response: Response, now: datetime) -> Specification | None:
    return paths_chart(response, full_urls=bool((query.get("pathsFilter") or {}).get("showFullUrls")))


def _rows_chart(query: Query, response: Response) -> Specification | None:
    """The chart of rows, where their wrapper wants one and two columns can be drawn."""
    mark = ROW_MARKS.get(str(query.get("display")))
    columns, types = list(map(str, response.get("columns") or [])), column_types(response)
    axes = value_axes(query, columns) if mark and len(types) == len(columns) else []
    if not mark or not axes or not can_be_drawn([types[at] for at in axes]):
        return None
    rows = [[row[at] for at in axes] for row in response["results"]]
    return columns_chart([columns[at] for at in axes], [types[at] for at in axes], rows, mark)


def _interval(query: Query) -> str:
    return query.get("interval") or "day"


_KINDS: dict[str, Callable[[Query, Response, datetime], Specification | None]] = {
    "TrendsQuery": _trends,
    "FunnelsQuery": _funnel,
    "RetentionQuery": _retention,
    "LifecycleQuery": _lifecycle,
    "StickinessQuery": _stickiness,
    "PathsQuery": _paths,
}
