"""Retention: of the actors that did something in an interval, how many came back in each of the intervals after.

`RetentionQuery` is the request, checked by pydantic. `answer(query, context, now, test_account_filters)` is a generator
as described in `hedgerow.insights.answering`; `actors` is one too, and tells who is in a row. What each row and column
counts is said in `hedgerow.insights.retention.build`.
"""

from hedgerow.insights.by_cohort import actors_by_cohort, answered_by_cohort
from hedgerow.insights.retention.answer import actors as _actors
from hedgerow.insights.retention.answer import answer as _answer
from hedgerow.insights.retention.answer import table_range
from hedgerow.insights.retention.cohorts import merged
from hedgerow.insights.retention.request import RetentionQuery

answer = answered_by_cohort(_answer, merged)
actors = actors_by_cohort(_actors)

__all__ = ["RetentionQuery", "actors", "answer", "table_range"]
