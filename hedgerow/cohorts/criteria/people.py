"""The query that finds a cohort's members: one pass over the events, whatever the number of behavioural leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from hedgerow.cohorts.criteria.behaviour import Behaviour, behaviour
from hedgerow.cohorts.criteria.grammar import (
    BehavioralLeaf,
    CohortLeaf,
    Group,
    Leaf,
    MetadataLeaf,
    Node,
    PersonLeaf,
    Placed,
    leaves,
)
from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.operators import Clock, condition, conjunction, disjunction
from hedgerow.insights.properties import PropertyFilter, column_operand, property_filters

_PERSONS = ast.Field(["persons"])
_EVENTS = ast.JoinExpr(ast.Field(["events"]))
_TIMESTAMP = ast.Field(["timestamp"])
_FALSE = ast.Constant(False)


def members_query(criteria: Group, context: ProjectContext, now: datetime) -> ast.SelectQuery:
    """A query with one column, the ids of the project's persons who fit the criteria, of which there is at least one.

    `now` is the time relative dates count from; no later event counts. Raises InsightError and HogQLError for filters,
    dates and actions that cannot be. A cohort that does not exist has no members.
    """
    behavioral = [placed.leaf for placed in leaves(criteria) if isinstance(placed.leaf, BehavioralLeaf)]
    behaviours = [behaviour(leaf, context, now, is_alone=len(behavioral) == 1) for leaf in behavioral]
    if not behaviours:
        fits = _condition(criteria, context, now, iter(()))
        return ast.SelectQuery(select=[ast.Field(["id"])], select_from=ast.JoinExpr(_PERSONS), where=fits)
    did = _did(behaviours, now)
    is_met = [ast.Field(["did", f"is_met_{index}"]) for index in range(len(behaviours))]
    if _needs_events(criteria):
        return _who_did(criteria, did, is_met, context, now)
    known = [ast.Call("ifNull", [each, _FALSE]) for each in is_met]
    fits = _condition(criteria, context, now, iter(known))
    same = ast.CompareOperation(ast.Field(["persons", "id"]), ast.Field(["did", "person"]), "==")
    joined = ast.JoinExpr(did, alias="did", join_type="LEFT JOIN", constraint=ast.JoinConstraint(same))
    return ast.SelectQuery(
        select=[ast.Field(["persons", "id"])],
        select_from=ast.JoinExpr(_PERSONS, alias="persons", next_join=joined),
        where=fits,
    )


def _who_did(
    criteria: Group, did: ast.SelectQuery, is_met: list[ast.Field], context: ProjectContext, now: datetime
) -> ast.SelectQuery:
    """Where only people who did something can be members, there is no need to look at everybody."""
    person = ast.Field(["did", "person"])
    everybody = ast.SelectQuery(select=[ast.Field(["id"])], select_from=ast.JoinExpr(_PERSONS))
    fits = _condition(criteria, context, now, iter(is_met))
    return ast.SelectQuery(
        select=[ast.Alias(person, "id")],
        select_from=ast.JoinExpr(did, alias="did"),
        where=ast.And([fits, ast.CompareOperation(person, everybody, "in")]),
    )


def _needs_events(node: Node) -> bool:
    """Whether all leaves are behavioural and nobody without events can fit."""
    only_behaviour = all(isinstance(placed.leaf, BehavioralLeaf) for placed in leaves(node))
    return only_behaviour and not _fits_without_events(node)


def _fits_without_events(node: Node) -> bool:
    if isinstance(node, Placed):
        return node.leaf.negation
    return (all if node.type == "AND" else any)(_fits_without_events(each) for each in node.values)


def _did(behaviours: list[Behaviour], now: datetime) -> ast.SelectQuery:
    """One row per person with any event that a leaf looks at: the `person`, and whether leaf n `is_met_n`."""
    person = ast.Alias(ast.Field(["person_id"]), "person")
    is_met = [ast.Alias(each.is_met, f"is_met_{index}") for index, each in enumerate(behaviours)]
    return ast.SelectQuery(
        select=[person, *is_met],
        select_from=_EVENTS,
        where=_looked_at(behaviours, now),
        group_by=[ast.Field(["person"])],
    )


def _looked_at(behaviours: list[Behaviour], now: datetime) -> ast.Expr:
    """The events that any leaf looks at. Of several leaves the time is told apart, which the engine finds events by."""
    if len(behaviours) == 1:
        return behaviours[0].events
    bounds: list[ast.Expr] = [ast.CompareOperation(_TIMESTAMP, ast.Constant(now), "<=")]
    starts = [each.since.astimezone(UTC) for each in behaviours if each.since is not None]
    if len(starts) == len(behaviours):
        bounds.append(ast.CompareOperation(_TIMESTAMP, ast.Constant(min(starts)), ">="))
    return conjunction([*bounds, disjunction([each.events for each in behaviours])])


def _condition(node: Node, context: ProjectContext, now: datetime, is_met: Iterator[ast.Expr]) -> ast.Expr:
    """The criteria as a condition; `is_met` has that of each behavioural leaf, in order."""
    if isinstance(node, Placed):
        fits = next(is_met) if isinstance(node.leaf, BehavioralLeaf) else _of_person(node.leaf, context, now)
        return ast.Not(fits) if node.leaf.negation else fits
    parts = [_condition(each, context, now, is_met) for each in node.values]
    if len(parts) == 1:
        return parts[0]
    return ast.And(parts) if node.type == "AND" else ast.Or(parts)


def _of_person(leaf: Leaf, context: ProjectContext, now: datetime) -> ast.Expr:
    if isinstance(leaf, CohortLeaf):
        if leaf.value not in context.cohorts:
            return _FALSE
        return ast.CompareOperation(ast.Field(["id"]), ast.Constant(leaf.value), "in cohort")
    if isinstance(leaf, MetadataLeaf):
        clock = Clock(now, context.timezone, context.week_start_day)
        return condition(column_operand(ast.Field([leaf.key])), leaf.operator, leaf.value, clock)
    assert isinstance(leaf, PersonLeaf)
    given = PropertyFilter(key=leaf.key, value=leaf.value, operator=leaf.operator, type="person")
    return property_filters([given], context, now, "person")
