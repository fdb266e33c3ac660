"""StickinessQuery: on how many intervals actors were active; what it means is in `hedgerow.insights.stickiness`."""

from typing import Any

from hedgerow.insights import stickiness
from hedgerow.insights.dates import DateRange, resolve
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.kinds.trends import insight_fields
from hedgerow.queries.run import Kind, Run


def answer(query: stickiness.StickinessQuery, run: Run) -> dict[str, Any]:
    """The results."""
    return insight_fields(stickiness.answer(query, run.context, run.now, run.project.test_account_filters), run)


def _freshness(query: stickiness.StickinessQuery, run: Run) -> Freshness:
    dates, interval = query.dateRange or DateRange(), query.unit
    project = run.project
    resolved = resolve(dates, interval, project.timezone, run.now, week_start_day=project.week_start_day or 0)
    return Freshness(interval, None if dates.date_from == "all" else resolved.date_from, resolved.date_to)


STICKINESS = Kind(stickiness.StickinessQuery, answer, _freshness)
