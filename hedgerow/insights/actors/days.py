"""The interval of a range that one of its `days` names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from hedgerow.hogql import ast
from hedgerow.insights.dates import ResolvedRange, floor, next_bucket, parse_moment
from hedgerow.insights.operators import conjunction


@dataclass(frozen=True)
class Bucket:
    """One interval: from `start` up to, but without, `end`; and its place in the range, None if it lies outside."""

    start: datetime
    end: datetime
    place: int | None


def find_bucket(day: str | int, period: ResolvedRange, now: datetime, current: ResolvedRange | None = None) -> Bucket:
    """The interval that a day (a text as in `days`, or any moment inside the interval) lies in.

    Where `period` is the one another, `current`, is compared with, a day of the current one alone stands for the
    interval at the same place. Raises InsightError for what is no date.
    """
    moment = parse_moment(str(day), period.timezone, now, period.week_start_day).at
    place = _place(str(day), moment, period)
    if place is None and current is not None:
        place = _place(str(day), moment, current)
    if place is None or place >= len(period.buckets):
        start = floor(moment, period.interval, period.week_start_day)
        return Bucket(start, next_bucket(start, period.interval), None)
    following = period.buckets[place + 1 : place + 2]
    start = period.buckets[place]
    return Bucket(start, following[0] if following else next_bucket(start, period.interval), place)


def is_between(time: ast.Expr, since: datetime, before: datetime, period: ResolvedRange | None) -> ast.Expr:
    """The condition that a time lies between two moments, the second left out, and in a period, if given."""
    conditions: list[ast.Expr] = [
        ast.CompareOperation(time, ast.Constant(since), ">="),
        ast.CompareOperation(time, ast.Constant(before), "<"),
    ]
    if period is not None:
        conditions += [
            ast.CompareOperation(time, ast.Constant(period.filter_from), ">="),
            ast.CompareOperation(time, ast.Constant(period.date_to), "<="),
        ]
    return conjunction(conditions)


def _place(day: str, moment: datetime, period: ResolvedRange) -> int | None:
    # By name first: where the clocks change by half an hour, an hour's name need not be where hours begin.
    for names in (period.days, period.starts):
        if day in names:
            return names.index(day)
    # Compared in UTC: by the wall clock, two hours at a change of the clocks are one.
    starts = [bucket.astimezone(UTC) for bucket in period.buckets]
    start = floor(moment, period.interval, period.week_start_day).astimezone(UTC)
    return starts.index(start) if start in starts else None
