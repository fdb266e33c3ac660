"""The persons a batch of events touches, in memory, and the rules by which events make, change and merge them.

Nothing here asks the records: `hedgerow.persons.recording` loads what the events may touch, has the events obeyed
here one after the other, and writes down what has changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from hedgerow.persons.former import Former
from hedgerow.persons.identity import LONGEST_DISTINCT_ID, default_person_uuid, is_illegal_merge_id, merge_id
from hedgerow.persons.properties import (
    LARGEST_PROPERTIES,
    Properties,
    changed_properties,
    property_change,
    stored_size,
)
from hedgerow.persons.warnings import RecordingWarning
from hedgerow.spool.lines import Line

DistinctIdKey = tuple[int, str]
"""The project's id and a distinct id."""

OTHER_ID: Final = {"$identify": "$anon_distinct_id", "$create_alias": "alias", "$merge_dangerously": "alias"}
"""The property of each merge event that names the other id, the source; the event's own distinct id is the target."""


@dataclass(slots=True, eq=False)
class PersonState:
    """A person during the batch. `version` is the one in the records; as long as the person is not there, the last one
    that is known of its uuid, -1 for none."""

    team_id: int
    uuid: UUID
    created_at: datetime
    properties: Properties
    is_identified: bool = False
    last_seen_at: datetime | None = None
    version: int = -1
    pk: int | None = None
    distinct_ids: list["DistinctIdState"] = field(default_factory=list)
    changed: bool = False
    merged_into: "PersonState | None" = None
    size_bound: int | None = None
    """The stored properties are not larger than this, in bytes; None: not known yet."""

    @property
    def merged_away(self) -> bool:
        """Whether another person has taken this one's place."""
        return self.merged_into is not None

    @property
    def survivor(self) -> "PersonState":
        """The person this one has become by merges; itself if there were none."""
        person = self
        while person.merged_into is not None:
            person = person.merged_into
        return person


@dataclass(slots=True, eq=False)
class DistinctIdState:
    """A distinct id during the batch. `stored_person` is the person its events may have been stored with so far, None
    where they may have been stored with several."""

    team_id: int
    distinct_id: str
    person: PersonState
    stored_person: UUID | None
    version: int = 0
    pk: int | None = None

    @property
    def moved(self) -> bool:
        """Whether its past events have to follow it to another person."""
        return self.person.uuid != self.stored_person


class People:
    """The persons and distinct ids of a batch."""

    def __init__(self, former: Mapping[DistinctIdKey, Former] | None = None) -> None:
        """`former` has those of the unknown distinct ids whose default uuid was in use before."""
        self._former = former or {}
        self.persons: list[PersonState] = []
        self.distinct_ids: dict[DistinctIdKey, DistinctIdState] = {}
        self.warnings: list[RecordingWarning] = []

    def add_person(self, person: PersonState) -> None:
        """Take in a person of the records."""
        self.persons.append(person)

    def add_distinct_id(self, distinct_id: str, person: PersonState, version: int, pk: int) -> None:
        """Take in a distinct id of the records. A merge moves those ids of a person that have been taken in."""
        state = DistinctIdState(person.team_id, distinct_id, person, person.uuid, version, pk)
        person.distinct_ids.append(state)
        self.distinct_ids[(person.team_id, distinct_id)] = state

    def person_of(self, key: DistinctIdKey) -> PersonState | None:
        """The person a distinct id belongs to now."""
        state = self.distinct_ids.get(key)
        return state.person if state else None

    def obey(self, line: Line, properties: Mapping[str, Any]) -> None:
        """Do to the persons what one event says; `properties` may be left empty for one that changes nothing.

        The event's distinct id has a person afterwards, except for `$groupidentify`: its distinct id is often made up
        for the occasion and must not make a person.
        """
        if line.e == "$groupidentify" and (line.t, line.d) not in self.distinct_ids:
            return
        person = self._merged_person(line, properties) if line.e in OTHER_ID else self._own_person(line)
        if properties:
            self._change_properties(person, line, properties)

    def _own_person(self, line: Line) -> PersonState:
        return self.person_of((line.t, line.d)) or self._make_person(line, line.d)

    def _merged_person(self, line: Line, properties: Mapping[str, Any]) -> PersonState:
        """Merge as the event asks, if it may; gives the person of the event's own distinct id."""
        named = properties.get(OTHER_ID[line.e])
        if named is None:
            person = self._own_person(line)
            if line.e == "$identify":
                _identify(person)
            return person
        source_id = merge_id(named)
        if source_id == line.d:
            return self._own_person(line)
        for illegal, other in ((line.d, source_id), (source_id, line.d)):
            if is_illegal_merge_id(illegal):
                details = {"illegalDistinctId": illegal, "otherDistinctId": other, "eventUuid": line.u}
                self.warnings.append(RecordingWarning(line, "cannot_merge_with_illegal_distinct_id", details))
                return self._own_person(line)
        # Events with a longer id have been cut at this length, so that is the id to link.
        person = self._linked_person(line, source_id[:LONGEST_DISTINCT_ID])
        _identify(person)
        return person

    def _linked_person(self, line: Line, source_id: str) -> PersonState:
        target = self.person_of((line.t, line.d))
        source = self.person_of((line.t, source_id))
        if target is None and source is None:
            # The id that was there first gives the uuid, so that its earlier events need no rewriting: an anonymous
            # visitor identifies, whereas an alias is a further name of an id already in use.
            first, second = (source_id, line.d) if line.e == "$identify" else (line.d, source_id)
            person = self._make_person(line, first)
            self._link(second, person)
            return person
        if target is None:
            assert source is not None
            self._link(line.d, source)
            return source
        if source is None:
            self._link(source_id, target)
        elif source is not target:
            if source.is_identified and line.e != "$merge_dangerously":
                details = {
                    "sourcePersonDistinctId": source_id,
                    "targetPersonDistinctId": line.d,
                    "eventUuid": line.u,
                }
                self.warnings.append(RecordingWarning(line, "cannot_merge_already_identified", details))
            else:
                self._merge(target, source, line)
        return target

    def _make_person(self, line: Line, first_id: str) -> PersonState:
        former = self._former.get((line.t, first_id))
        person = PersonState(
            line.t,
            former.uuid if former else default_person_uuid(line.t, first_id),
            datetime.fromisoformat(line.ts).replace(tzinfo=UTC),
            {"$creator_event_uuid": line.u},
            version=former.version if former else -1,
            changed=True,
        )
        self.persons.append(person)
        self._link(first_id, person)
        return person

    def _link(self, distinct_id: str, person: PersonState) -> None:
        former = self._former.get((person.team_id, distinct_id))
        if former:
            state = DistinctIdState(person.team_id, distinct_id, person, None, former.version + 1)
        else:
            # Events of the id may have come before without making a person: those bear the default uuid.
            stored_person = default_person_uuid(person.team_id, distinct_id)
            state = DistinctIdState(person.team_id, distinct_id, person, stored_person)
        person.distinct_ids.append(state)
        self.distinct_ids[(person.team_id, distinct_id)] = state

    def _merge(self, target: PersonState, source: PersonState, line: Line) -> None:
        """Everything of the source goes to the target, whose values win; the older creation time counts."""
        merged = {**source.properties, **target.properties}
        size = stored_size(merged)
        if size > LARGEST_PROPERTIES:
            self._warn_of_size(target, line)
        else:
            target.properties, target.size_bound = merged, size
        target.created_at = min(target.created_at, source.created_at)
        target.last_seen_at = later(target.last_seen_at, source.last_seen_at)
        target.version = max(target.version, source.version)
        for state in source.distinct_ids:
            state.person = target
        target.distinct_ids += source.distinct_ids
        source.distinct_ids = []
        source.merged_into = target
        target.changed = True

    def _change_properties(self, person: PersonState, line: Line, properties: Mapping[str, Any]) -> None:
        change = property_change(line.e, properties)
        if change is None:
            return
        changed = changed_properties(person.properties, change)
        if changed is person.properties:
            return
        # What a change adds is at most what the event carries, twice where `$initial_…` comes with it.
        if person.size_bound is None:
            person.size_bound = stored_size(person.properties)
        bound = person.size_bound + 2 * len(memoryview(line.p)) + 1024
        if bound > LARGEST_PROPERTIES:
            bound = stored_size(changed)
        if bound > LARGEST_PROPERTIES:
            self._warn_of_size(person, line)
            return
        person.properties, person.size_bound, person.changed = changed, bound, True

    def _warn_of_size(self, person: PersonState, line: Line) -> None:
        details = {
            "personId": str(person.uuid),
            "distinctId": line.d,
            "eventUuid": line.u,
            "message": f"The person's properties would exceed {LARGEST_PROPERTIES} bytes; they stay as they were.",
        }
        self.warnings.append(RecordingWarning(line, "person_properties_size_violation", details))


def merge_keys(line: Line, properties: Mapping[str, Any]) -> tuple[DistinctIdKey, DistinctIdKey] | None:
    """Target and source of a merge event, None if it names no source, or one that may not be merged."""
    named = properties.get(OTHER_ID[line.e])
    if named is None or is_illegal_merge_id(source_id := merge_id(named)):
        return None
    return (line.t, line.d), (line.t, source_id[:LONGEST_DISTINCT_ID])


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two times, either of which may be missing."""
    if one is None or other is None:
        return one or other
    return max(one, other)


def _identify(person: PersonState) -> None:
    if not person.is_identified:
        person.is_identified = True
        person.changed = True
