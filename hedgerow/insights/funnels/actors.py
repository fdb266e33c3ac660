"""Who is behind a number of a funnel: the actors whose attempt that counts did a step, or went no further.

An attempt that counts is chosen in the same way as for the numbers, so the actors are as many as the number says. The
matching event of an actor is the one that performed the step; of those who went no further, the step before.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actors import Actors, Asking, Breakdown
from hedgerow.insights.actors.breakdowns import breakdown_texts
from hedgerow.insights.actors.days import find_bucket
from hedgerow.insights.answering import Row
from hedgerow.insights.errors import InsightError
from hedgerow.insights.funnels.asked import Asked, asked_of
from hedgerow.insights.funnels.attempts import reached, step_positions, step_times
from hedgerow.insights.funnels.best import best_attempts
from hedgerow.insights.funnels.funnel import Funnel
from hedgerow.insights.funnels.request import MAX_STEPS, FunnelsQuery
from hedgerow.insights.funnels.steps_view import steps_query
from hedgerow.insights.funnels.trends_view import best_by_period, trends_query
from hedgerow.insights.funnels.values import OTHER
from hedgerow.insights.operators import TRUE, conjunction
from hedgerow.insights.tree import call, column, compared, every, is_not_zero, member, number, over, row

_BEST, _EVENTS, _FOUND, _EACH = column("best"), column("events"), column("found"), column("each")


class FunnelsActorsQuery(BaseModel):
    """A question for the actors behind a number of a funnel. Unknown keys are ignored.

    `funnelStep` counts from 1: n asks for those who did step n, -n for those who did the required step before step n
    but not step n. `funnelCustomSteps` asks for those who came exactly that far, and goes before it. The view over time
    needs `funnelTrendsEntrancePeriodStart`, one of its `days`, and `funnelTrendsDropOff` in place of a step.
    """

    kind: Literal["FunnelsActorsQuery"] = "FunnelsActorsQuery"
    source: FunnelsQuery
    funnelStep: int | None = None  # noqa: N815
    funnelCustomSteps: list[int] | None = Field(None, max_length=MAX_STEPS)  # noqa: N815
    funnelStepBreakdown: Breakdown | None = None  # noqa: N815
    """The `breakdown_value` of a result; everyone counted for any value if left out."""
    funnelTrendsDropOff: bool | None = None  # noqa: N815
    funnelTrendsEntrancePeriodStart: str | None = None  # noqa: N815
    includeRecordings: bool | None = False  # noqa: N815
    compare: Literal["current", "previous"] | None = None


def actors(
    query: FunnelsActorsQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Asking:
    """The actors behind a number. Raises InsightError and HogQLError for mistakes in the question."""
    source = query.source
    if not source.series:
        raise InsightError("The funnel has no steps.")
    asked = yield from asked_of(source, context, now, test_account_filters)
    if query.compare == "previous" and len(asked.periods) < 2:
        raise InsightError("There is no previous period: the funnel does not compare.")
    at = 1 if query.compare == "previous" else 0
    funnel = replace(asked.funnels[at], finds_events=True)
    is_of_value = yield from _is_of_value(query, asked, at)
    if source.view == "trends":
        found, is_counted, step = _of_period(query, asked, at, funnel, now)
    else:
        found = best_attempts(funnel)
        is_counted, step = _of_step(query, funnel)
    matching = call("arrayElement", _EVENTS, step)
    counted = ast.SelectQuery(
        select=[column("actor"), ast.Alias(matching, "found")],
        select_from=ast.JoinExpr(found),
        where=conjunction([is_counted, is_of_value]),
    )
    by_group = source.aggregation_group_type_index if not source.options.funnelAggregateByHogQL else None
    return Actors(_with_events(funnel, counted), by_group)


def _with_events(funnel: Funnel, counted: ast.SelectQuery) -> ast.SelectQuery:
    """One row per actor: with attribution by all events one may have been counted for several values."""
    found = call("arrayDistinct", call("groupArray", _FOUND)) if funnel.attribution == "all_events" else None
    by_actor = ast.SelectQuery(
        select=[column("actor"), ast.Alias(found or ast.Array([_FOUND]), "all_found")],
        select_from=ast.JoinExpr(counted),
        group_by=[column("actor")] if found else None,
    )
    event = row(*(member(_EACH, part) for part in range(1, 5)))
    return ast.SelectQuery(
        select=[
            ast.Alias(column("actor"), "actor_id"),
            ast.Alias(call("length", column("all_found")), "event_count"),
            ast.Alias(
                call("arrayDistinct", over("arrayMap", ["each"], member(_EACH, 5), column("all_found"))),
                "event_distinct_ids",
            ),
            ast.Alias(over("arrayMap", ["each"], event, column("all_found")), "matching_events"),
        ],
        select_from=ast.JoinExpr(by_actor),
    )


def _of_step(query: FunnelsActorsQuery, funnel: Funnel) -> tuple[ast.Expr, ast.Expr]:
    """The condition on `best` that it is counted, and the position of the event asked for."""
    times, positions = step_times(funnel, _BEST), step_positions(funnel, _BEST)
    if query.funnelCustomSteps:
        for custom in query.funnelCustomSteps:
            _check_step(custom, 1, funnel.count)
        steps = ast.Tuple([number(each) for each in sorted(set(query.funnelCustomSteps))])
        furthest = reached(funnel, _BEST)
        return compared(furthest, "in", steps), ast.ArrayAccess(ast.Array(list(positions)), furthest)
    step = query.funnelStep
    if step is None:
        raise InsightError("Choose a step: funnelStep is missing.")
    if step > 0:
        _check_step(step, 1, funnel.count)
        return is_not_zero(times[step - 1]), positions[step - 1]
    if step in (0, -1):
        raise InsightError(f"funnelStep cannot be {step}: steps count from 1, and nobody is lost before the first.")
    _check_step(-step, 2, funnel.count)
    before = max(each for each in range(1, -step) if each not in funnel.optional)
    went_no_further = every([is_not_zero(times[before - 1]), compared(times[-step - 1], "==", number(0))])
    return went_no_further, positions[before - 1]


def _check_step(step: int, least: int, most: int) -> None:
    if not least <= step <= most:
        raise InsightError(f"There is no step {step}: the funnel has {most}.")


def _of_period(
    query: FunnelsActorsQuery, asked: Asked, at: int, funnel: Funnel, now: datetime
) -> tuple[ast.SelectQuery, ast.Expr, ast.Expr]:
    """The same for those who entered in a period, with the rows that have `best`."""
    if query.funnelTrendsDropOff is None or query.funnelTrendsEntrancePeriodStart is None:
        raise InsightError("The view over time needs funnelTrendsDropOff and funnelTrendsEntrancePeriodStart.")
    source, period = query.source, asked.periods[at]
    current = asked.periods[0] if at else None
    place = find_bucket(query.funnelTrendsEntrancePeriodStart, period, now, current).place
    if place is None:
        raise InsightError("funnelTrendsEntrancePeriodStart is not a period of the funnel.")
    positions = step_positions(funnel, _BEST)
    has_converted = compared(reached(funnel, _BEST), "<=" if query.funnelTrendsDropOff else ">", number(source.to_step))
    position = positions[source.from_step if query.funnelTrendsDropOff else source.to_step]
    found = best_by_period(funnel, source.from_step, period)
    return found, every([compared(column("period"), "==", number(place)), has_converted]), position


def _is_of_value(
    query: FunnelsActorsQuery, asked: Asked, at: int
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], ast.Expr]:
    """The condition that an actor is counted for the value asked for."""
    if query.funnelStepBreakdown is None or not asked.breakdowns or asked.is_of_everyone:
        return TRUE
    value = breakdown_texts(query.funnelStepBreakdown)
    if set(value) == {OTHER}:
        shown, has_others = yield from _shown_values(query.source, asked, at)
        if has_others and value not in shown:
            return conjunction([compared(column("value"), "!=", _array(each)) for each in shown])
    if len(value) != len(asked.breakdowns):
        raise InsightError(f"The breakdown needs {len(asked.breakdowns)} values.")
    return compared(column("value"), "==", _array(value))


def _array(value: Sequence[str]) -> ast.Array:
    return ast.Array([ast.Constant(text) for text in value])


def _shown_values(
    source: FunnelsQuery, asked: Asked, at: int
) -> Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], tuple[list[tuple[str, ...]], bool]]:
    """The values that stand for themselves in the answer, and whether others have been merged."""
    funnel, period, limit = asked.funnels[at], asked.periods[at], source.breakdown_limit
    if source.view == "trends":
        (rows,) = yield [trends_query(funnel, source.from_step, source.to_step, period, limit)]
    else:
        (rows,) = yield [steps_query(funnel, limit)]
    values = [tuple(value) for is_merged, value in (row[-1] for row in rows) if not is_merged]
    return values, len(values) < len(rows)
