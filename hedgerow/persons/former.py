"""Uuids that persons had before: a person made again gets a free one, and versions that the event store takes as newer.

The event store keeps the newest version of a person or distinct id, a deleted one as well. What comes back under the
same uuid has to go on counting, or it would stay hidden.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import count, groupby, islice
from operator import itemgetter
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Greatest

from hedgerow.persons.identity import default_person_uuid, split_person_uuid
from hedgerow.persons.models import FormerPerson, Person

_CHUNK = 5_000

Key = tuple[int, str]
T = TypeVar("T")


class Former(NamedTuple):
    """What somebody who makes a person by a distinct id has to know, because its default uuid was in use before."""

    uuid: UUID
    """The uuid a person made by the distinct id gets."""
    version: int
    """The last version that the event store may know of this person, or of the distinct id."""
    deleted_at: datetime | None
    """Events received until then do not make the person again."""


def remember(project_id: int, versions: Mapping[UUID, int], deleted_at: datetime | None = None) -> None:
    """Note that these uuids were in use, up to these versions; in the caller's transaction."""
    known = FormerPerson.objects.filter(project_id=project_id)
    for chunk in _chunks(versions.items()):
        rows = dict(known.filter(uuid__in=[uuid for uuid, _ in chunk]).values_list("uuid", "pk"))
        for uuid, version in chunk:
            if uuid in rows:
                changed = known.filter(pk=rows[uuid])
                changed.update(version=Greatest(F("version"), version))
                if deleted_at:
                    changed.update(deleted_at=deleted_at)
        FormerPerson.objects.bulk_create(
            FormerPerson(project_id=project_id, uuid=uuid, version=version, deleted_at=deleted_at)
            for uuid, version in chunk
            if uuid not in rows
        )


def keep_up(merged_away: Iterable[tuple[int, UUID, int]]) -> None:
    """Take down the last versions of persons who were merged away, given by project, uuid and version.

    Only of those whose uuid was noted when a split took the distinct id from it: the others' uuids come back only by a
    split of the survivor, whose version is higher.
    """
    for project_id, group in groupby(sorted(merged_away, key=itemgetter(0)), key=itemgetter(0)):
        noted = FormerPerson.objects.filter(project_id=project_id)
        if noted.exists():
            for chunk in _chunks({uuid: version for _, uuid, version in group}.items()):
                versions = dict(chunk)
                known = noted.filter(uuid__in=versions).values_list("uuid", flat=True)
                remember(project_id, {uuid: versions[uuid] for uuid in known})


def find_former(keys: Collection[Key]) -> dict[Key, Former]:
    """Those of the distinct ids without a person whose default uuid was in use before."""
    found: dict[Key, Former] = {}
    for project_id, group in groupby(sorted(keys), key=lambda key: key[0]):
        # Few projects have deleted anybody, and those that have not need no look at each distinct id.
        if FormerPerson.objects.filter(project_id=project_id).exists():
            distinct_ids = [distinct_id for _, distinct_id in group]
            found |= {(project_id, each): former for each, former in _of_project(project_id, distinct_ids).items()}
    return found


def new_uuids(project_id: int, distinct_ids: Collection[str]) -> dict[str, tuple[UUID, int]]:
    """For each distinct id a uuid for a person of its own that nobody has, and the last version known of it."""
    taken: set[UUID] = set()
    given = {}
    for distinct_id in distinct_ids:
        uuid, version = _free(project_id, distinct_id, taken)
        taken.add(uuid)
        given[distinct_id] = (uuid, version)
    return given


def _of_project(project_id: int, distinct_ids: Collection[str]) -> dict[str, Former]:
    defaults = {default_person_uuid(project_id, each): each for each in distinct_ids}
    found = {}
    taken = set(defaults)
    for chunk in _chunks(defaults):
        rows = FormerPerson.objects.filter(project_id=project_id, uuid__in=chunk)
        for default, version, deleted_at in rows.values_list("uuid", "version", "deleted_at"):
            distinct_id = defaults[default]
            uuid, known = _free(project_id, distinct_id, taken, own=default)
            taken.add(uuid)
            found[distinct_id] = Former(uuid, max(version, known), deleted_at)
    return found


def _free(project_id: int, distinct_id: str, taken: Collection[UUID], own: UUID | None = None) -> tuple[UUID, int]:
    """The first uuid for a person of the distinct id that nobody has, of the `taken` ones only its `own`."""
    for uuid in _candidates(project_id, distinct_id):
        is_taken = uuid in taken and uuid != own
        if not is_taken and not Person.objects.filter(project_id=project_id, uuid=uuid).exists():
            former = FormerPerson.objects.filter(project_id=project_id, uuid=uuid).first()
            return uuid, former.version if former else -1
    raise AssertionError("there are more uuids than persons")


def _candidates(project_id: int, distinct_id: str) -> Iterator[UUID]:
    yield default_person_uuid(project_id, distinct_id)
    for number in count(1):
        yield split_person_uuid(project_id, distinct_id, number)


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
