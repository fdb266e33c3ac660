"""Time by number: which interval of a range a moment lies in, counted from 0 for the first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hedgerow.hogql import ast
from hedgerow.insights.dates import Interval, ResolvedRange, floor

_SECONDS = {"hour": 3600, "minute": 60}


def bucket_number(time: ast.Expr, period: ResolvedRange) -> ast.Expr:
    """The number of the bucket of `period` that a time lies in. The time must not be before the first bucket.

    Days, weeks and months are those of the project's calendar; hours and minutes are real ones.
    """
    first = period.buckets[0]
    match period.interval:
        case "day":
            return _difference("day", first, ast.Call("toDate", [time]))
        case "week":
            # The first bucket begins on the day that weeks begin on here.
            days = _difference("day", first, ast.Call("toDate", [time]))
            return ast.Call("intDiv", [days, ast.Constant(7)])
        case "month":
            return _difference("month", first, ast.Call("toDate", [time]))
        case "hour" if period.has_broken_hours:
            # Here hours do not follow each other at equal distances.
            starts = ast.Array([ast.Constant(int(bucket.timestamp())) for bucket in period.buckets])
            minutes = ast.ArithmeticOperation(ast.Constant(60), ast.Call("toMinute", [time]), "*")
            minute = ast.Call("toUnixTimestamp", [ast.Call("toStartOfMinute", [time])])
            start = ast.ArithmeticOperation(minute, minutes, "-")
            return ast.ArithmeticOperation(ast.Call("indexOf", [starts, start]), ast.Constant(1), "-")
        case "hour" | "minute" as interval:
            seconds = ast.ArithmeticOperation(
                ast.Call("toUnixTimestamp", [time]), ast.Constant(int(first.timestamp())), "-"
            )
            return ast.Call("intDiv", [seconds, ast.Constant(_SECONDS[interval])])


def bucket_before(start: datetime, interval: Interval, week_start_day: int) -> datetime:
    """The start of the bucket before the one that starts at `start`."""
    # Not by the wall clock, where the repeated hour of a clock change would be taken for the first.
    just_before = (start.astimezone(UTC) - timedelta(microseconds=1)).astimezone(start.tzinfo)
    return floor(just_before, interval, week_start_day)


def _difference(unit: str, first: datetime, day: ast.Expr) -> ast.Expr:
    return ast.Call("dateDiff", [ast.Constant(unit), ast.Constant(first.date()), day])
