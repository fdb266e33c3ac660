"""RetentionQuery: how many actors came back, and when; what it means is in `hedgerow.insights.retention`."""

from typing import Any

from hedgerow.insights import retention
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.kinds.trends import insight_fields
from hedgerow.queries.run import Kind, Run


def answer(query: retention.RetentionQuery, run: Run) -> dict[str, Any]:
    """The rows of the table."""
    return insight_fields(retention.answer(query, run.context, run.now, run.project.test_account_filters), run)


def _freshness(query: retention.RetentionQuery, run: Run) -> Freshness:
    """As fresh as days, whatever the period."""
    project = run.project
    resolved = retention.table_range(query, project.timezone, project.week_start_day or 0, run.now)
    is_all = query.dateRange is not None and query.dateRange.date_from == "all"
    return Freshness("day", None if is_all else resolved.date_from, resolved.date_to)


RETENTION = Kind(retention.RetentionQuery, answer, _freshness)
