"""Retention broken down by cohort: the rows of one cohort after those of another, the largest cohort first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hedgerow.insights.by_cohort import CohortValue
from hedgerow.insights.retention.request import RetentionQuery


def merged(query: RetentionQuery, found: Sequence[tuple[CohortValue, dict[str, Any]]]) -> dict[str, Any]:
    """The fields of the response, from those for each cohort."""
    in_order = sorted(found, key=_rank)
    results = [row | {"breakdown_value": cohort.value} for cohort, fields in in_order for row in fields["results"]]
    return {**found[0][1], "results": results}


def _rank(each: tuple[CohortValue, dict[str, Any]]) -> int:
    counts: list[int] = [row["values"][0]["count"] for row in each[1]["results"]]
    return -sum(counts)
