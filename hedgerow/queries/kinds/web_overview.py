"""WebOverviewQuery: a site's visits in a few numbers; what they mean is in `hedgerow.insights.web`."""

from typing import Any

from hedgerow.insights.web import overview
from hedgerow.queries.kinds.trends import insight_fields
from hedgerow.queries.run import Kind, Run


def answer(query: overview.WebOverviewQuery, run: Run) -> dict[str, Any]:
    """The numbers."""
    return insight_fields(overview.answer(query, run.context, run.now, run.project.test_account_filters), run)


WEB_OVERVIEW = Kind(overview.WebOverviewQuery, answer)
