"""Ranges of time as the kinds of insights use them: where `all` begins, which events lie in one, how it is shown."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import UTC, datetime

from hedgerow.hogql import ast
from hedgerow.insights.answering import Row
from hedgerow.insights.dates import DateRange, ResolvedRange, iso
from hedgerow.insights.trends.build import earliest_event_query


def first_event(dates: DateRange | None) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], datetime | None]:
    """The time of the project's first event, asked for where the range begins with `all`; None if not or if none."""
    if dates is None or dates.date_from != "all":
        return None
    (((at, count),),) = yield [earliest_event_query()]
    if not count:
        return None
    assert isinstance(at, datetime)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def is_within(time: ast.Expr, since: datetime, until: datetime) -> ast.Expr:
    """The condition that a time lies between two moments, both included."""
    return ast.And(
        [
            ast.CompareOperation(time, ast.Constant(since), ">="),
            ast.CompareOperation(time, ast.Constant(until), "<="),
        ]
    )


def shown_range(period: ResolvedRange) -> dict[str, str]:
    """The two ends of a range as the response gives them."""
    return {"date_from": iso(period.date_from), "date_to": iso(period.date_to)}
