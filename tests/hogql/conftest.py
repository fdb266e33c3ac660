"""A project with stored events, persons and groups, and a way to ask about them in HogQL."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext

_JSON_SETTINGS = {
    "json_type_escape_dots_in_keys": 1,
    "input_format_try_infer_datetimes": 0,
    "input_format_try_infer_dates": 0,
}


class StoredProject:
    """A project whose rows are put straight into the event store; `rows` asks in HogQL."""

    def __init__(self, store: EventStore) -> None:
        self.store = store
        self.context = ProjectContext(uuid.uuid4().int % 2**40 + 1)

    def with_context(self, **changes: Any) -> "StoredProject":
        """The same project under another time zone, other property types …"""
        other = StoredProject(self.store)
        other.context = replace(self.context, **changes)
        return other

    def event(
        self,
        event: str = "seen",
        properties: Mapping[str, Any] | str | None = None,
        *,
        at: str = "2026-01-15 12:00:00",
        distinct_id: str = "ann",
        person_id: uuid.UUID | None = None,
        **columns: str,
    ) -> str:
        """Store one event and give its uuid; `at` is in UTC, `columns` are further columns such as `$session_id`."""
        event_id = str(uuid.uuid4())
        raw = properties if isinstance(properties, str) else json.dumps(properties or {}, separators=(",", ":"))
        row = {
            "team_id": self.context.team_id,
            "uuid": event_id,
            "event": event,
            "timestamp": at,
            "created_at": at,
            "distinct_id": distinct_id,
            "person_id": str(person_id or person_of(distinct_id)),
            "person_mode": "full",
            **columns,
        }
        self._insert("events", row, raw)
        return event_id

    def person(
        self, distinct_id: str, properties: Mapping[str, Any], *, version: int = 1, deleted: bool = False
    ) -> None:
        """Store a version of a person and its distinct id."""
        person_id = str(person_of(distinct_id))
        person = {"id": person_id, "created_at": "2026-01-01 00:00:00", "is_identified": 1, "version": version}
        self._insert("persons", self._row(**person, is_deleted=int(deleted)), json.dumps(properties))
        self._insert("person_distinct_ids", self._row(distinct_id=distinct_id, person_id=person_id, version=version))

    def group(self, index: int, key: str, properties: Mapping[str, Any]) -> None:
        """Store a group."""
        times = {"created_at": "2026-01-01 00:00:00", "updated_at": "2026-01-01 00:00:00"}
        row = self._row(group_type_index=index, group_key=key, version=1, is_deleted=0, **times)
        self._insert("groups", row, json.dumps(properties))

    def override(self, distinct_id: str, person_id: uuid.UUID, version: int = 1) -> None:
        """Say that the distinct id's events are another person's."""
        self._insert("person_overrides", self._row(distinct_id=distinct_id, person_id=str(person_id), version=version))

    def member(self, cohort_id: int, distinct_id: str, version: int = 0) -> None:
        """Make a person a member of a cohort."""
        self._insert("cohort_people", self._row(cohort_id=cohort_id, version=version, person_id=person_of(distinct_id)))

    def logged(self, query: str) -> None:
        """Store that a query was run just now: old rows of the log go by themselves."""
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        row = self._row(query_start_time=now, query_id=query, query=query, status="finished")
        self._insert("query_log", row)

    def recorded(self, session_id: str, start: str, end: str, **facts: Any) -> None:
        """Store the facts of a block of a recording; times are in UTC."""
        times = {"first_timestamp": start, "last_timestamp": end, "received_at": end}
        row = self._row(session_id=session_id, block_id=str(uuid.uuid4()), **times, **facts)
        self._insert("recording_blocks", row)

    def rows(self, query: str | ast.Query, **limits: int) -> list[tuple[Any, ...]]:
        """The rows of a HogQL query."""
        compiled = compile_query(query, self.context, **limits)
        return self.store.query(compiled.sql, compiled.parameters, compiled.settings).rows

    def value(self, expression: str, source: str = "events") -> Any:
        """The value of an expression over one row."""
        (row,) = self.rows(f"SELECT {expression} FROM {source} LIMIT 1")
        return row[0]

    def column(self, query: str) -> list[Any]:
        """The first column of a query's rows."""
        return [row[0] for row in self.rows(query)]

    def _row(self, **values: Any) -> dict[str, Any]:
        return {"team_id": self.context.team_id, **values}

    def _insert(self, table: str, row: dict[str, Any], properties: str | None = None) -> None:
        names, values = [f"`{name}`" for name in row], [f"{{v{i}:String}}" for i in range(len(row))]
        parameters = {f"v{i}": str(value) for i, value in enumerate(row.values())}
        if properties is not None:
            parameters["properties"] = properties
            names += ["properties", "properties_raw"]
            values += [f"{{properties:String}}::JSON(max_dynamic_paths={512 if table == 'events' else 256})"]
            values += ["{properties:String}"]
        self.store.command(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}", parameters, _JSON_SETTINGS
        )


def person_of(distinct_id: str) -> uuid.UUID:
    """The person's id that tests give to a distinct id."""
    return uuid.uuid5(uuid.NAMESPACE_OID, distinct_id)


@pytest.fixture
def stored(event_store: EventStore) -> StoredProject:
    """A project without any rows yet."""
    return StoredProject(event_store)


@pytest.fixture(scope="module")
def other(event_store: EventStore) -> StoredProject:
    """Another project, with a row in each table, none of which may ever be seen."""
    project = StoredProject(event_store)
    project.event("secret", {"secret": "theirs"}, distinct_id="ann", **{"$session_id": "s1", "$group_0": "acme"})
    project.person("ann", {"secret": "theirs"}, version=99)
    project.group(0, "acme", {"secret": "theirs"})
    project.override("ann", person_of("theirs"), version=99)
    project.member(7, "ann")
    project.logged("secret")
    return project
