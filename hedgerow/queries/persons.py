"""The persons behind the distinct ids of a list of events, from the records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.projects.models import Project
from hedgerow.queries.values import plain_datetime

AT_ONCE = 1_000
"""Distinct ids looked up by one statement."""

DISPLAY_NAME_PROPERTIES = ("email", "Email", "name", "Name", "username", "Username", "UserName")
"""What a person is called by, in this order, unless the project says otherwise."""


@dataclass(frozen=True, slots=True)
class PersonCells:
    """The `person` and `person_display_name` cells of events."""

    project: Project
    persons: dict[str, Person]

    @classmethod
    def of(cls, project: Project, distinct_ids: Iterable[str]) -> "PersonCells":
        """Look up the persons of these distinct ids."""
        wanted = sorted(set(distinct_ids))
        persons: dict[str, Person] = {}
        for first in range(0, len(wanted), AT_ONCE):
            known = PersonDistinctId.objects.filter(project=project, distinct_id__in=wanted[first : first + AT_ONCE])
            persons.update((row.distinct_id, row.person) for row in known.select_related("person"))
        return cls(project, persons)

    def person(self, distinct_id: str) -> dict[str, Any]:
        """Who did it; nothing but the distinct id when there is no such person."""
        person = self.persons.get(distinct_id)
        if person is None:
            return {"distinct_id": distinct_id}
        created_at = person.created_at if person.created_at.tzinfo else person.created_at.replace(tzinfo=UTC)
        return {
            "uuid": str(person.uuid),
            "created_at": plain_datetime(created_at, ZoneInfo(self.project.timezone)),
            "properties": person.properties,
            "distinct_id": distinct_id,
        }

    def display_name(self, distinct_id: str) -> dict[str, Any]:
        """What to call them; the distinct id when no property tells."""
        person = self.persons.get(distinct_id)
        names: Sequence[str] = self.project.person_display_name_properties or DISPLAY_NAME_PROPERTIES
        properties = person.properties if person is not None else {}
        given = (properties.get(name) for name in names)
        name = next((value for value in given if value not in (None, "")), distinct_id)
        return {
            "display_name": str(name),
            "id": str(person.uuid) if person is not None else None,
            "distinct_id": distinct_id,
        }
