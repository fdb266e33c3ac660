"""How much an event is used: how often it came in, and which queries and insights name it."""

from collections.abc import Callable
from typing import Any

import orjson

from hedgerow.eventstore.client import EventStore
from hedgerow.queries.log import query_log
from hedgerow.taxonomy.models import EventDefinition

InsightCounter = Callable[[int, Callable[[object], bool]], int]
"""Of a project (by id), how many saved insights that are not deleted have a query for which the function says yes."""

_QUERIES = """
SELECT count() FROM query_log
WHERE team_id = {team_id:Int64} AND query_start_time > now() - INTERVAL 30 DAY AND (
    multiSearchAny(query, {as_field:Array(String)})
    OR position(query, {as_entity:String}) > 0 AND position(query, '"events"') > 0
    OR multiSearchAny(query, {in_hogql:Array(String)}) AND match(query, '\\\\bevent\\\\b')
)
"""
_EVENTS = """
SELECT count() FROM events
WHERE team_id = {team_id:Int64} AND event = {name:String}
    AND timestamp > now() - INTERVAL 30 DAY AND timestamp <= now()
"""

_insight_counters: dict[str, InsightCounter] = {}


def count_insights_with(feature: str, counter: InsightCounter) -> None:
    """Have the saved insights of a feature counted by `counter`; a later call for the same feature replaces it."""
    _insight_counters[feature] = counter


def usage(event_store: EventStore, definition: EventDefinition) -> dict[str, Any]:
    """Queries and events of the last 30 days, the last event's time, and the number of saved insights.

    Queries count each time they were computed, and not where a stored answer was given. Raises `EventStoreError`.
    """
    query_log().store()
    of_project: dict[str, object] = {"team_id": definition.project_id}
    ((queries,),) = event_store.query(_QUERIES, {**of_project, **_needles(definition.name)}).rows
    ((events,),) = event_store.query(_EVENTS, {**of_project, "name": definition.name}).rows
    return {
        "query_usage_30_day": queries,
        "volume_30_day": events,
        "last_seen_at": definition.last_seen_at,
        "insights": sum(
            counter(definition.project_id, lambda query: names_event(query, definition.name))
            for counter in _insight_counters.values()
        ),
    }


def names_event(query: object, name: str) -> bool:
    """Whether a query (JSON) names an event: as a series or an entity, or in HogQL that looks at `event`."""
    text = orjson.dumps(query).decode()
    needles = _needles(name)
    return (
        any(needle in text for needle in needles["as_field"])
        or (needles["as_entity"] in text and '"events"' in text)
        or (any(needle in text for needle in needles["in_hogql"]) and "event" in text)
    )


def _needles(name: str) -> dict[str, Any]:
    """What to look for in the compact JSON text of a query. Within a JSON text quotes are escaped, so keys are keys."""
    quoted = orjson.dumps(name).decode()
    hogql = [name.replace("\\", "\\\\").replace("'", escaped) for escaped in ("\\'", "''")]
    return {
        "as_field": [f'"{field}":{quoted}' for field in ("event", "customEventName")],
        "as_entity": f'"id":{quoted}',
        "in_hogql": [orjson.dumps(f"'{text}'").decode()[1:-1] for text in hogql],
    }
