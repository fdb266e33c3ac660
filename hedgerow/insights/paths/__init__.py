"""Paths: which pages and events people go through one after the other, as edges from step to step.

`PathsQuery` is the request, checked by pydantic. `answer(query, context, now, test_account_filters)` is a generator as
described in `hedgerow.insights.answering`: it yields HogQL queries, is sent their rows and returns the fields `results`
and `resolved_date_range` of the response. `actors(query, context, now, test_accounts)` is the query for who is behind
an edge, an item or a drop-off.

How it is counted reads from `items` (which events take part, and what each is called) over `sessions` (the path of each
session) to `edges` and `actors`.
"""

from hedgerow.insights.paths.actors import actors
from hedgerow.insights.paths.answer import answer
from hedgerow.insights.paths.request import PathsQuery

__all__ = ["PathsQuery", "actors", "answer"]
