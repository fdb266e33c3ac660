"""Cohorts that name each other: in which order they are calculated, and that none names itself in the end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Final

from hedgerow.cohorts.criteria.errors import CriteriaError
from hedgerow.cohorts.criteria.grammar import parse_filters
from hedgerow.cohorts.definition import effective_filters, nested_ids
from hedgerow.cohorts.models import Cohort

MAX_NESTING: Final = 20
LOOP: Final = "Cohorts cannot reference other cohorts in a loop."
UNKNOWN: Final = "Invalid Cohort ID in filter"

Graph = Mapping[int, Collection[int]]
"""By cohort, the cohorts its criteria name."""


def named_cohorts(cohort: Cohort) -> set[int]:
    """The cohorts that a cohort's criteria name; none for what takes its members from elsewhere."""
    if cohort.is_static or cohort.query is not None:
        return set()
    try:
        return nested_ids(parse_filters(effective_filters(cohort)))
    except CriteriaError:
        return set()


def project_graph(project_id: int) -> dict[int, set[int]]:
    """Of every cohort of a project that is not deleted, the cohorts it names."""
    rows = Cohort.objects.filter(project_id=project_id, deleted=False)
    fields = rows.only("id", "filters", "groups", "query", "is_static")
    return {cohort.pk: named_cohorts(cohort) for cohort in fields}


def check_nested(project_id: int, cohort_id: int | None, named: Collection[int]) -> None:
    """Raise CriteriaError if a cohort (None: a new one) must not name these: unknown ones, or such as name itself."""
    if not named:
        return
    graph = project_graph(project_id)
    if cohort_id is not None:
        graph[cohort_id] = set(named)
    if not set(named) <= graph.keys():
        raise CriteriaError(UNKNOWN, None)
    for each in named:
        _walk(graph, each, [cohort_id] if cohort_id is not None else [])


def calculation_order(project_id: int, cohort_id: int) -> list[int]:
    """The cohorts to be calculated with one: those it builds on, itself and those that build on it, in this order.

    Only itself if they name each other in a loop.
    """
    graph = project_graph(project_id)
    graph.setdefault(cohort_id, set())
    users: dict[int, set[int]] = {}
    for user, named in graph.items():
        for each in named:
            users.setdefault(each, set()).add(user)
    wanted = _reachable(graph, cohort_id) | _reachable(users, cohort_id)
    try:
        order = TopologicalSorter({each: graph.get(each, set()) & wanted for each in sorted(wanted)}).static_order()
        return list(order)
    except CycleError:
        return [cohort_id]


def users_of(project_id: int, cohort_id: int) -> list[int]:
    """The cohorts that name a cohort, directly or through others."""
    graph = project_graph(project_id)
    return [each for each in graph if each != cohort_id and cohort_id in _reachable(graph, each)]


def _walk(graph: Graph, at: int, path: list[int]) -> None:
    if at in path:
        raise CriteriaError(LOOP, None)
    if len(path) > MAX_NESTING:
        raise CriteriaError(f"Cohorts can be nested {MAX_NESTING} deep at most.")
    for each in graph.get(at, ()):
        _walk(graph, each, [*path, at])


def _reachable(graph: Graph, start: int) -> set[int]:
    found: set[int] = set()
    to_see = [start]
    while to_see:
        at = to_see.pop()
        if at not in found:
            found.add(at)
            to_see.extend(graph.get(at, ()))
    return found
