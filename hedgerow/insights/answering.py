"""How an insight gets its rows without touching the event store itself.

Every query kind has a function `answer(...)` which is a generator: it yields the HogQL queries it needs next, is sent
their rows, and returns the kind's fields of the response. Most kinds yield once. The caller executes:

    asking = trends.answer(query, context, now, test_account_filters)
    rows = None
    while True:
        try:
            queries = asking.send(rows)
        except StopIteration as done:
            return done.value
        rows = [execute(tree).rows for tree in queries]

The queries of one yield do not depend on each other. `InsightError` (a mistake in the request, 400) may be raised at
each step; `HogQLError` by compiling the queries or by reading HogQL expressions in the request.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from hedgerow.hogql.ast import SelectQuery

Row = Sequence[Any]

Answering = Generator[list[SelectQuery], Sequence[Sequence[Row]], dict[str, Any]]
