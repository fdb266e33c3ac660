"""One batch on its way from the spool to the event store, in steps that can each be repeated without harm.

After a crash the batch goes on from the state in its plan: what has been written once is either never written again
(`recorded` is set in the same transaction as the records) or written again without effect (the event store knows the
token of an insert, and its parts of a batch are fixed by the plan).
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.db import InterfaceError, OperationalError, transaction

from hedgerow.eventstore import copies
from hedgerow.eventstore.client import EventStore, EventStoreError, QueryMemory
from hedgerow.eventstore.errors import is_fault_of_data
from hedgerow.groups.recording import GroupAssignments, record_groups
from hedgerow.loader import metrics
from hedgerow.loader.batches import Batch
from hedgerow.loader.duplicates import StoredUuids
from hedgerow.loader.events import insert_events, places_to_store
from hedgerow.loader.letters import PROJECT_DELETED, REFUSED, UNRECORDABLE, insert_letters, line_details
from hedgerow.loader.models import LoadBatch
from hedgerow.loader.plan import InsertPlan, LineWarning, Refusal, plan_insert, read_plan
from hedgerow.persons.recording import PersonAssignments, record_persons
from hedgerow.projects.models import Project
from hedgerow.spool.lines import NOT_AN_EVENT, Line
from hedgerow.taxonomy.enforcement import SCHEMA_VIOLATED, has_schemas, violations
from hedgerow.taxonomy.recording import record_event_names

log = structlog.get_logger(__name__)

_NO_FAULT_OF_DATA = (OperationalError, InterfaceError, EventStoreError, OSError, MemoryError)
"""The stores cannot work now, whatever the events."""


class BatchLoading:
    """Takes batches through the steps. Each step is a method, so that a test can stop between any two."""

    def __init__(self, event_store: EventStore, stored: StoredUuids, work: Path, retention_dir: Path | None) -> None:
        """`work` is a directory for passing files; loaded segments are kept in `retention_dir`, or removed."""
        self._event_store = event_store
        self._stored = stored
        self._work = work
        self._retention_dir = retention_dir

    def load(self, batch: Batch) -> int:
        """Take a batch through all steps it has not done yet; the number of events stored.

        Raises whatever a step raises; the same batch is then to be tried again.
        """
        count = 0
        if batch.plan.state == LoadBatch.State.PLANNED:
            self.record(batch)
        if batch.plan.state == LoadBatch.State.RECORDED:
            copies.flush(self._event_store)
            count = self.store(batch)
        self.finish(batch)
        return count

    def record(self, batch: Batch) -> None:
        """Tell the records about the batch, and fix how it is inserted."""
        excluded = self._stored.duplicates(batch.lines, look_up=batch.may_be_stored)
        refused = _lines_of_deleted_projects(batch.lines)
        rejected, warnings = _against_schemas(batch.lines, excluded, refused)
        refused += rejected
        try:
            self._record(batch, excluded, refused, warnings)
        except _NO_FAULT_OF_DATA:
            raise
        except Exception as error:
            unrecordable = _unrecordable(_events(batch.lines, excluded, refused))
            if not unrecordable:
                raise
            log.error("events cannot be recorded", batch=batch.plan.pk, events=len(unrecordable), exc_info=error)
            self._record(batch, excluded, refused + unrecordable, warnings)
        metrics.duplicates_ignored.inc(len(excluded))

    def _record(self, batch: Batch, excluded: list[int], refused: list[Refusal], warnings: list[LineWarning]) -> None:
        lines = [line for _, line in _events(batch.lines, excluded, refused)]
        with transaction.atomic():
            persons, groups = _record_lines(lines)
            insert = plan_insert(batch.lines, excluded, refused, persons, groups, warnings).to_json()
            recorded = LoadBatch.State.RECORDED
            LoadBatch.objects.filter(pk=batch.plan.pk).update(insert=insert, state=recorded)
        batch.plan.insert, batch.plan.state = insert, recorded

    def store(self, batch: Batch) -> int:
        """Insert the events, dead letters and warnings; the number of events."""
        plan = read_plan(batch.plan.insert)
        waiting = list(plan.pieces)
        count = 0
        while waiting:
            piece = waiting.pop(0)
            try:
                count += insert_events(self._event_store, batch, plan, piece, self._work)
            except EventStoreError as error:
                if not is_fault_of_data(error):
                    raise
                waiting[:0] = self._cut(batch, plan, piece, error)
        letters = insert_letters(self._event_store, batch, plan)
        self._stored.add(batch.lines[place].u for place in places_to_store(batch, plan, (0, len(batch.lines))))
        LoadBatch.objects.filter(pk=batch.plan.pk).update(state=LoadBatch.State.STORED)
        batch.plan.state = LoadBatch.State.STORED
        metrics.dead_letters.inc(letters)
        return count

    def finish(self, batch: Batch) -> None:
        """Remove the segments, then the plan."""
        for file in batch.files:
            if self._retention_dir:
                self._keep(file)
            else:
                file.unlink(missing_ok=True)
        LoadBatch.objects.filter(pk=batch.plan.pk).delete()

    def _cut(
        self, batch: Batch, plan: InsertPlan, piece: tuple[int, int], error: EventStoreError
    ) -> list[tuple[int, int]]:
        """Halve a piece that was refused, or give up its only line; the pieces to try instead of it."""
        places = places_to_store(batch, plan, piece)
        # The refused insert may have come to some partitions before it failed.
        keys = {(batch.lines[place].t, batch.lines[place].u) for place in places}
        seconds = (datetime.now(UTC) - batch.plan.planned_at).total_seconds()
        there = self._stored.stored_since(keys, seconds)
        already = [place for place in places if (batch.lines[place].t, batch.lines[place].u) in there]
        places = [place for place in places if place not in set(already)]
        halves: list[tuple[int, int]] = []
        if len(places) == 1:
            if isinstance(error, QueryMemory):
                raise error
            plan.refused.append(Refusal(places[0], REFUSED, error.message))
        elif places:
            middle = places[len(places) // 2]
            halves = [(piece[0], middle), (middle, piece[1])]
        plan.excluded.extend(already)
        where = plan.pieces.index(piece)
        plan.pieces[where : where + 1] = halves
        batch.plan.insert = plan.to_json()
        batch.plan.save(update_fields=["insert"])
        log.warning("the event store refused events", batch=batch.plan.pk, events=len(places), reason=error.message)
        return halves

    def _keep(self, file: Path) -> None:
        assert self._retention_dir
        self._retention_dir.mkdir(parents=True, exist_ok=True)
        if file.exists():
            os.utime(file)  # from now on it is kept
            file.rename(self._retention_dir / file.name)


def _events(lines: list[Line], excluded: list[int], refused: list[Refusal]) -> list[tuple[int, Line]]:
    """The events among the lines that are neither excluded nor refused, with their places."""
    left_out = {*excluded, *(refusal.line for refusal in refused)}
    return [(place, line) for place, line in enumerate(lines) if line.k != NOT_AN_EVENT and place not in left_out]


def _record_lines(lines: list[Line]) -> tuple[PersonAssignments, GroupAssignments]:
    persons, groups = record_persons(lines), record_groups(lines)
    record_event_names(lines)
    return persons, groups


def _unrecordable(events: list[tuple[int, Line]]) -> list[Refusal]:
    """Those of the events that the records do not take even alone, found by trying ever smaller parts."""
    try:
        with transaction.atomic():
            _record_lines([line for _, line in events])
            transaction.set_rollback(True)
    except _NO_FAULT_OF_DATA:
        raise
    except Exception as error:
        if len(events) == 1:
            return [Refusal(events[0][0], UNRECORDABLE, f"{type(error).__name__}: {error}")]
        middle = len(events) // 2
        return _unrecordable(events[:middle]) + _unrecordable(events[middle:])
    return []


def _against_schemas(
    lines: list[Line], excluded: list[int], refused: list[Refusal]
) -> tuple[list[Refusal], list[LineWarning]]:
    """The events that do not fit the schema of their name: those that are refused, and those only warned of."""
    rejected: list[Refusal] = []
    warnings: list[LineWarning] = []
    for violation in violations(_events(lines, excluded, refused)) if has_schemas() else ():
        if violation.is_rejected:
            rejected.append(Refusal(violation.place, SCHEMA_VIOLATED, violation.reason))
        else:
            details = line_details(lines[violation.place], violation.reason)
            warnings.append(LineWarning(violation.place, SCHEMA_VIOLATED, details))
    return rejected, warnings


def _lines_of_deleted_projects(lines: list[Line]) -> list[Refusal]:
    teams = {line.t for line in lines if line.k != NOT_AN_EVENT}
    gone = teams - set(Project.objects.filter(pk__in=teams).values_list("pk", flat=True))
    if not gone:
        return []
    return [
        Refusal(place, PROJECT_DELETED, "the project does not exist any more")
        for place, line in enumerate(lines)
        if line.k != NOT_AN_EVENT and line.t in gone
    ]
