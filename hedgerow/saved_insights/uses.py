"""What the questions of saved insights name: actions, cohorts and events."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.db.models import QuerySet

from hedgerow.actions.references import Reference, named_actions
from hedgerow.cohorts.uses import Use, names_cohort
from hedgerow.saved_insights.models import Insight


def uses_of_actions(project_id: int, action_ids: Collection[int]) -> Iterator[Reference]:
    """Each use of one of the actions in the question of an insight that is not deleted."""
    for insight in _insights(project_id).select_related("created_by"):
        for id in sorted(named_actions(_question(insight)).intersection(action_ids)):
            yield Reference(
                action_id=id,
                type="insight",
                id=insight.short_id,
                name=insight.name or insight.derived_name or "",
                url=f"/insights/{insight.short_id}",
                created_at=insight.created_at,
                created_by=insight.created_by,
            )


def uses_of_cohorts(project_id: int, cohort_ids: Collection[int]) -> Iterator[Use]:
    """Each insight that is not deleted whose question names one of the cohorts."""
    for insight in _insights(project_id):
        if any(names_cohort(_question(insight), id) for id in cohort_ids):
            name = insight.name or insight.derived_name or "Unnamed"
            yield Use(name, {"id": insight.pk, "short_id": insight.short_id, "name": name})


def count_with(project_id: int, fits: Callable[[object], bool]) -> int:
    """How many insights that are not deleted have a question for which `fits` says yes."""
    return sum(fits(_question(insight)) for insight in _insights(project_id))


def _insights(project_id: int) -> QuerySet[Insight]:
    return Insight.objects.filter(project_id=project_id, deleted=False).order_by("pk")


def _question(insight: Insight) -> list[Any]:
    return [insight.query, insight.filters]
