"""Which cohorts name which actions."""

from collections.abc import Collection, Iterator

from hedgerow.actions.references import Reference, named_actions
from hedgerow.cohorts.definition import effective_filters
from hedgerow.cohorts.models import Cohort


def uses_of_actions(project_id: int, action_ids: Collection[int]) -> Iterator[Reference]:
    """Each use of one of the actions in the criteria or the query of a cohort that is not deleted."""
    cohorts = Cohort.objects.filter(project_id=project_id, deleted=False).select_related("created_by").order_by("id")
    for cohort in cohorts:
        for id in sorted(named_actions([effective_filters(cohort), cohort.query]).intersection(action_ids)):
            yield Reference(
                action_id=id,
                type="cohort",
                id=str(cohort.pk),
                name=cohort.name or "",
                url=f"/cohorts/{cohort.pk}",
                created_at=cohort.created_at,
                created_by=cohort.created_by,
            )
