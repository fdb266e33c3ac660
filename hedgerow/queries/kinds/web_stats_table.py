"""WebStatsTableQuery: a site's visits by page, source, device or place; see `hedgerow.insights.web.table`."""

from typing import Any

from hedgerow.insights.web import table
from hedgerow.queries.kinds.trends import insight_fields
from hedgerow.queries.run import Kind, Run


def answer(query: table.WebStatsTableQuery, run: Run) -> dict[str, Any]:
    """The rows."""
    return insight_fields(table.answer(query, run.context, run.now, run.project.test_account_filters), run)


WEB_STATS_TABLE = Kind(table.WebStatsTableQuery, answer)
