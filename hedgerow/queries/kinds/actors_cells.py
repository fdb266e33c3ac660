"""Persons and groups as the cells of a list of actors, from the records."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hedgerow.groups.models import Group
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.projects.models import Project
from hedgerow.queries.persons import AT_ONCE, DISPLAY_NAME_PROPERTIES
from hedgerow.queries.values import plain_datetime


@dataclass(frozen=True, slots=True)
class PersonActors:
    """Actors that are persons; `known` has the cells of those that exist, by id."""

    project: Project
    known: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, project: Project, ids: Iterable[str]) -> "PersonActors":
        """Look up the persons with these ids; what is no uuid is nobody's id."""
        zone = ZoneInfo(project.timezone)
        known: dict[str, dict[str, Any]] = {}
        for some in _batches(uuid for each in set(ids) if (uuid := _uuid(each)) is not None):
            persons = {person.pk: person for person in Person.objects.filter(project=project, uuid__in=some)}
            distinct_ids: defaultdict[int, list[str]] = defaultdict(list)
            links = PersonDistinctId.objects.filter(project=project, person_id__in=persons).order_by("pk")
            for person_pk, distinct_id in links.values_list("person_id", "distinct_id"):
                distinct_ids[person_pk].append(distinct_id)
            for person in persons.values():
                known[str(person.uuid)] = {
                    "id": str(person.uuid),
                    "properties": person.properties,
                    "is_identified": person.is_identified,
                    "created_at": plain_datetime(_aware(person.created_at), zone),
                    "distinct_ids": distinct_ids[person.pk],
                }
        return cls(project, known)

    def actor(self, actor_id: str) -> dict[str, Any]:
        """The person, with all distinct ids."""
        return self.known.get(actor_id) or {"id": actor_id}

    def display_name(self, actor_id: str) -> dict[str, Any]:
        """The first property that names the person, else a distinct id, else the id."""
        person = self.known.get(actor_id, {})
        given = (person.get("properties", {}).get(name) for name in display_properties(self.project))
        names = (str(name) for name in given if name not in (None, ""))
        fallback = next(iter(person.get("distinct_ids", [])), actor_id)
        return {"display_name": next(names, fallback), "id": actor_id}


@dataclass(frozen=True, slots=True)
class GroupActors:
    """Actors that are groups of one type; `known` has the cells of those that exist, by key."""

    known: dict[str, dict[str, Any]]
    group_type_index: int

    @classmethod
    def of(cls, project: Project, ids: Iterable[str], group_type_index: int) -> "GroupActors":
        """Look up the groups with these keys."""
        zone = ZoneInfo(project.timezone)
        known: dict[str, dict[str, Any]] = {}
        for some in _batches(set(ids)):
            found = Group.objects.filter(project=project, group_type_index=group_type_index, group_key__in=some)
            for group in found:
                known[group.group_key] = {
                    "id": group.group_key,
                    "type": "group",
                    "group_key": group.group_key,
                    "group_type_index": group_type_index,
                    "created_at": plain_datetime(_aware(group.created_at), zone),
                    "group_properties": group.group_properties,
                    "properties": group.group_properties,
                }
        return cls(known, group_type_index)

    def actor(self, actor_id: str) -> dict[str, Any]:
        """The group."""
        return self.known.get(actor_id) or {
            "id": actor_id,
            "type": "group",
            "group_key": actor_id,
            "group_type_index": self.group_type_index,
        }

    def display_name(self, actor_id: str) -> dict[str, Any]:
        """The property `name`, else the key."""
        name = self.known.get(actor_id, {}).get("properties", {}).get("name")
        return {"display_name": actor_id if name in (None, "") else str(name), "id": actor_id}


ActorCells = PersonActors | GroupActors


def display_properties(project: Project) -> Sequence[str]:
    """The properties a person is called by, the first that is set."""
    return project.person_display_name_properties or DISPLAY_NAME_PROPERTIES


def _batches(ids: Iterable[Any]) -> Iterator[list[Any]]:
    wanted = sorted(ids)
    for first in range(0, len(wanted), AT_ONCE):
        yield wanted[first : first + AT_ONCE]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
