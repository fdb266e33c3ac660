"""Filling a static cohort once: with what a query or criteria find, or with the members of another cohort."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from hedgerow.activity.recording import record_activity
from hedgerow.cohorts.calculation import fail, settle
from hedgerow.cohorts.definition import effective_filters, members_tree
from hedgerow.cohorts.failures import failure_of, is_transient
from hedgerow.cohorts.lists import add_persons, tell_event_store
from hedgerow.cohorts.members import remove_members, write_members
from hedgerow.cohorts.models import Calculation, Cohort
from hedgerow.eventstore.client import event_store
from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.organizations.models import User
from hedgerow.queries.context import project_context
from hedgerow.work.jobs import Attempt, enqueue


def request_filling(cohort: Cohort, source: Cohort | None = None, taken_version: int | None = None) -> None:
    """Have persons added to a cohort's list in the background.

    They are those whom its definition finds, the members of `source`, or its own from before it became static.
    """
    with transaction.atomic():
        cohort.pending_version = (cohort.pending_version or 0) + 1
        cohort.is_calculating = True
        cohort.save(update_fields=["pending_version", "is_calculating"])
        enqueue(
            "cohorts.fill",
            cohort_id=cohort.pk,
            version=cohort.pending_version,
            source_id=source.pk if source is not None else None,
            taken_version=taken_version,
        )


def static_copy(source: Cohort, by: User | None) -> Cohort:
    """A new static cohort with the present members of another one, which are copied in the background."""
    with transaction.atomic():
        copy = Cohort.objects.create(
            project=source.project,
            name=f"{source.name or ''} (static copy)".strip()[:400],
            is_static=True,
            cohort_type=Cohort.Type.STATIC,
            created_by=by,
            count=0,
        )
        request_filling(copy, source)
        record_activity(
            scope="Cohort", activity="created", item_id=copy.pk, user=by, project=copy.project, name=copy.name
        )
    copy.refresh_from_db()
    return copy


def fill(
    attempt: Attempt, cohort_id: int, version: int, source_id: int | None = None, taken_version: int | None = None
) -> None:
    """Add the persons. They are found under a version nobody reads, and then taken over."""
    cohort = Cohort.objects.select_related("project").filter(pk=cohort_id, is_static=True).first()
    if cohort is None:
        return
    history, _ = Calculation.objects.get_or_create(
        cohort=cohort, version=version, defaults={"filters": effective_filters(cohort)}
    )
    if history.finished_at is not None:
        return
    asked = []
    try:
        if taken_version is None:
            taken_version = -1 - version
            context = project_context(cohort.project)
            tree = _tree(cohort, source_id, context)
            asked.append(write_members(attempt, context, cohort.pk, taken_version, tree)[1])
        _take_over(cohort, taken_version)
        remove_members(cohort.project_id, cohort.pk, taken_version)
    except Exception as error:
        if attempt.stopping.is_set() or (is_transient(error) and not attempt.is_last):
            raise
        fail(cohort, history, failure_of(error))
    else:
        _finish(cohort, history, asked)
        tell_event_store()


def _tree(cohort: Cohort, source_id: int | None, context: ProjectContext) -> ast.Query:
    if source_id is None:
        return members_tree(cohort, context, datetime.now(UTC))
    source = Cohort.objects.select_related("project").get(pk=source_id)
    if not source.is_static and source.version is None:
        return members_tree(source, context, datetime.now(UTC))
    person = ast.Field(["id"])
    return ast.SelectQuery(
        select=[person],
        select_from=ast.JoinExpr(ast.Field(["persons"])),
        where=ast.CompareOperation(person, ast.Constant(source_id), "in cohort"),
    )


def _take_over(cohort: Cohort, version: int) -> None:
    with event_store().blocks(
        "SELECT person_id FROM cohort_people"
        " WHERE team_id = {team:Int64} AND cohort_id = {cohort:Int64} AND version = {version:Int64}",
        {"team": cohort.project_id, "cohort": cohort.pk, "version": version},
    ) as found:
        for block in found:
            add_persons(cohort, (row[0] for row in block))


def _finish(cohort: Cohort, history: Calculation, asked: list[dict[str, Any]]) -> None:
    now = datetime.now(UTC)
    with transaction.atomic():
        cohort.refresh_from_db(fields=["count"])
        Cohort.objects.filter(pk=cohort.pk).update(
            version=history.version,
            count=cohort.count or 0,
            last_calculation=now,
            errors_calculating=0,
            last_error_at=None,
            last_error_message=None,
        )
        settle(cohort, history.version)
        history.count, history.queries, history.finished_at = cohort.count or 0, asked or None, now
        history.save()
