"""What the tests of insights share: storing events as the loader leaves them, and asking questions of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import trends

NOW = datetime(2024, 11, 5, 15, 30, tzinfo=UTC)
"""The moment at which questions are asked, a Tuesday."""

_team_ids = count(uuid4().int % 1_000_000_000 + 5_000_000_000)


@dataclass
class Event:
    """One event of a test; `person` names both the distinct id and the person."""

    event: str
    at: datetime
    person: str = "ann"
    properties: Mapping[str, Any] = field(default_factory=dict)
    session: str = ""
    groups: Mapping[int, str] = field(default_factory=dict)
    elements_chain: str = ""

    @property
    def person_id(self) -> UUID:
        """The person's id, made from the name."""
        return person_id(self.person)


def person_id(name: str) -> UUID:
    """The id of the person of that name."""
    return UUID(bytes=name.encode().ljust(16, b"-")[:16])


def at(text: str) -> datetime:
    """A moment in UTC, from `2024-11-05 10:00` or with an offset at the end."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def new_context(**known: Any) -> ProjectContext:
    """A project nobody else uses."""
    return ProjectContext(team_id=next(_team_ids), **known)


def store_events(event_store: EventStore, context: ProjectContext, events: Iterable[Event]) -> None:
    """Store the events in the context's project."""
    rows = b"\n".join(orjson.dumps(_row(context.team_id, each)) for each in events).decode()
    event_store.command(_INSERT_EVENTS, {"rows": rows}, _AS_LOADED)


def store_persons(event_store: EventStore, context: ProjectContext, persons: Mapping[str, Mapping[str, Any]]) -> None:
    """Store persons with their properties and a distinct id of the same name."""
    for name, properties in persons.items():
        known = {"team": context.team_id, "id": person_id(name), "name": name, "properties": _json(properties)}
        event_store.command(
            "INSERT INTO persons (team_id, id, created_at, properties, properties_raw, version)"
            " SELECT {team:Int64}, {id:UUID}, now64(6), CAST({properties:String}, 'JSON(max_dynamic_paths = 256)'),"
            " {properties:String}, 1",
            known,
        )
        event_store.command(
            "INSERT INTO person_distinct_ids (team_id, distinct_id, person_id, version)"
            " SELECT {team:Int64}, {name:String}, {id:UUID}, 1",
            known,
        )


def store_group(
    event_store: EventStore, context: ProjectContext, index: int, key: str, properties: Mapping[str, Any]
) -> None:
    """Store a group with its properties."""
    event_store.command(
        "INSERT INTO groups (team_id, group_type_index, group_key, created_at, properties, properties_raw, version)"
        " SELECT {team:Int64}, {index:UInt8}, {key:String}, now64(6),"
        " CAST({properties:String}, 'JSON(max_dynamic_paths = 256)'), {properties:String}, 1",
        {"team": context.team_id, "index": index, "key": key, "properties": _json(properties)},
    )


def ask(
    event_store: EventStore,
    context: ProjectContext,
    query: Mapping[str, Any],
    now: datetime = NOW,
    test_account_filters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The answer to a TrendsQuery."""
    asking = trends.answer(trends.TrendsQuery.model_validate(query), context, now, test_account_filters or [])
    rows = None
    while True:
        try:
            trees = asking.send(rows)  # type: ignore[arg-type]
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]
        compiled = [compile_query(tree, context) for tree in trees]
        rows = [event_store.query(each.sql, each.parameters).rows for each in compiled]


def _row(team_id: int, event: Event) -> dict[str, Any]:
    return {
        "team_id": team_id,
        "uuid": str(uuid4()),
        "event": event.event,
        "timestamp": event.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "distinct_id": event.person,
        "person_id": str(event.person_id),
        "$session_id": event.session,
        "elements_chain": event.elements_chain,
        "properties": _json(event.properties),
        **{f"$group_{index}": event.groups.get(index, "") for index in range(5)},
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


_COLUMNS = (
    "team_id Int64, uuid UUID, event String, timestamp DateTime64(6, \\'UTC\\'), distinct_id String, person_id UUID,"
    " `$session_id` String, `$group_0` String, `$group_1` String, `$group_2` String, `$group_3` String,"
    " `$group_4` String, elements_chain String"
)
_NAMES = ", ".join(column.split()[0] for column in _COLUMNS.split(", ") if "'" not in column.split()[0])
_INSERT_EVENTS = (
    f"INSERT INTO events ({_NAMES}, properties, properties_raw)"
    f" SELECT {_NAMES}, CAST(properties, 'JSON(max_dynamic_paths = 512)'), properties"
    f" FROM format(JSONEachRow, '{_COLUMNS}, properties String', {{rows:String}})"
)
_AS_LOADED = {
    "input_format_try_infer_datetimes": 0,
    "input_format_try_infer_dates": 0,
    "json_type_escape_dots_in_keys": 1,
}
