"""WebOverviewQuery: visitors, views, sessions, their length and how many bounced; or how many visitors converted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_select
from hedgerow.insights.answering import Answering
from hedgerow.insights.dates import ResolvedRange
from hedgerow.insights.web.question import SAMPLING_RATE, Visits, WebQuestion, periods, shown_periods, visits

_ITEMS = (
    ("visitors", "unit"),
    ("views", "unit"),
    ("sessions", "unit"),
    ("session duration", "duration_s"),
    ("bounce rate", "percentage"),
)
_GOAL_ITEMS = (
    ("visitors", "unit"),
    ("total conversions", "unit"),
    ("unique conversions", "unit"),
    ("conversion rate", "percentage"),
)
_BAD_WHEN_RISING = ("bounce rate",)


class WebOverviewQuery(WebQuestion):
    """A question for the overview."""

    kind: Literal["WebOverviewQuery"] = "WebOverviewQuery"


def answer(
    query: WebOverviewQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a WebOverviewQuery; see `hedgerow.insights.answering` for how rows are handed in.

    Gives `results`, `samplingRate` and the ends of the period in the project's time as `dateFrom` and `dateTo`. Lengths
    are in seconds and rates from 0 to 100; both are None without a session to take them from. Raises InsightError and
    HogQLError for mistakes in the request.
    """
    asked: list[ResolvedRange] = (yield from periods(query, context, now))["periods"]
    chosen = visits(query, context, now, test_account_filters)
    found = yield [overview_query(chosen, period) for period in asked]
    values = found[0][0]
    before = found[1][0] if len(asked) > 1 else [None] * len(values)
    items = _ITEMS if chosen.is_goal is None else _GOAL_ITEMS
    return {
        "results": [
            _item(key, kind, value, previous)
            for (key, kind), value, previous in zip(items, values, before, strict=True)
        ],
        "samplingRate": SAMPLING_RATE,
        "dateFrom": _shown(asked[0].date_from),
        "dateTo": _shown(asked[0].date_to),
        "preComputeStrategy": "live",
        **shown_periods(asked),
    }


def overview_query(chosen: Visits, period: ResolvedRange) -> ast.SelectQuery:
    """One row with the values of the items in their order."""
    events = chosen.within(period)
    if chosen.is_goal is not None:
        text = """
            SELECT uniqExact(person_id) AS visitors, countIf({goal}), uniqExactIf(person_id, {goal}) AS converted,
                100 * converted / nullIf(visitors, 0)
            FROM events WHERE {events}
        """
        return cast(ast.SelectQuery, parse_select(text, {"events": events, "goal": chosen.is_goal}))
    text = """
        SELECT uniqExactArray(persons), sum(views), count(),
            if(count() = 0, NULL, avg(duration)), if(count(bounced) = 0, NULL, 100 * avg(bounced))
        FROM (
            SELECT groupUniqArray(person_id) AS persons, count() AS views,
                any(session.$session_duration) AS duration, any(toInt(session.$is_bounce)) AS bounced
            FROM events WHERE {events} GROUP BY $session_id
        )
    """
    return cast(ast.SelectQuery, parse_select(text, {"events": events}))


def _item(key: str, kind: str, value: float | None, previous: float | None) -> dict[str, Any]:
    change = round((value - previous) / previous * 100) if value is not None and previous else None
    return {
        "key": key,
        "kind": kind,
        "value": value,
        "previous": previous,
        "changeFromPreviousPct": change,
        "isIncreaseBad": key in _BAD_WHEN_RISING,
    }


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"
