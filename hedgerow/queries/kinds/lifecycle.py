"""LifecycleQuery: who is new, returning or dormant; what it means is in `hedgerow.insights.lifecycle`."""

from typing import Any

from hedgerow.insights import lifecycle
from hedgerow.queries.kinds.trends import insight_fields, insight_freshness
from hedgerow.queries.run import Kind, Run


def answer(query: lifecycle.LifecycleQuery, run: Run) -> dict[str, Any]:
    """The results."""
    return insight_fields(lifecycle.answer(query, run.context, run.now, run.project.test_account_filters), run)


LIFECYCLE = Kind(lifecycle.LifecycleQuery, answer, insight_freshness)
