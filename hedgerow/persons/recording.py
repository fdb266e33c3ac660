"""Persons from a batch of events: made, changed and merged in the records, within the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hedgerow.persons.warnings import RecordingWarning
from hedgerow.spool.lines import Line

DistinctIdKey = tuple[int, str]
"""The project's id and a distinct id."""


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


def record_persons(lines: Sequence[Line]) -> PersonAssignments:
    """Record what the lines (of kinds 1 to 3, in order of arrival) say about persons."""
    raise NotImplementedError
