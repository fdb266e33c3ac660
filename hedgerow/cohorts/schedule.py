"""Regular calculation: each minute some of the cohorts that waited for longest; and a look after stuck ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q

from hedgerow.cohorts.calculation import MOST_ERRORS, fail, request_calculation
from hedgerow.cohorts.definition import has_criteria
from hedgerow.cohorts.failures import Failure
from hedgerow.cohorts.filling import request_filling
from hedgerow.cohorts.members import remove_all_members
from hedgerow.cohorts.models import Calculation, Cohort, ImportBatch, StaticMember
from hedgerow.work.jobs import enqueue
from hedgerow.work.models import Job

CALCULATED_EVERY: Final = timedelta(minutes=15)
FIRST_PAUSE: Final = timedelta(minutes=30)
"""Times two to the power of the failures in a row is the pause after a failure."""

STUCK_AFTER: Final = timedelta(hours=1)
STUCK_AT_ONCE: Final = 3

KEPT_AFTER_DELETION: Final = timedelta(days=30)
"""For so long a deleted cohort can be restored with its list."""

_JOBS = ("cohorts.calculate", "cohorts.fill", "cohorts.import")


def calculate_due() -> None:
    """Ask for the calculation of those cohorts that are due, never calculated ones first."""
    now = datetime.now(UTC)
    free_stuck(now)
    for cohort in due(now)[: settings.HEDGEROW.cohorts_per_minute]:
        # One that an earlier one builds on, or that builds on it, has been asked for with that one.
        cohort.refresh_from_db()
        if not cohort.is_calculating:
            request_calculation(cohort)


def due(now: datetime) -> list[Cohort]:
    """The dynamic cohorts whose members are too old and that did not fail a short time ago, the oldest first."""
    is_old = Q(last_calculation=None) | Q(last_calculation__lt=now - CALCULATED_EVERY)
    waiting = Cohort.objects.filter(
        is_old, is_static=False, deleted=False, is_calculating=False, errors_calculating__lte=MOST_ERRORS
    )
    # A cohort that a query or criteria can no longer be calculated for is tried ever more seldom.
    has_failed = waiting.exclude(last_error_at=None)
    resting = {cohort.pk for cohort in has_failed if not _is_over(cohort, now)}
    in_order = waiting.order_by(F("last_calculation").asc(nulls_first=True), "pk")
    return [cohort for cohort in in_order if cohort.pk not in resting]


def free_stuck(now: datetime) -> None:
    """End calculations that nobody is at: what was given up counts as interrupted."""
    at_work = Job.objects.filter(kind__in=_JOBS, failed_at=None).exists()
    if at_work:
        return
    begun = Calculation.objects.filter(cohort=OuterRef("pk"), started_at__gte=now - STUCK_AFTER)
    stuck = Cohort.objects.filter(~Exists(begun), is_calculating=True, deleted=False)
    for cohort in stuck.order_by("pk")[:STUCK_AT_ONCE]:
        if ImportBatch.objects.filter(cohort=cohort).exists():
            enqueue("cohorts.import", unless_waiting=True, cohort_id=cohort.pk)
            continue
        history, _ = Calculation.objects.get_or_create(cohort=cohort, version=cohort.pending_version or 0)
        fail(cohort, history, Failure("interrupted", ""))
        if cohort.is_static and (cohort.query is not None or has_criteria(cohort.filters)):
            request_filling(cohort)


def purge_deleted() -> None:
    """Remove the members of cohorts that were deleted long ago."""
    long_ago = datetime.now(UTC) - KEPT_AFTER_DELETION
    for cohort in Cohort.objects.filter(deleted=True, deleted_at__lt=long_ago, count__isnull=False):
        remove_all_members(cohort.project_id, cohort.pk)
        StaticMember.objects.filter(cohort=cohort).delete()
        Cohort.objects.filter(pk=cohort.pk).update(count=None, version=None)


def _is_over(cohort: Cohort, now: datetime) -> bool:
    assert cohort.last_error_at is not None
    return bool(now - cohort.last_error_at > FIRST_PAUSE * 2**cohort.errors_calculating)
