"""Trends: a number per interval (or one number for the whole range) for each series of events.

`TrendsQuery` is the request, checked by pydantic. `answer(query, context, now, test_account_filters)` is a generator
as described in `hedgerow.insights.answering`: it yields HogQL queries, is sent their rows and returns the fields
`results`, `hasMore`, `resolved_date_range` and `resolved_compare_date_range` of the response. `actors` is one too, and
tells who is behind a number.
"""

from hedgerow.insights.by_cohort import actors_by_cohort, answered_by_cohort
from hedgerow.insights.trends.actors import actors as _actors
from hedgerow.insights.trends.answer import answer as _answer
from hedgerow.insights.trends.cohorts import merged
from hedgerow.insights.trends.request import TrendsQuery

answer = answered_by_cohort(_answer, merged)
actors = actors_by_cohort(_actors)

__all__ = ["TrendsQuery", "actors", "answer"]
