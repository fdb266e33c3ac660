"""PathsQuery: what people do one after the other; what it means is in `hedgerow.insights.paths`."""

from typing import Any

from hedgerow.insights import paths
from hedgerow.insights.dates import resolve
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.kinds.trends import insight_fields
from hedgerow.queries.run import Kind, Run


def answer(query: paths.PathsQuery, run: Run) -> dict[str, Any]:
    """The edges."""
    return insight_fields(paths.answer(query, run.context, run.now, run.project.test_account_filters), run)


def _freshness(query: paths.PathsQuery, run: Run) -> Freshness:
    """As fresh as days; paths have no interval."""
    project = run.project
    resolved = resolve(query.dates, "day", project.timezone, run.now, week_start_day=project.week_start_day or 0)
    return Freshness("day", None if query.dates.date_from == "all" else resolved.date_from, resolved.date_to)


PATHS = Kind(paths.PathsQuery, answer, _freshness)
