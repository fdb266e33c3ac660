"""Persons between the records and memory: looked up, loaded and written in few statements."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, TypeVar

import msgspec

from hedgerow.eventstore.copies import enqueue
from hedgerow.persons.former import Former, keep_up
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.known import KnownDistinctId
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.persons.people import DistinctIdKey, DistinctIdState, People, PersonState
from hedgerow.persons.signals import persons_merged
from hedgerow.persons.statements import delete_rows, insert_rows, select_rows, update_numbers, update_rows

_CHUNK = 5_000
"""Values in one query; both databases take many more."""

_CHANGING = ("properties", "is_identified", "created_at", "last_seen_at", "version")

T = TypeVar("T")


def find_distinct_ids(keys: Collection[DistinctIdKey]) -> dict[DistinctIdKey, KnownDistinctId | None]:
    """What the records know of these distinct ids; None for an unknown one."""
    found: dict[DistinctIdKey, KnownDistinctId | None] = dict.fromkeys(keys)
    for team_id, team_keys in groupby(sorted(keys), key=lambda key: key[0]):
        for chunk in chunks(distinct_id for _, distinct_id in team_keys):
            rows = PersonDistinctId.objects.filter(project_id=team_id, distinct_id__in=chunk).values_list(
                "distinct_id",
                "pk",
                "version",
                "person_id",
                "person__uuid",
                "person__created_at",
                "person__last_seen_at",
            )
            for distinct_id, pk, version, person_pk, uuid, created_at, last_seen_at in rows:
                is_default = uuid == default_person_uuid(team_id, distinct_id)
                found[team_id, distinct_id] = KnownDistinctId(
                    pk, version, person_pk, None if is_default else uuid, created_at, _hour(last_seen_at)
                )
    return found


def load_people(
    found: Mapping[DistinctIdKey, KnownDistinctId | None],
    keys: Iterable[DistinctIdKey],
    whole: Collection[int],
    former: Mapping[DistinctIdKey, Former],
) -> People:
    """The persons of those of the `keys` that are known, and for the persons `whole` all of their distinct ids."""
    people = People(former)
    known = {key: entry for key in keys if (entry := found[key])}
    persons = _load_persons({entry.person_pk for entry in known.values()})
    for person in persons.values():
        people.add_person(person)
    for (_, distinct_id), entry in known.items():
        if entry.person_pk not in whole:
            people.add_distinct_id(distinct_id, persons[entry.person_pk], entry.version, entry.pk)
    for chunk in chunks(whole):
        names = ("distinct_id", "person", "version", "id")
        for distinct_id, person_pk, version, pk in select_rows(PersonDistinctId, names, "person", chunk):
            people.add_distinct_id(distinct_id, persons[person_pk], version, pk)
    return people


def write_people(people: People) -> None:
    """Write what has changed, each person once, and hand the event store its copies."""
    made = [person for person in people.persons if person.pk is None and not person.merged_away]
    changed = [
        person for person in people.persons if person.pk is not None and person.changed and not person.merged_away
    ]
    merged_away = [person for person in people.persons if person.pk is not None and person.merged_away]
    for person in made + changed + merged_away:
        person.version += 1
    new = [(person.team_id, person.uuid, *_values(person)) for person in made]
    for person, pk in zip(made, insert_rows(Person, ["project", "uuid", *_CHANGING], new), strict=True):
        person.pk = pk
    update_rows(Person, _CHANGING, [(*_values(person), person.pk) for person in changed])
    _write_distinct_ids(people)
    if merged_away:
        targets = {person.pk: person.survivor.pk for person in merged_away}
        persons_merged.send(Person, targets=targets)
        keep_up((person.team_id, person.uuid, person.version) for person in merged_away)
    delete_rows(Person, [person.pk for person in merged_away if person.pk is not None])
    enqueue("persons", [person_copy(person) for person in [*made, *changed]])
    enqueue("persons", [person_copy(person, is_deleted=True) for person in merged_away])


def known_distinct_ids(
    people: People, found: Mapping[DistinctIdKey, KnownDistinctId | None]
) -> dict[DistinctIdKey, KnownDistinctId]:
    """What is known of the distinct ids after they have been written, `found` being what was known before."""
    known = {}
    for key, state in people.distinct_ids.items():
        person = state.person
        assert state.pk is not None and person.pk is not None
        before = found.get(key)
        # An id whose person had its default uuid has it no more once it has moved; hashing takes longer.
        had_default = before is not None and before.person_uuid is None
        is_default = not state.moved if had_default else person.uuid == default_person_uuid(*key)
        uuid = None if is_default else person.uuid
        known[key] = KnownDistinctId(
            state.pk, state.version, person.pk, uuid, person.created_at, _hour(person.last_seen_at)
        )
    return known


def state_of(person: Person) -> PersonState:
    """A person of the records as the rules and the copies take them."""
    return PersonState(
        person.project_id,
        person.uuid,
        person.created_at,
        person.properties,
        person.is_identified,
        person.last_seen_at,
        person.version,
        person.pk,
    )


def engine_time(time: datetime) -> str:
    """A time as the event store reads it: UTC with microseconds, the year in four digits."""
    return time.astimezone(UTC).isoformat(" ", "microseconds")[:26]


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists short enough for one query."""
    rest = iter(values)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _load_persons(pks: Collection[int]) -> dict[int, PersonState]:
    persons = {}
    names = ("id", "project", "uuid", "created_at", "properties", "is_identified", "last_seen_at", "version")
    for chunk in chunks(pks):
        # Locked in one order, so that nobody who edits them can wait for us while we wait for him.
        for row in select_rows(Person, names, "id", chunk, lock=True):
            pk, team_id, uuid, created_at, properties, is_identified, last_seen_at, version = row
            persons[pk] = PersonState(team_id, uuid, created_at, properties, is_identified, last_seen_at, version, pk)
    return persons


def _write_distinct_ids(people: People) -> None:
    moved = [state for state in people.distinct_ids.values() if state.pk is not None and state.moved]
    for state in moved:
        state.version += 1
    made = [state for state in people.distinct_ids.values() if state.pk is None]
    new = [(state.team_id, state.distinct_id, state.person.pk, state.version) for state in made]
    names = ["project", "distinct_id", "person", "version"]
    for state, pk in zip(made, insert_rows(PersonDistinctId, names, new), strict=True):
        state.pk = pk
    changed = [(state.person.pk, state.version, state.pk) for state in moved if state.person.pk and state.pk]
    update_numbers(PersonDistinctId, ["person", "version"], changed)
    enqueue("person_distinct_ids", [{**_override(state), "is_deleted": 0} for state in made + moved])
    astray = [state for state in made if state.moved]
    enqueue("person_overrides", [_override(state) for state in astray + moved])


def _values(person: PersonState) -> tuple[Any, ...]:
    """What may change of a person, in the order of `_CHANGING`."""
    return person.properties, person.is_identified, person.created_at, person.last_seen_at, person.version


def person_copy(person: PersonState, *, is_deleted: bool = False) -> dict[str, Any]:
    """The event store's row of a person. Nothing but the version is told of one that is deleted."""
    properties = msgspec.json.encode({} if is_deleted else person.properties)
    return {
        "team_id": person.team_id,
        "id": str(person.uuid),
        "created_at": engine_time(person.created_at),
        "is_identified": person.is_identified,
        "properties": msgspec.Raw(properties),
        "properties_raw": properties.decode(),
        "last_seen_at": engine_time(person.last_seen_at) if person.last_seen_at else None,
        "version": person.version,
        "is_deleted": int(is_deleted),
    }


def _override(state: DistinctIdState) -> dict[str, Any]:
    return {
        "team_id": state.team_id,
        "distinct_id": state.distinct_id,
        "person_id": str(state.person.uuid),
        "version": state.version,
    }


def _hour(time: datetime | None) -> str:
    return time.astimezone(UTC).isoformat(" ", "hours")[:13] if time else ""
