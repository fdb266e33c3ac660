"""FunnelsQuery: how many actors go through steps; what it means is in `hedgerow.insights.funnels`."""

from typing import Any

from hedgerow.insights import funnels
from hedgerow.queries.kinds.trends import insight_fields, insight_freshness
from hedgerow.queries.run import Kind, Run


def answer(query: funnels.FunnelsQuery, run: Run) -> dict[str, Any]:
    """The results."""
    return insight_fields(funnels.answer(query, run.context, run.now, run.project.test_account_filters), run)


FUNNELS = Kind(funnels.FunnelsQuery, answer, insight_freshness)
