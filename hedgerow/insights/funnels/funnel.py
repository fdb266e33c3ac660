"""A funnel in terms of HogQL: which events perform which step, what excludes, who is counted and how long it may take.

Steps are counted from 1 here, as arrays are in HogQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_expr
from hedgerow.insights.dates import ResolvedRange
from hedgerow.insights.funnels.request import FunnelsQuery, Order, Step
from hedgerow.insights.operators import conjunction, disjunction
from hedgerow.insights.ranges import is_within
from hedgerow.insights.selection import PERSON, group_key, is_not_empty, kept_events, series_events
from hedgerow.insights.series import EventsNode
from hedgerow.insights.tree import compared

TIMESTAMP = ast.Field(["timestamp"])
EVENTS = ast.JoinExpr(ast.Field(["events"]))

Attribution = Literal["first_touch", "last_touch", "all_events", "step"]


@dataclass(frozen=True)
class Excluding:
    """Events that take an attempt out when they happen after step `first` and before the first step after `last`."""

    events: ast.Expr
    first: int
    last: int


@dataclass(frozen=True)
class Funnel:
    """Everything the queries of a funnel depend on."""

    steps: tuple[ast.Expr, ...]
    """For each step the events that can perform it."""
    optional: frozenset[int]
    """Steps that may be left out."""
    exclusions: tuple[Excluding, ...]
    order: Order
    window: int
    """The longest time from the first step to any other, in microseconds."""
    actor: ast.Expr
    """Who is counted: a person, a group's key, or any other text."""
    within: ast.Expr
    """The events that take part at all: those of the range, that fit the filters and belong to an actor."""
    are_exclusive: bool
    """Whether it is known beforehand that no event can perform two steps, or a step and an exclusion."""
    breakdowns: tuple[ast.Expr, ...] = ()
    attribution: Attribution | None = None
    """Which of an actor's breakdown values counts; None without a breakdown."""
    attributed_step: int = 1
    """The step whose event has the value, for the attribution by step."""
    finds_events: bool = False
    """Whether attempts tell by which events the steps were performed, which costs memory."""

    @property
    def count(self) -> int:
        """The number of steps."""
        return len(self.steps)

    @cached_property
    def no_value(self) -> ast.Array:
        """The breakdown value of events that have none."""
        return ast.Array([ast.Constant("") for _ in self.breakdowns])

    @property
    def events(self) -> ast.Expr:
        """The events that are read: in a strict funnel all, as each may stand between two steps."""
        if self.order == "strict":
            return self.within
        return conjunction([self.within, disjunction([*self.steps, *(each.events for each in self.exclusions)])])

    def after(self, step: int) -> list[int]:
        """The steps that can follow a step: the next one and, as long as these are optional, those behind it."""
        found = []
        for following in range(step + 1, self.count + 1):
            found.append(following)
            if following not in self.optional:
                break
        return found


def funnel_of(
    query: FunnelsQuery,
    period: ResolvedRange,
    context: ProjectContext,
    now: datetime,
    test_accounts: Sequence[dict[str, Any]],
) -> Funnel:
    """The funnel of a request, its breakdown left aside.

    Raises InsightError for filters and actions that cannot be, HogQLError for expressions that cannot be read.
    """
    exclusions = query.options.exclusions or []
    actor = _actor(query)
    kept = kept_events(query.properties, query.filterTestAccounts, test_accounts, context, now)
    in_range = is_within(TIMESTAMP, period.date_from, period.date_to)
    return Funnel(
        steps=tuple(_performing(step, period, context, now) for step in query.series),
        optional=frozenset(at for at, step in enumerate(query.series, start=1) if step.optionalInFunnel),
        exclusions=tuple(
            Excluding(series_events(each, context, now), each.funnelFromStep + 1, each.funnelToStep)
            for each in exclusions
        ),
        order=query.order,
        window=query.window_seconds * 1_000_000,
        actor=actor,
        within=conjunction([in_range, kept] if actor is PERSON else [in_range, kept, is_not_empty(actor)]),
        are_exclusive=_are_exclusive([*query.series, *exclusions]),
    )


def _actor(query: FunnelsQuery) -> ast.Field | ast.Expr:
    if query.options.funnelAggregateByHogQL and query.options.funnelAggregateByHogQL != "person_id":
        text = ast.Call("toString", [parse_expr(query.options.funnelAggregateByHogQL)])
        return ast.Call("ifNull", [text, ast.Constant("")])
    if query.aggregation_group_type_index is not None:
        return group_key(query.aggregation_group_type_index)
    return PERSON


def _are_exclusive(nodes: Sequence[object]) -> bool:
    names = [node.event for node in nodes if isinstance(node, EventsNode) and node.event]
    return len(names) == len(nodes) == len(set(names))


def _performing(step: Step, period: ResolvedRange, context: ProjectContext, now: datetime) -> ast.Expr:
    """The events that can perform a step: all of them, or only the first of each person in all of history."""
    events = series_events(step, context, now)
    if step.math == "first_time_for_user":
        bare = step.model_copy(update={"properties": None, "fixedProperties": None})
        return conjunction([events, _is_first(series_events(bare, context, now), period)])
    if step.math in ("first_time_for_user_with_filters", "first_matching_event_for_user"):
        return conjunction([events, _is_first(events, period)])
    return events


def _is_first(events: ast.Expr, period: ResolvedRange) -> ast.Expr:
    until = compared(TIMESTAMP, "<=", ast.Constant(period.date_to))
    firsts = ast.SelectQuery(
        select=[PERSON, ast.Call("min", [TIMESTAMP])],
        select_from=EVENTS,
        where=conjunction([until, events]),
        group_by=[PERSON],
    )
    return compared(ast.Tuple([PERSON, TIMESTAMP]), "in", firsts)
