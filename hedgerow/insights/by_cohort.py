"""Breakdowns by cohort: the question is asked of the members of each cohort, and the answers are put side by side.

A person may be in several cohorts and counts in each. There are neither others nor a value for what has none.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from hedgerow.hogql.ast import SelectQuery
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actors import Asking, Point
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.breakdowns import Breakdown, BreakdownFilter, is_everyone
from hedgerow.insights.errors import InsightError
from hedgerow.insights.properties import PropertyCondition, PropertyFilter, PropertyGroup
from hedgerow.insights.question import Question

MAX_COHORTS = 100

EVERYONE: Literal["all"] = "all"


Q = TypeVar("Q", bound=Question)

Answer = Callable[[Q, ProjectContext, datetime, Sequence[dict[str, Any]]], Answering]
AskActors = Callable[[Q, Point, ProjectContext, datetime, Sequence[dict[str, Any]]], Asking]


@dataclass(frozen=True, slots=True)
class CohortValue:
    """One value of a breakdown by cohort, and what it is called."""

    value: int | Literal["all"]
    label: str


Merge = Callable[[Q, Sequence[tuple[CohortValue, dict[str, Any]]]], dict[str, Any]]
"""The fields of the whole answer, from those for each cohort."""


def cohort_values(breakdowns: Sequence[Breakdown], context: ProjectContext) -> list[CohortValue]:
    """The cohorts a question is broken down by; none if it is not by cohort.

    The breakdown by everyone alone is none either: it needs nothing done but a name. Raises InsightError for cohorts
    that do not exist, and where cohorts stand beside other breakdowns.
    """
    cohorts = [each for each in breakdowns if each.type == "cohort"]
    if not cohorts or is_everyone(breakdowns):
        return []
    if len(cohorts) < len(breakdowns):
        raise InsightError("A breakdown by cohort cannot be combined with others.")
    if len(cohorts) > MAX_COHORTS:
        raise InsightError(f"At most {MAX_COHORTS} cohorts are possible.")
    return list(dict.fromkeys(_value(each.property, context) for each in cohorts))


def answered_by_cohort(answer: Answer[Q], merge: Merge[Q]) -> Answer[Q]:
    """The generator `answer` of a kind, which then also knows breakdowns by cohort."""

    def by_cohort(
        query: Q, context: ProjectContext, now: datetime, test_account_filters: Sequence[dict[str, Any]] = ()
    ) -> Answering:
        cohorts = cohort_values(_breakdowns(query), context)
        if not cohorts:
            return (yield from answer(query, context, now, test_account_filters))
        found = []
        for cohort in cohorts:
            fields = yield from answer(members_only(query, cohort), context, now, test_account_filters)
            found.append((cohort, fields))
        return merge(query, found)

    return by_cohort


def actors_by_cohort(actors: AskActors[Q]) -> AskActors[Q]:
    """The generator `actors` of a kind, which then also finds those of a value of a breakdown by cohort."""

    def by_cohort(
        query: Q,
        point: Point,
        context: ProjectContext,
        now: datetime,
        test_account_filters: Sequence[dict[str, Any]] = (),
    ) -> Generator[list[SelectQuery], Sequence[Sequence[Row]], Any]:
        cohorts = cohort_values(_breakdowns(query), context)
        if cohorts:
            query = members_only(query, asked_cohort(cohorts, point.breakdown))
            point = replace(point, breakdown=None)
        return (yield from actors(query, point, context, now, test_account_filters))

    return by_cohort


def asked_cohort(cohorts: Sequence[CohortValue], asked: object) -> CohortValue:
    """The cohort a `breakdown_value` names; everyone if none is named. Raises InsightError for another one."""
    if asked is None:
        return CohortValue(EVERYONE, "")
    named = asked[0] if isinstance(asked, list) and len(asked) == 1 else asked
    found = next((each for each in cohorts if str(each.value) == str(named)), None)
    if found is None:
        raise InsightError(f"The insight is not broken down by cohort {named}.")
    return found


def members_only(query: Q, cohort: CohortValue) -> Q:
    """The question asked of a cohort's members, without a breakdown."""
    if cohort.value == EVERYONE:
        return query.model_copy(update={"breakdownFilter": None})
    is_member = PropertyFilter(type="cohort", key="id", value=cohort.value, operator="in")
    given: list[PropertyCondition] = (
        [query.properties] if isinstance(query.properties, PropertyGroup) else list(query.properties or [])
    )
    return query.model_copy(update={"breakdownFilter": None, "properties": [*given, is_member]})


def _breakdowns(query: Any) -> list[Breakdown]:
    return (query.breakdownFilter or BreakdownFilter()).asked


def _value(named: str, context: ProjectContext) -> CohortValue:
    if named == EVERYONE:
        return CohortValue(EVERYONE, "all users")
    cohort = context.cohorts.get(int(named)) if named.isascii() and named.isdigit() else None
    if cohort is None:
        raise InsightError(f"Cohort {named} does not exist")
    return CohortValue(cohort.id, cohort.name or f"Cohort {cohort.id}")
