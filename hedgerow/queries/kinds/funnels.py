"""FunnelsQuery: how many actors go through steps; what it means is in `hedgerow.insights.funnels`."""

from typing import Any

from hedgerow.insights import funnels
from hedgerow.insights.dates import DateRange, resolve
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.kinds.trends import insight_fields
from hedgerow.queries.run import Kind, Run


def answer(query: funnels.FunnelsQuery, run: Run) -> dict[str, Any]:
    """The results."""
    return insight_fields(funnels.answer(query, run.context, run.now, run.project.test_account_filters), run)


def _freshness(query: funnels.FunnelsQuery, run: Run) -> Freshness:
    dates, interval = query.dateRange or DateRange(), query.bucket_interval
    project = run.project
    resolved = resolve(dates, interval, project.timezone, run.now, week_start_day=project.week_start_day or 0)
    return Freshness(interval, None if dates.date_from == "all" else resolved.date_from, resolved.date_to)


FUNNELS = Kind(funnels.FunnelsQuery, answer, _freshness)
