"""The persons of static cohorts. The records hold the list; the event store has a copy that follows each change."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Final, TypeVar
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from hedgerow.cohorts.models import Cohort, ImportBatch, MemberChange, StaticMember
from hedgerow.eventstore.client import EventStore, EventStoreError, event_store
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.queries.context import project_context
from hedgerow.work.jobs import enqueue

log = structlog.get_logger(__name__)

BATCH: Final = 1_000
"""Persons added, and values looked up, together."""

_CHANGES_TOLD_TOGETHER = 50
_telling = threading.Lock()

T = TypeVar("T")


def add_persons(cohort: Cohort, uuids: Iterable[UUID]) -> int:
    """Put persons of the project on a static cohort's list; how many of them there are. `count` is right afterwards."""
    known = 0
    for chunk in batches(dict.fromkeys(uuids)):
        with transaction.atomic():
            known += _add(cohort, chunk)
            _recount(cohort)
    transaction.on_commit(tell_event_store_now)
    return known


def remove_person(cohort: Cohort, person: Person) -> bool:
    """Take a person off the list; whether they were on it."""
    with transaction.atomic():
        removed, _ = StaticMember.objects.filter(cohort=cohort, person=person).delete()
        if removed:
            _note(cohort.pk, [person.uuid], is_member=False)
            _recount(cohort)
    transaction.on_commit(tell_event_store_now)
    return bool(removed)


def drop_list(cohort: Cohort) -> None:
    """Empty the list of a cohort, which is static no more."""
    with transaction.atomic():
        members = StaticMember.objects.filter(cohort=cohort)
        for chunk in batches(members.values_list("person__uuid", flat=True)):
            _note(cohort.pk, chunk, is_member=False)
        members.delete()


def start_import(cohort: Cohort, column: str, values: Sequence[str]) -> None:
    """Have the persons that uploaded values name looked up and added in the background."""
    with transaction.atomic():
        rows = (ImportBatch(cohort=cohort, column=column, values=chunk) for chunk in batches(values))
        ImportBatch.objects.bulk_create(rows, batch_size=100)
        Cohort.objects.filter(pk=cohort.pk).update(
            is_calculating=True, last_import_total_count=len(values), last_import_unmatched_count=0
        )
        enqueue("cohorts.import", cohort_id=cohort.pk)
    cohort.refresh_from_db()


def import_values(cohort_id: int) -> None:
    """Add the persons of the batches that wait; each batch is gone with the transaction that added its persons."""
    cohort = Cohort.objects.select_related("project").get(pk=cohort_id)
    while batch := ImportBatch.objects.filter(cohort=cohort).order_by("pk").first():
        found, matched = _find(cohort, batch)
        with transaction.atomic():
            _add(cohort, found)
            Cohort.objects.filter(pk=cohort.pk).update(
                last_import_unmatched_count=F("last_import_unmatched_count") + len(batch.values) - matched
            )
            batch.delete()
    tell_event_store()  # before it is said to be done, as queries are to know the members then
    with transaction.atomic():
        _recount(cohort)
        Cohort.objects.filter(pk=cohort.pk).update(
            is_calculating=False, last_calculation=datetime.now(UTC), errors_calculating=0, last_error_message=None
        )


def follow_merges(targets: dict[int, int]) -> None:
    """Move the memberships of persons who were merged (by primary keys, source to target); in the caller's transaction.

    The sources must still be there.
    """
    for sources in batches(targets):
        members = list(StaticMember.objects.filter(person_id__in=sources).select_related("person"))
        if not members:
            continue
        survivors = dict(
            Person.objects.filter(pk__in={targets[each.person_id] for each in members}).values_list("pk", "uuid")
        )
        _remove(members)
        StaticMember.objects.bulk_create(
            [StaticMember(cohort_id=each.cohort_id, person_id=targets[each.person_id]) for each in members],
            ignore_conflicts=True,
        )
        for each in members:
            _note(each.cohort_id, [survivors[targets[each.person_id]]], is_member=True)
        _recount_all(members)


def forget_persons(person_pks: Collection[int]) -> None:
    """Take persons who are about to be deleted off all lists; in the caller's transaction."""
    for chunk in batches(person_pks):
        members = list(StaticMember.objects.filter(person_id__in=chunk).select_related("person"))
        _remove(members)
        _recount_all(members)


def tell_event_store_now() -> None:
    """Tell the event store of changes at once; if it cannot take them now, the job that waits does it later."""
    try:
        _tell(event_store())
    except EventStoreError as error:
        log.warning("members_not_told", reason=str(error))


def tell_event_store() -> None:
    """Bring the event store's copy of the lists up to date. Raises EventStoreError."""
    _tell(event_store())


def _tell(store: EventStore) -> None:
    """Changes are told in their order, one thread at a time; telling one twice changes nothing."""
    with _telling:
        while changes := list(MemberChange.objects.select_related("cohort").order_by("pk")[:_CHANGES_TOLD_TOGETHER]):
            for (cohort_id, is_member), run in groupby(changes, lambda each: (each.cohort_id, each.is_member)):
                same = list(run)
                persons = [uuid for each in same for uuid in each.person_uuids]
                _tell_run(store, same[0].cohort.project_id, cohort_id, persons, is_member=is_member)
            MemberChange.objects.filter(pk__in=[each.pk for each in changes]).delete()


def _tell_run(store: EventStore, team_id: int, cohort_id: int, persons: list[str], *, is_member: bool) -> None:
    parameters = {"team": team_id, "cohort": cohort_id, "persons": persons}
    listed = "team_id = {team:Int64} AND cohort_id = {cohort:Int64} AND version = 0"
    if is_member:
        store.command(
            "INSERT INTO cohort_people (team_id, cohort_id, version, person_id)"  # noqa: S608
            " SELECT {team:Int64}, {cohort:Int64}, 0, person FROM"
            " (SELECT DISTINCT arrayJoin({persons:Array(UUID)}) AS person)"
            f" WHERE person NOT IN (SELECT person_id FROM cohort_people WHERE {listed})",
            parameters,
        )
    else:
        store.command(
            f"DELETE FROM cohort_people WHERE {listed} AND person_id IN {{persons:Array(UUID)}}",  # noqa: S608
            parameters,
        )


def _add(cohort: Cohort, uuids: Collection[UUID]) -> int:
    """Add persons in the caller's transaction; how many of the uuids are persons of the project."""
    persons = dict(Person.objects.filter(project_id=cohort.project_id, uuid__in=uuids).values_list("pk", "uuid"))
    listed = set(StaticMember.objects.filter(cohort=cohort, person_id__in=persons).values_list("person_id", flat=True))
    new = [pk for pk in persons if pk not in listed]
    StaticMember.objects.bulk_create([StaticMember(cohort=cohort, person_id=pk) for pk in new], ignore_conflicts=True)
    if new:
        _note(cohort.pk, [persons[pk] for pk in new], is_member=True)
    return len(persons)


def _note(cohort_id: int, uuids: Sequence[UUID], *, is_member: bool) -> None:
    """Keep a change for the event store, and the job that tells it."""
    MemberChange.objects.create(cohort_id=cohort_id, person_uuids=[str(uuid) for uuid in uuids], is_member=is_member)
    enqueue("cohorts.tell_event_store", unless_waiting=True)


def _remove(members: Sequence[StaticMember]) -> None:
    StaticMember.objects.filter(pk__in=[each.pk for each in members]).delete()
    for cohort_id in sorted({each.cohort_id for each in members}):
        gone = [each.person.uuid for each in members if each.cohort_id == cohort_id]
        _note(cohort_id, gone, is_member=False)


def _recount_all(members: Sequence[StaticMember]) -> None:
    for cohort in Cohort.objects.filter(pk__in={each.cohort_id for each in members}):
        _recount(cohort)


def _recount(cohort: Cohort) -> None:
    cohort.count = StaticMember.objects.filter(cohort=cohort).count()
    Cohort.objects.filter(pk=cohort.pk).update(count=cohort.count)


def _find(cohort: Cohort, batch: ImportBatch) -> tuple[list[UUID], int]:
    """The persons that values name, and how many of the values name any."""
    if batch.column == ImportBatch.Column.EMAIL:
        return _find_emails(cohort, batch.values)
    if batch.column == ImportBatch.Column.DISTINCT_ID:
        rows = PersonDistinctId.objects.filter(project_id=cohort.project_id, distinct_id__in=set(batch.values))
        by_id = dict(rows.values_list("distinct_id", "person__uuid"))
        return list(by_id.values()), sum(value in by_id for value in batch.values)
    wanted = [_uuid(value) for value in batch.values]
    persons = Person.objects.filter(project_id=cohort.project_id, uuid__in={each for each in wanted if each})
    known = set(persons.values_list("uuid", flat=True))
    return list(known), sum(each in known for each in wanted)


def _find_emails(cohort: Cohort, emails: Sequence[str]) -> tuple[list[UUID], int]:
    """Whatever their case; several persons may have the same."""
    wanted = [email.lower() for email in emails]
    email = ast.Call("lower", [ast.Call("toString", [ast.Field(["properties", "email"])])])
    listed = ast.Tuple([ast.Constant(each) for each in sorted(set(wanted))])
    query = ast.SelectQuery(
        select=[ast.Field(["id"]), ast.Alias(email, "email")],
        select_from=ast.JoinExpr(ast.Field(["persons"])),
        where=ast.CompareOperation(email, listed, "in"),
    )
    compiled = compile_query(query, project_context(cohort.project))
    rows = event_store().query(compiled.sql, compiled.parameters, compiled.settings).rows
    found = {email for _, email in rows}
    return [uuid for uuid, _ in rows], sum(each in found for each in wanted)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def batches(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists of `BATCH`."""
    rest = iter(values)
    while chunk := list(islice(rest, BATCH)):
        yield chunk
