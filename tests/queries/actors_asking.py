"""Persons and groups as the loader leaves them: in the records, and copied to the event store."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import Person, PersonDistinctId
from tests.queries.asking import Api

BORN = datetime(2024, 10, 1, tzinfo=UTC)


def know_person(
    api: Api, *distinct_ids: str, properties: dict[str, Any] | None = None, created_at: datetime = BORN, **fields: Any
) -> UUID:
    """A person with these distinct ids; its id, which is that of the events of the first."""
    team = api.project.pk
    uuid = default_person_uuid(team, distinct_ids[0])
    person = Person.objects.create(
        project=api.project, uuid=uuid, properties=properties or {}, created_at=created_at, **fields
    )
    text = json.dumps(properties or {})
    _copy(
        api,
        "persons",
        {
            "team_id": team,
            "id": str(uuid),
            "created_at": created_at.strftime("%Y-%m-%d %H:%M:%S.%f"),
            "properties": properties or {},
            "properties_raw": text,
            "version": 1,
        },
    )
    for distinct_id in distinct_ids:
        PersonDistinctId.objects.create(project=api.project, person=person, distinct_id=distinct_id)
        _copy(
            api,
            "person_distinct_ids",
            {"team_id": team, "distinct_id": distinct_id, "person_id": str(uuid), "version": 1},
        )
    return uuid


def know_group(api: Api, key: str, properties: dict[str, Any], index: int = 0) -> None:
    """A group of a type, which the project then has."""
    GroupTypeMapping.objects.get_or_create(project=api.project, group_type_index=index, group_type=f"type {index}")
    Group.objects.create(
        project=api.project, group_type_index=index, group_key=key, group_properties=properties, created_at=BORN
    )
    _copy(
        api,
        "groups",
        {
            "team_id": api.project.pk,
            "group_type_index": index,
            "group_key": key,
            "created_at": BORN.strftime("%Y-%m-%d %H:%M:%S.%f"),
            "properties": properties,
            "properties_raw": json.dumps(properties),
            "version": 1,
        },
    )


def _copy(api: Api, table: str, row: dict[str, Any]) -> None:
    api.store.command(f"INSERT INTO {table} ({', '.join(row)}) FORMAT JSONEachRow\n{json.dumps(row)}")
