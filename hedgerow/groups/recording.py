"""Groups and group types from a batch of events, within the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hedgerow.persons.warnings import RecordingWarning
from hedgerow.spool.lines import Line


@dataclass(frozen=True)
class GroupAssignments:
    """What the events of a batch have to be stored with."""

    group_types: dict[int, list[str]] = field(default_factory=dict)
    """The group types of each project of the batch, by index: type `group_types[team][n]` goes to `$group_<n>`."""
    warnings: list[RecordingWarning] = field(default_factory=list)


def record_groups(lines: Sequence[Line]) -> GroupAssignments:
    """Record what the lines (of kinds 1 to 3, in order of arrival) say about groups."""
    raise NotImplementedError
