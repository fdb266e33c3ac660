"""How a cohort's members are found: its filters, or the older groups, or a query; and of which type that makes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from hedgerow.cohorts.criteria.grammar import BehavioralLeaf, CohortLeaf, Group, leaves, parse_filters
from hedgerow.cohorts.criteria.legacy import filters_of_groups
from hedgerow.cohorts.criteria.people import members_query
from hedgerow.cohorts.models import Cohort
from hedgerow.cohorts.query_members import query_members
from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext

Type = Cohort.Type

_SIMPLE_BEHAVIOUR = frozenset({"performed_event", "performed_event_multiple"})
_ORDER = list(Type)


class NoCriteria(ValueError):  # noqa: N818
    """A cohort that says of nobody that they are a member."""


def effective_filters(cohort: Cohort) -> dict[str, Any]:
    """The stored filters; without any criteria there, the filters that its groups stand for."""
    stored: dict[str, Any] = cohort.filters or {"properties": {}}
    if has_criteria(stored) or not cohort.groups:
        return stored
    return filters_of_groups(cohort.groups)


def has_criteria(filters: Mapping[str, Any] | None) -> bool:
    """Whether filters have any value."""
    properties = (filters or {}).get("properties")
    return isinstance(properties, Mapping) and bool(properties.get("values"))


def members_tree(cohort: Cohort, context: ProjectContext, now: datetime) -> ast.Query:
    """The query for the members' ids, one column.

    Raises NoCriteria, CriteriaError for criteria that are malformed, QueryError, InsightError and HogQLError for what
    cannot be asked.
    """
    if cohort.query is not None:
        return query_members(cohort.project, cohort.query, context, now)
    criteria = parse_filters(effective_filters(cohort))
    if not criteria.values:
        raise NoCriteria
    return members_query(criteria, context, now)


def nested_ids(criteria: Group) -> set[int]:
    """The cohorts that criteria name."""
    return {placed.leaf.value for placed in leaves(criteria) if isinstance(placed.leaf, CohortLeaf)}


def computed_type(
    *, is_static: bool, has_query: bool, criteria: Group, nested_types: Mapping[int, str | None]
) -> Type | None:
    """The type of a cohort; None without criteria, and where a cohort that it names is not in `nested_types`."""
    if is_static:
        return Type.STATIC
    if has_query:
        return Type.ANALYTICAL
    found: list[Type] = []
    for placed in leaves(criteria):
        leaf = placed.leaf
        if isinstance(leaf, CohortLeaf):
            if leaf.value not in nested_types:
                return None
            nested = nested_types[leaf.value]
            found += [Type(nested)] if nested else []
        elif isinstance(leaf, BehavioralLeaf):
            found.append(Type.BEHAVIORAL if leaf.value in _SIMPLE_BEHAVIOUR else Type.ANALYTICAL)
        else:
            found.append(Type.PERSON_PROPERTY)
    return _highest(found)


def _highest(types: Iterable[Type]) -> Type | None:
    return max(types, key=_ORDER.index, default=None)
