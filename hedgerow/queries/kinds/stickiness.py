"""StickinessQuery: on how many intervals actors were active; what it means is in `hedgerow.insights.stickiness`."""

from typing import Any

from hedgerow.insights import stickiness
from hedgerow.queries.kinds.trends import insight_fields, insight_freshness
from hedgerow.queries.run import Kind, Run


def answer(query: stickiness.StickinessQuery, run: Run) -> dict[str, Any]:
    """The results."""
    return insight_fields(stickiness.answer(query, run.context, run.now, run.project.test_account_filters), run)


STICKINESS = Kind(stickiness.StickinessQuery, answer, insight_freshness)
