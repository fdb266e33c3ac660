"""Asking for the actors behind a number, and small random histories whose numbers are looked into."""

from datetime import datetime
from random import Random
from typing import Any

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.actors import Actors, Asking
from tests.insights.asking import Event
from tests.insights.histories import made_events, run

BROWSERS = ["Chrome", "Firefox", "Safari", "", None]


def found_actors(event_store: EventStore, context: ProjectContext, asking: Asking) -> list[dict[str, Any]]:
    """The rows of the query for actors, by column."""
    actors: Any = run(event_store, context, asking)  # type: ignore[arg-type]
    assert isinstance(actors, Actors)
    compiled = compile_query(actors.query, context)
    rows = event_store.query(compiled.sql, compiled.parameters, compiled.settings).rows
    found = [dict(zip(compiled.columns, row, strict=True)) for row in rows]
    _check(event_store, context, actors, found)
    return found


def _check(event_store: EventStore, context: ProjectContext, actors: Actors, found: list[dict[str, Any]]) -> None:
    """What holds of the actors behind any number: nobody stands there twice, and their events are told."""
    assert len({row["actor_id"] for row in found}) == len(found)
    for row in found:
        assert len(row["matching_events"]) == min(row["event_count"], 100)
        assert len(set(row["event_distinct_ids"])) == len(row["event_distinct_ids"])
        assert bool(row["event_distinct_ids"]) == bool(row["event_count"])
    if actors.events is not None:
        events = ast.SelectQuery(
            select=[ast.Call("count")], select_from=ast.JoinExpr(ast.Field(["events"])), where=actors.events
        )
        compiled = compile_query(events, context)
        ((count,),) = event_store.query(compiled.sql, compiled.parameters).rows
        assert count == sum(row["event_count"] for row in found)


def eventful(seed: int, first: datetime, last: datetime) -> list[Event]:
    """Events at random, with properties, groups and sessions."""
    random = Random(seed)
    events = made_events(seed, first, last, ["view", "view", "view", "other"])
    for each in events:
        each.properties = {"browser": random.choice(BROWSERS), "price": random.choice([1, 2.5, 7, 40, None])}
        each.groups = {0: random.choice(["acme", "umbrella", ""])}
        each.session = random.choice(["", "s1", "s2"])
    return events
