"""LifecycleQuery: who is new, returning or dormant; what it means is in `hedgerow.insights.lifecycle`."""

from typing import Any

from hedgerow.insights import lifecycle
from hedgerow.insights.dates import DateRange, resolve
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.kinds.trends import insight_fields
from hedgerow.queries.run import Kind, Run


def answer(query: lifecycle.LifecycleQuery, run: Run) -> dict[str, Any]:
    """The results."""
    return insight_fields(lifecycle.answer(query, run.context, run.now, run.project.test_account_filters), run)


def _freshness(query: lifecycle.LifecycleQuery, run: Run) -> Freshness:
    dates, interval = query.dateRange or DateRange(), query.interval or "day"
    project = run.project
    resolved = resolve(dates, interval, project.timezone, run.now, week_start_day=project.week_start_day or 0)
    return Freshness(interval, None if dates.date_from == "all" else resolved.date_from, resolved.date_to)


LIFECYCLE = Kind(lifecycle.LifecycleQuery, answer, _freshness)
