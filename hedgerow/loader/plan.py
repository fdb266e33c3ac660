"""What an insert needs beside the segments themselves, fixed before the first try so that every repeat is the same."""

from collections.abc import Sequence

import msgspec

from hedgerow.groups.recording import GroupAssignments
from hedgerow.persons.people import DistinctIdKey
from hedgerow.persons.recording import PersonAssignments
from hedgerow.persons.records import engine_time
from hedgerow.spool.lines import Line


class Refusal(msgspec.Struct, array_like=True):
    """A line that cannot become an event: its place in the batch, a fixed tag, and the reason in words."""

    line: int
    type: str
    reason: str


class LineWarning(msgspec.Struct, array_like=True):
    """A warning found while recording: the place of its line in the batch, its type and its details as JSON text."""

    line: int
    type: str
    details: str


class InsertPlan(msgspec.Struct, omit_defaults=True):
    """How the lines of a batch become rows. Lines are counted through all segments of the batch, from 0.

    Distinct ids are written `<project>:<distinct id>`.
    """

    excluded: list[int] = []
    """Lines of events that are stored already, or stand twice in the batch."""
    persons: dict[str, str] = {}
    """The person's uuid of the distinct ids whose person is not the default one."""
    personless: list[str] = []
    """Distinct ids whose `$groupidentify` events belong to no person."""
    upgrade_after: dict[str, str] = {}
    """From which time on personless events of a distinct id count as the person's."""
    group_types: dict[int, list[str]] = {}
    """The names of each project's group types, by index."""
    warnings: list[LineWarning] = []
    pieces: list[tuple[int, int]] = []
    """Where the batch was cut (first line, line behind the last) after the event store had refused it as a whole."""
    refused: list[Refusal] = []

    def to_json(self) -> str:
        """The plan as it is kept in the records."""
        return msgspec.json.encode(self).decode()


def read_plan(text: str) -> InsertPlan:
    """The plan that `InsertPlan.to_json` has written."""
    return msgspec.json.decode(text, type=InsertPlan)


def plan_insert(
    batch_lines: Sequence[Line],
    excluded: list[int],
    refused: list[Refusal],
    persons: PersonAssignments,
    groups: GroupAssignments,
    warnings: Sequence[LineWarning] = (),
) -> InsertPlan:
    """The plan after the records have learnt a batch; `warnings` are those found before."""
    recorded = [*persons.warnings, *groups.warnings]
    places = {id(line): place for place, line in enumerate(batch_lines)} if recorded else {}
    return InsertPlan(
        excluded=excluded,
        refused=refused,
        persons={_key(key): str(person_id) for key, person_id in persons.person_ids.items()},
        personless=[_key(key) for key in persons.personless],
        upgrade_after={_key(key): engine_time(time) for key, time in persons.upgrade_after.items()},
        group_types=groups.group_types,
        warnings=[
            *warnings,
            *(
                LineWarning(places[id(one.line)], one.type, msgspec.json.encode(one.details).decode())
                for one in recorded
            ),
        ],
        pieces=[(0, len(batch_lines))],
    )


def _key(key: DistinctIdKey) -> str:
    return f"{key[0]}:{key[1]}"
