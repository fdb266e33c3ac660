"""Persons as lists and files show them."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.persons.records import chunks
from hedgerow.projects.models import Project
from hedgerow.queries.persons import DISPLAY_NAME_PROPERTIES

_ANONYMOUS: Final = re.compile(r"([a-z0-9]+-){4}[a-z0-9]+")
_LEFT_OUT_OF_FILES: Final = ("value_at_data_point", "uuid", "type", "is_identified", "matched_recordings")


def person_rows(project: Project, uuids: Sequence[UUID], most_distinct_ids: int) -> list[dict[str, Any]]:
    """These persons, in this order, as rows of a list; those who are gone are left out."""
    persons = {
        person.uuid: person
        for chunk in chunks(uuids)
        for person in Person.objects.filter(project=project, uuid__in=chunk)
    }
    distinct_ids = distinct_ids_of(persons.values())
    return [
        _row(project, person, distinct_ids[person.pk], most_distinct_ids)
        for uuid in uuids
        if (person := persons.get(uuid))
    ]


def person_detail(
    project: Project, person: Person, distinct_ids: Sequence[str], most_distinct_ids: int | None = None
) -> dict[str, Any]:
    """One person, with the distinct ids that look like names first."""
    return {
        "id": person.pk,
        "name": display_name(project, person, distinct_ids),
        "distinct_ids": names_first(distinct_ids)[:most_distinct_ids],
        "properties": person.properties,
        "created_at": person.created_at,
        "uuid": str(person.uuid),
        "last_seen_at": person.last_seen_at,
        "is_identified": person.is_identified,
    }


def distinct_ids_of(persons: Collection[Person]) -> defaultdict[int, list[str]]:
    """The distinct ids of each person by primary key, the first one first."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for chunk in chunks(person.pk for person in persons):
        links = PersonDistinctId.objects.filter(person__in=chunk).order_by("pk")
        for person_pk, distinct_id in links.values_list("person_id", "distinct_id"):
            found[person_pk].append(distinct_id)
    return found


def display_name(project: Project, person: Person, distinct_ids: Sequence[str]) -> str:
    """What a person is called: by a property, else by a distinct id, else by the uuid."""
    given = (person.properties.get(name) for name in project.person_display_name_properties or DISPLAY_NAME_PROPERTIES)
    name = next((value for value in given if value not in (None, "")), None)
    return str(name) if name is not None else next(iter(names_first(distinct_ids)), str(person.uuid))


def names_first(distinct_ids: Sequence[str]) -> list[str]:
    """The distinct ids with those that were made up for an anonymous visitor at the end."""
    return sorted(distinct_ids, key=lambda each: _ANONYMOUS.fullmatch(each) is not None)


def file_rows(rows: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they are written to a file: the e-mail beside the id, properties in the order of their names."""
    found = []
    for row in rows:
        properties = dict(row["properties"])
        email = properties.pop("email", None)
        rest = {key: value for key, value in row.items() if key not in _LEFT_OUT_OF_FILES}
        found.append(
            {
                "id": rest["id"],
                "email": email,
                "name": rest["name"],
                "created_at": rest["created_at"],
                "properties": dict(sorted(properties.items())),
                "distinct_ids": rest["distinct_ids"],
                "last_seen_at": rest["last_seen_at"],
            }
        )
    return found


def _row(project: Project, person: Person, distinct_ids: Sequence[str], most_distinct_ids: int) -> dict[str, Any]:
    return {
        "type": "person",
        **person_detail(project, person, distinct_ids, most_distinct_ids),
        "id": str(person.uuid),
        "matched_recordings": [],
        "value_at_data_point": None,
    }
