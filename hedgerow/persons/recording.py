"""Persons from a batch of events: made, changed and merged in the records, within the caller's transaction.

The work is done on sets: a batch's distinct ids are looked up in a few queries, its events are obeyed in memory in
the order of arrival (`hedgerow.persons.people`), and each person that changed is written once.
"""

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import transaction

from hedgerow.persons.editing import lock_persons
from hedgerow.persons.fingerprints import NOTHING_TAKEN, Fingerprint, fingerprint
from hedgerow.persons.former import Former, find_former
from hedgerow.persons.known import KnownDistinctId, Memory
from hedgerow.persons.people import OTHER_ID, DistinctIdKey, People, merge_keys
from hedgerow.persons.properties import CHANGES_NOTHING
from hedgerow.persons.records import engine_time, find_distinct_ids, known_distinct_ids, load_people, write_people
from hedgerow.persons.warnings import RecordingWarning
from hedgerow.spool.lines import NOT_AN_EVENT, PERSON, PERSONLESS, Line

MOST_PAGE_CHANGES: Final = 500

_memory = Memory()

_decoder = msgspec.json.Decoder(dict[str, Any])

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


_Step = tuple[Line, DistinctIdKey, Fingerprint | None]
"""A line that may concern a person, its distinct id, and its fingerprint. None: the line says what to change;
`NOTHING_TAKEN`: it changes nothing, but may make the person."""


@dataclass
class _Scan:
    """What a first look at the lines gives."""

    last_hours: dict[DistinctIdKey, str] = field(default_factory=dict)
    """Every distinct id of the batch, with the hour of its latest event, `YYYY-MM-DD hh`."""
    personless: set[DistinctIdKey] = field(default_factory=set)
    grouping: set[DistinctIdKey] = field(default_factory=set)
    """Distinct ids of `$groupidentify` events."""
    merging: list[tuple[DistinctIdKey, DistinctIdKey]] = field(default_factory=list)
    """Target and source of each merge event."""
    steps: list[_Step] = field(default_factory=list)
    """In order of arrival; of lines that change nothing only the first one of each distinct id."""


def record_persons(lines: Sequence[Line]) -> PersonAssignments:
    """Record what the lines (in order of arrival) say about persons, and tell which person their events belong to.

    Lines of kind 2 and 3 make the person of an unknown distinct id; lines of kind 1 make and change nothing, but their
    events carry the person where there is one. The records and the outbox of the event store are written in the
    caller's transaction, all or nothing; doing it again after a rollback gives the same.

    What persons take from the page they are on (URL, referrer, size of window) changes with nearly every event. Where
    more than `MOST_PAGE_CHANGES` persons would be written for nothing else, that is left for the next time the person
    is written.
    """
    scan = _scan(lines)
    if not scan.last_hours:
        return PersonAssignments()
    with _without_collector(), transaction.atomic():
        stamp = lock_persons()
        _memory.check(stamp)
        wanted = {**scan.last_hours, **{source: "" for _, source in scan.merging}}
        found = _memory.distinct_ids(wanted)
        found.update(find_distinct_ids([key for key in wanted if key not in found]))
        former = find_former([key for key, known in found.items() if known is None])
        touched = _touched_persons(scan, found)
        if any(person.deleted_at for person in former.values()):
            scan = _scan(lines, former)
        steps = [step for step in scan.steps if _is_to_obey(step, found, touched)]
        concerned = {key for key, known in found.items() if known and known.person_pk in touched}
        people = load_people(found, concerned, _to_load_whole(scan, found), former)
        warnings = _obey(people, steps, former)
        _see(people, scan.last_hours)
        write_people(people)
    now_known = {**found, **known_distinct_ids(people, found)}
    fingerprints = _fingerprints(people, steps, warnings)
    transaction.on_commit(partial(_memory.remember, stamp, now_known, fingerprints))
    return _assignments(scan, now_known, warnings)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing is looked through for garbage meanwhile: what a batch makes lives until its end, and looking at its
    hundred thousands of objects again and again takes as long as all the rest."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _scan(lines: Sequence[Line], former: Collection[DistinctIdKey] = ()) -> _Scan:
    """The first look; lines of `former` distinct ids are all kept, as some may have come too late."""
    scan = _Scan()
    last_hours, steps, made = scan.last_hours, scan.steps, set[DistinctIdKey]()
    for line in lines:
        kind = line.k
        if kind == NOT_AN_EVENT:
            continue
        key = (line.t, line.d)
        hour = line.ts[:13]
        if last_hours.get(key, "") < hour:
            last_hours[key] = hour
        if kind == PERSONLESS:
            scan.personless.add(key)
            continue
        taken = NOTHING_TAKEN if kind == PERSON or line.e in CHANGES_NOTHING else fingerprint(line)
        if line.e == "$groupidentify":
            scan.grouping.add(key)
        elif taken == NOTHING_TAKEN:
            if key in made and key not in former:
                continue
            made.add(key)
        elif line.e in OTHER_ID and (pair := merge_keys(line, _properties(line) or {})):
            scan.merging.append(pair)
        steps.append((line, key, taken))
    return scan


def _touched_persons(scan: _Scan, found: Found) -> set[int]:
    """The persons that may have to be written."""
    touched = {
        known.person_pk for key, hour in scan.last_hours.items() if (known := found[key]) and known.last_seen < hour
    }
    touched.update(known.person_pk for pair in scan.merging for key in pair if (known := found[key]))
    last = _memory.fingerprints({known.person_pk for known in found.values() if known})
    on_another_page = set()
    for _, key, taken in scan.steps:
        known = found[key]
        if known is None or taken == NOTHING_TAKEN:
            continue
        before = last.get(known.person_pk)
        if taken is None or before is None or before[0] != taken[0]:
            touched.add(known.person_pk)
        elif before[1] != taken[1]:
            on_another_page.add(known.person_pk)
    on_another_page -= touched
    return touched | on_another_page if len(on_another_page) <= MOST_PAGE_CHANGES else touched


def _is_to_obey(step: _Step, found: Found, touched: set[int]) -> bool:
    """Whether a line can make a difference. For an unknown distinct id every line can."""
    _, key, taken = step
    known = found[key]
    return known is None or (known.person_pk in touched and taken != NOTHING_TAKEN)


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


def _obey(people: People, steps: Sequence[_Step], former: Mapping[DistinctIdKey, Former]) -> list[RecordingWarning]:
    unreadable = []
    for line, key, taken in steps:
        if key in former and people.person_of(key) is None and _is_too_late(line, former[key]):
            continue
        properties = {} if taken == NOTHING_TAKEN else _properties(line)
        if properties is None:
            unreadable.append(RecordingWarning(line, "unreadable_event_properties", {"eventUuid": line.u}))
        people.obey(line, properties or {})
    return people.warnings + unreadable


def _is_too_late(line: Line, former: Former) -> bool:
    """Whether a line had been received when its person was deleted, so that it must not bring them back."""
    return former.deleted_at is not None and line.now <= engine_time(former.deleted_at)


def _fingerprints(
    people: People, steps: Sequence[_Step], warnings: Sequence[RecordingWarning]
) -> dict[int, Fingerprint | None]:
    """What to remember of the persons that were touched: the last event's, unless it was explicit or refused."""
    fingerprints: dict[int, Fingerprint | None] = dict.fromkeys(
        person.pk for person in people.persons if person.pk is not None
    )
    refused = {id(warning.line) for warning in warnings}
    for line, key, taken in steps:
        person = people.person_of(key)
        if taken != NOTHING_TAKEN and person and person.pk is not None:
            fingerprints[person.pk] = None if id(line) in refused else taken
    return fingerprints


def _properties(line: Line) -> dict[str, Any] | None:
    """The properties of a line, None if they hold something this side cannot take, such as the number 1e999."""
    try:
        return _decoder.decode(line.p)
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


def _assignments(scan: _Scan, known: Found, warnings: list[RecordingWarning]) -> PersonAssignments:
    answer = PersonAssignments(warnings=warnings)
    for key in scan.last_hours:
        now = known[key]
        if now is None:
            if key in scan.grouping:
                answer.personless.add(key)
            continue
        if now.person_uuid:
            answer.person_ids[key] = now.person_uuid
        if key in scan.personless:
            answer.upgrade_after[key] = _a_minute_after(now.created_at)
    return answer


def _a_minute_after(time: datetime) -> datetime:
    return time + min(timedelta(minutes=1), datetime.max.replace(tzinfo=UTC) - time)
