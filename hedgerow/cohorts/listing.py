"""Which cohorts a list shows."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.cohorts.criteria.errors import CriteriaError
from hedgerow.cohorts.criteria.grammar import BehavioralLeaf, leaves, parse_filters
from hedgerow.cohorts.definition import effective_filters
from hedgerow.cohorts.models import Cohort
from hedgerow.cohorts.references import users_of

LONGEST_SEARCH = 200


def listed_cohorts(cohorts: QuerySet[Cohort], project_id: int, asked: Mapping[str, str]) -> QuerySet[Cohort]:
    """Those that are not deleted and fit what the query of a request asks for. Raises ValidationError."""
    cohorts = cohorts.filter(deleted=False)
    if asked.get("type") in ("static", "dynamic"):
        cohorts = cohorts.filter(is_static=asked["type"] == "static")
    author = asked.get("created_by_id", "")
    if is_whole(author):
        cohorts = cohorts.filter(created_by_id=int(author))
    if search := asked.get("search", "").replace("\0", ""):
        if len(search) > LONGEST_SEARCH:
            raise ValidationError(f"Search query must be {LONGEST_SEARCH} characters or fewer.", attr="search")
        cohorts = cohorts.filter(name__icontains=search)
    if asked.get("hide_behavioral_cohorts") == "true":
        cohorts = cohorts.exclude(pk__in=_behavioral(project_id))
    return cohorts


def _behavioral(project_id: int) -> set[int]:
    """The cohorts with a criterion on behaviour, their own or that of a cohort they name."""
    own = {
        cohort.pk
        for cohort in Cohort.objects.filter(project_id=project_id, deleted=False, is_static=False)
        if _looks_at_events(cohort)
    }
    return own | {user for each in own for user in users_of(project_id, each)}


def _looks_at_events(cohort: Cohort) -> bool:
    try:
        criteria = parse_filters(effective_filters(cohort))
    except CriteriaError:
        return False
    return any(isinstance(placed.leaf, BehavioralLeaf) for placed in leaves(criteria))
