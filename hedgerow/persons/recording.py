"""Persons from a batch of events: made, changed and merged in the records, within the caller's transaction.

The work is done on sets: a batch's distinct ids are looked up in a few queries, its events are obeyed in memory in
the order of arrival (`hedgerow.persons.people`), and each person that changed is written once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from hedgerow.persons.editing import lock_persons
from hedgerow.persons.known import KnownDistinctId, KnownDistinctIds
from hedgerow.persons.people import OTHER_ID, DistinctIdKey, People, merge_keys
from hedgerow.persons.records import find_distinct_ids, known_distinct_ids, load_people, write_people
from hedgerow.persons.warnings import RecordingWarning
from hedgerow.spool.lines import NOT_AN_EVENT, PERSON, PERSON_CHANGE, PERSONLESS, Line

_remembered = KnownDistinctIds()

Found = Mapping[DistinctIdKey, KnownDistinctId | None]


@dataclass(frozen=True)
class PersonAssignments:
    """What the events of a batch have to be stored with."""

    person_ids: dict[DistinctIdKey, UUID] = field(default_factory=dict)
    """The person of every distinct id of the batch whose person is not the default uuid of the id."""
    personless: set[DistinctIdKey] = field(default_factory=set)
    """Distinct ids of `$groupidentify` events that belong to no person: these events are `propertyless`."""
    upgrade_after: dict[DistinctIdKey, datetime] = field(default_factory=dict)
    """For the distinct ids of personless lines that belong to a person: personless events later than this time
    (a minute after the person was made) count as the person's, mode `force_upgrade`."""
    warnings: list[RecordingWarning] = field(default_factory=list)


@dataclass
class _Scan:
    """What a first look at the lines gives."""

    last_hours: dict[DistinctIdKey, str] = field(default_factory=dict)
    """Every distinct id of the batch, with the hour of its latest event, `YYYY-MM-DD hh`."""
    personless: set[DistinctIdKey] = field(default_factory=set)
    changing: set[DistinctIdKey] = field(default_factory=set)
    merging: list[tuple[DistinctIdKey, DistinctIdKey]] = field(default_factory=list)
    """Target and source of each merge event."""
    to_obey: list[Line] = field(default_factory=list)
    """In order: each line that may change a person, and of the others the first of each distinct id."""


def record_persons(lines: Sequence[Line]) -> PersonAssignments:
    """Record what the lines (in order of arrival) say about persons, and tell which person their events belong to.

    Lines of kind 2 and 3 make the person of an unknown distinct id; lines of kind 1 make and change nothing, but their
    events carry the person where there is one. The records and the outbox of the event store are written in the
    caller's transaction, all or nothing; doing it again after a rollback gives the same.
    """
    scan = _scan(lines)
    if not scan.last_hours:
        return PersonAssignments()
    with transaction.atomic():
        stamp = lock_persons()
        wanted = {**scan.last_hours, **{source: "" for _, source in scan.merging}}
        found = _remembered.recall(stamp, wanted)
        found.update(find_distinct_ids([key for key in wanted if key not in found]))
        people = load_people(found, _to_load(scan, found), _to_load_whole(scan, found))
        warnings = _obey(people, scan.to_obey, found)
        _see(people, scan.last_hours)
        write_people(people)
    now_known = {**found, **known_distinct_ids(people)}
    transaction.on_commit(partial(_remembered.remember, stamp, now_known))
    return _assignments(people, scan, now_known, warnings)


def _scan(lines: Sequence[Line]) -> _Scan:
    scan = _Scan()
    last_hours, to_obey, made = scan.last_hours, scan.to_obey, set[DistinctIdKey]()
    for line in lines:
        kind = line.k
        if kind == NOT_AN_EVENT:
            continue
        key = (line.t, line.d)
        hour = line.ts[:13]
        if last_hours.get(key, "") < hour:
            last_hours[key] = hour
        if kind == PERSON:
            if key not in made:
                made.add(key)
                to_obey.append(line)
        elif kind == PERSON_CHANGE:
            to_obey.append(line)
            scan.changing.add(key)
            if line.e in OTHER_ID and (pair := merge_keys(line, _properties(line) or {})):
                scan.merging.append(pair)
        elif kind == PERSONLESS:
            scan.personless.add(key)
    return scan


def _to_load(scan: _Scan, found: Found) -> set[DistinctIdKey]:
    """The distinct ids whose persons may change."""
    overdue = {key for key, hour in scan.last_hours.items() if (known := found[key]) and known.last_seen < hour}
    return scan.changing | overdue | {key for pair in scan.merging for key in pair}


def _to_load_whole(scan: _Scan, found: Found) -> set[int]:
    """The persons that may lose their distinct ids to another one, so that all of these must be known.

    A person can only be merged if some event of the batch names two ids that do not both belong to it already.
    """
    whole = set()
    for pair in scan.merging:
        persons = [known.person_pk for key in pair if (known := found[key])]
        if len(persons) == 1 or len(set(persons)) == 2:
            whole.update(persons)
    return whole


def _obey(people: People, lines: Sequence[Line], found: Found) -> list[RecordingWarning]:
    unreadable = []
    for line in lines:
        if line.k == PERSON:
            if not found[line.t, line.d]:
                people.obey(line, {})
            continue
        properties = _properties(line)
        if properties is None:
            unreadable.append(RecordingWarning(line, "unreadable_event_properties", {"eventUuid": line.u}))
        people.obey(line, properties or {})
    return people.warnings + unreadable


def _properties(line: Line) -> dict[str, Any] | None:
    """The properties of a line, None if they hold something this side cannot take, such as the number 1e999."""
    try:
        return msgspec.json.decode(line.p, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None


def _see(people: People, last_hours: Mapping[DistinctIdKey, str]) -> None:
    """Move on when the persons were last seen; by whole hours, so that it is seldom written."""
    hours = {hour: datetime.fromisoformat(hour).replace(tzinfo=UTC) for hour in set(last_hours.values())}
    for key, hour in last_hours.items():
        person = people.person_of(key)
        if person and (person.last_seen_at is None or person.last_seen_at < hours[hour]):
            person.last_seen_at = hours[hour]
            person.changed = True


def _assignments(people: People, scan: _Scan, known: Found, warnings: list[RecordingWarning]) -> PersonAssignments:
    answer = PersonAssignments(warnings=warnings)
    for key in scan.last_hours:
        now = known[key]
        if now is None:
            # A person makes its distinct id known, so this one has had nothing but personless lines and group events.
            if key in scan.changing:
                answer.personless.add(key)
            continue
        if now.person_uuid:
            answer.person_ids[key] = now.person_uuid
        if key in scan.personless:
            answer.upgrade_after[key] = now.created_at + timedelta(minutes=1)
    return answer
