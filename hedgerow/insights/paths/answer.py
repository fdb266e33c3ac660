"""From the question to the answer: the edges between the items of paths, and of these the ones that can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.dates import resolve
from hedgerow.insights.paths.edges import edges_query
from hedgerow.insights.paths.items import item_events
from hedgerow.insights.paths.request import PathsQuery, check
from hedgerow.insights.ranges import first_event, shown_range


def answer(
    query: PathsQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a PathsQuery; see `hedgerow.insights.answering` for how rows are handed in.

    `test_account_filters` are the project's, used when the query asks for `filterTestAccounts`. Gives `results`, the
    edges with the largest first, and `resolved_date_range`. Raises InsightError and HogQLError for mistakes in the
    request.
    """
    check(query)
    earliest = yield from first_event(query.dateRange)
    period = resolve(
        query.dates, "day", context.timezone, now, week_start_day=context.week_start_day, earliest=earliest
    )
    events = item_events(query, period, context, now, test_account_filters)
    (rows,) = yield [edges_query(query, events)]
    results = [
        {
            "source": f"{step}_{item}",
            "target": f"{step + 1}_{following}",
            "value": value,
            "average_conversion_time": milliseconds,
        }
        for step, item, following, value, milliseconds in _reachable(rows)
    ]
    return {"results": results, "resolved_date_range": shown_range(period)}


def _reachable(rows: Sequence[Row]) -> list[Row]:
    """The edges that a way of other edges leads to from a first item, in the order they have."""
    reached: set[tuple[int, str]] = set()
    for step, item, following, *_ in sorted(rows, key=lambda row: int(row[0])):
        if step == 1 or (step, item) in reached:
            reached.add((step + 1, following))
    return [row for row in rows if row[0] == 1 or (row[0], row[1]) in reached]
