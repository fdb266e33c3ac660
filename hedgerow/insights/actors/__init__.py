"""The actors behind a number: who is counted in one point of an answer, so that every number can be looked into.

Each kind of insight has a generator `actors(query, …, context, now, test_account_filters)` in its package. Like
`answer` (see `hedgerow.insights.answering`) it yields the queries it needs to know first, is sent their rows, and
returns `Actors`. What counts someone into a point is said once, by the same trees that make the number.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

from hedgerow.hogql import ast
from hedgerow.insights.answering import Row

MOST_EVENTS = 100
"""Matching events given for each actor, the first of them; `event_count` counts all."""

COLUMNS = ("actor_id", "event_count", "event_distinct_ids", "matching_events")
"""What each query for actors has, in this order; columns of the kind's own follow."""


@dataclass(frozen=True)
class Actors:
    """The actors behind a number.

    `query` has one row for each actor: `actor_id` (the id of a person, the key of a group, or the value actors are told
    apart by), `event_count` (how many events put the actor there), `event_distinct_ids` (their distinct ids, each once)
    and `matching_events`, tuples of `timestamp, uuid, $session_id, $window_id` of up to MOST_EVENTS of the events.
    It has no ORDER BY and no LIMIT.
    """

    query: ast.SelectQuery
    group_type_index: int | None = None
    """The type of the groups the actors are; None for persons and for actors told apart by another value."""
    columns: tuple[str, ...] = ()
    """The kind's own columns."""
    events: ast.Expr | None = None
    """The condition on events that are behind the number; None where `matching_events` has them all."""


Breakdown = str | int | float | bool | list[str | int | float | bool | None]

Asking = Generator[list[ast.SelectQuery], Sequence[Sequence[Row]], Actors]


@dataclass(frozen=True)
class Point:
    """One number of an answer; what a kind has no use for is left out."""

    series: int = 0
    """The place of the series in the question."""
    day: str | int | None = None
    """One of the `days` of a result; None for the whole range."""
    interval: int | None = None
    """The row of a retention table."""
    breakdown: Breakdown | None = None
    """The `breakdown_value` of a result; None for all."""
    compare: Literal["current", "previous"] = "current"
    status: Literal["new", "returning", "resurrecting", "dormant"] | None = None
    operator: Literal["gte", "lte", "exact"] | None = None
    """How `day`, the number of intervals of stickiness, is meant."""


def event_columns(condition: ast.Expr | None = None) -> list[ast.Alias]:
    """The columns after `actor_id`, as aggregates over the events of an actor for which `condition` holds."""
    found = ast.Tuple([ast.Field([name]) for name in ("timestamp", "uuid", "$session_id", "$window_id")])

    def aggregate(name: str, arguments: list[ast.Expr], params: list[ast.Expr] | None = None) -> ast.Call:
        if condition is None:
            return ast.Call(name, arguments, params)
        return ast.Call(f"{name}If", [*arguments, condition], params)

    return [
        ast.Alias(aggregate("count", []), "event_count"),
        ast.Alias(aggregate("groupUniqArray", [ast.Field(["distinct_id"])]), "event_distinct_ids"),
        ast.Alias(aggregate("groupArraySorted", [found], [ast.Constant(MOST_EVENTS)]), "matching_events"),
    ]


def nobody(group_type_index: int | None = None) -> Actors:
    """The actors behind a number of a range without any time in it."""
    never = ast.Constant(False)
    query = ast.SelectQuery(
        select=[ast.Alias(ast.Field(["person_id"]), "actor_id"), *event_columns()],
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=never,
        group_by=[ast.Field(["actor_id"])],
    )
    return Actors(query, group_type_index, events=never)


def is_among(actor: ast.Expr, actors: ast.SelectQuery) -> ast.Expr:
    """The condition that the actor of an event is one of those a query has found."""
    ids = ast.SelectQuery(select=[ast.Field(["actor_id"])], select_from=ast.JoinExpr(actors))
    return ast.CompareOperation(actor, ids, "in")
