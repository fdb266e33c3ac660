"""Funnels broken down by cohort: one after the other, those with the most conversions first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actors import Asking
from hedgerow.insights.answering import Answering
from hedgerow.insights.breakdowns import BreakdownFilter
from hedgerow.insights.by_cohort import (
    CohortValue,
    answered_by_cohort,
    asked_cohort,
    cohort_values,
    members_only,
)
from hedgerow.insights.funnels.actors import FunnelsActorsQuery
from hedgerow.insights.funnels.actors import actors as actors_of_all
from hedgerow.insights.funnels.answer import answer as answer_without_cohorts
from hedgerow.insights.funnels.request import FunnelsQuery


def answer(
    query: FunnelsQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Answering:
    """Answer a FunnelsQuery, also broken down by cohort; raises as `answer.answer` does."""
    if query.view == "time_to_convert":
        # This view has no breakdown.
        query = query.model_copy(update={"breakdownFilter": None})
    return (yield from _by_cohort(query, context, now, test_account_filters))


def merged(query: FunnelsQuery, found: Sequence[tuple[CohortValue, dict[str, Any]]]) -> dict[str, Any]:
    """The fields of the response, from those for each cohort."""
    results = [(cohort, result) for cohort, fields in found for result in _results(query, fields["results"])]
    if query.view == "steps":
        results.sort(key=lambda each: [-step["count"] for step in reversed(each[1])])
    return {
        **found[0][1],
        "results": [_labelled(cohort, result) for cohort, result in results],
        **({"total_median_conversion_time": None} if query.view == "steps" else {}),
    }


def actors(
    query: FunnelsActorsQuery,
    context: ProjectContext,
    now: datetime,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> Asking:
    """The actors behind a number, also of a value of a breakdown by cohort; raises as `actors.actors` does."""
    cohorts = cohort_values((query.source.breakdownFilter or BreakdownFilter()).asked, context)
    if cohorts:
        source = members_only(query.source, asked_cohort(cohorts, query.funnelStepBreakdown))
        query = query.model_copy(update={"source": source, "funnelStepBreakdown": None})
    return (yield from actors_of_all(query, context, now, test_account_filters))


def _results(query: FunnelsQuery, results: list[Any]) -> list[Any]:
    """The funnels of an answer: one by steps is given without a list around it, and an empty one has no steps."""
    if query.view != "steps":
        return results
    return [each for each in (results if results and isinstance(results[0], list) else [results]) if each]


def _labelled(cohort: CohortValue, result: Any) -> Any:
    if isinstance(result, list):
        return [step | {"breakdown": cohort.label, "breakdown_value": cohort.value} for step in result]
    return result | {"breakdown_value": cohort.value}


_by_cohort = answered_by_cohort(answer_without_cohorts, merged)
