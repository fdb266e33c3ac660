"""The view by time to convert: a histogram of the seconds actors took from one step to another."""

from __future__ import annotations

from collections.abc import Mapping
from math import cbrt, ceil, floor
from typing import Any

from hedgerow.hogql import ast
from hedgerow.insights.answering import Row
from hedgerow.insights.funnels.best import best_attempts
from hedgerow.insights.funnels.funnel import Funnel
from hedgerow.insights.tree import call, column, every, is_not_zero, member, minus, number

MAX_BINS = 90
MAX_DEFAULT_BINS = 60
WIDTH_OF_NOTHING = 60
"""Width in seconds of the bins when all actors took the same whole number of seconds."""

_BEST, _SECONDS = column("best"), column("seconds")


def time_query(funnel: Funnel, from_step: int, to_step: int) -> ast.SelectQuery:
    """One row: average, median, least and most seconds, and how many actors took each whole number of seconds.

    Steps are counted from 0.
    """
    start, end = member(_BEST, from_step + 1), member(_BEST, to_step + 1)
    seconds = ast.ArithmeticOperation(minus(end, start), number(1_000_000), "/")
    samples = ast.SelectQuery(
        select=[ast.Alias(seconds, "seconds")],
        select_from=ast.JoinExpr(best_attempts(funnel)),
        where=every([is_not_zero(start), is_not_zero(end)]),
    )
    whole = ast.Array([call("toInt", call("floor", _SECONDS))])
    return ast.SelectQuery(
        select=[
            call("avgOrNull", _SECONDS),
            ast.Call("quantileExactInclusiveOrNull", [_SECONDS], params=[ast.Constant(0.5)]),
            call("min", _SECONDS),
            call("max", _SECONDS),
            call("sumMap", whole, ast.Array([call("toInt", number(1))])),
        ],
        select_from=ast.JoinExpr(samples),
    )


def time_results(row: Row, bin_count: int | None) -> dict[str, Any]:
    """The response's `results`: the bins as `[first second, actors]`, and average and median seconds."""
    average, median, least, most, (seconds, counts) = row
    by_second = dict(zip(seconds, counts, strict=True))
    bins = _bins(least, most, by_second, bin_count) if by_second else []
    return {"results": {"bins": bins, "average_conversion_time": average, "median_conversion_time": median}}


def _bins(least: float, most: float, by_second: Mapping[int, int], bin_count: int | None) -> list[list[int]]:
    samples = sum(by_second.values())
    count = _clamped(bin_count, MAX_BINS) if bin_count is not None else _clamped(_cube_root(samples), MAX_DEFAULT_BINS)
    start = floor(least)
    width = ceil((ceil(most) - start) / count) or WIDTH_OF_NOTHING
    bins = [[start + at * width, 0] for at in range(count + 1)]
    for second, number_of_actors in by_second.items():
        bins[(second - start) // width][1] += number_of_actors
    return bins


def _cube_root(number_of_samples: int) -> int:
    root = round(cbrt(number_of_samples))
    # The root of a third power may come out a little above the whole number that it is.
    return root if root**3 == number_of_samples else ceil(cbrt(number_of_samples))


def _clamped(count: int, most: int) -> int:
    return max(1, min(most, count))
