"""Funnels: how many actors go through steps, how far they come and how long they take.

`FunnelsQuery` is the request, checked by pydantic. `answer(query, context, now, test_account_filters)` is a generator
as described in `hedgerow.insights.answering`: it yields HogQL queries, is sent their rows and returns the fields
`results`, `resolved_date_range` and, for the view by steps, `total_median_conversion_time` of the response.

How it is counted reads from `funnel` (the question in HogQL) over `histories` (what each actor did), `attempts` (how
far the actor came from each beginning) and `best` (the attempt that counts) to the three views.
"""

from hedgerow.insights.funnels.actors import FunnelsActorsQuery
from hedgerow.insights.funnels.cohorts import actors, answer
from hedgerow.insights.funnels.request import FunnelsQuery

__all__ = ["FunnelsActorsQuery", "FunnelsQuery", "actors", "answer"]
