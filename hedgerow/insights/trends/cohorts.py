"""Trends broken down by cohort: the lines of each series side by side, the largest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hedgerow.insights.by_cohort import CohortValue
from hedgerow.insights.trends.request import TrendsQuery


def merged(query: TrendsQuery, found: Sequence[tuple[CohortValue, dict[str, Any]]]) -> dict[str, Any]:
    """The fields of the response, from those for each cohort, which have the same results in the same order."""
    in_places = zip(*(fields["results"] for _, fields in found), strict=True)
    cohorts = [cohort for cohort, _ in found]
    results = [
        _labelled(query, result, cohort)
        for in_place in in_places
        for cohort, result in sorted(zip(cohorts, in_place, strict=True), key=_rank)
    ]
    return {**found[0][1], "results": results}


def _rank(line: tuple[CohortValue, dict[str, Any]]) -> tuple[float, str]:
    cohort, result = line
    total = result["aggregated_value"] if "aggregated_value" in result else sum(result["data"])
    return -total, str(cohort.value)


def _labelled(query: TrendsQuery, result: dict[str, Any], cohort: CohortValue) -> dict[str, Any]:
    labelled = {**result, "breakdown_value": cohort.value, "filter": query.echo}
    if result["action"] is not None:
        has_others = len(query.series) > 1
        labelled["label"] = f"{result['label']} - {cohort.label}" if has_others else cohort.label
    return labelled
