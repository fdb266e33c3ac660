"""Calculating a dynamic cohort: its members are written under a new version, which is then served in one step.

A reader sees the members of exactly one complete calculation. What fails leaves the members as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from hedgerow.cohorts.definition import NoCriteria, effective_filters, members_tree
from hedgerow.cohorts.failures import MESSAGES, Failure, failure_of, is_transient
from hedgerow.cohorts.members import LONGEST_SECONDS, remove_versions_before, write_members
from hedgerow.cohorts.models import Calculation, Cohort
from hedgerow.cohorts.references import calculation_order
from hedgerow.queries.context import project_context
from hedgerow.work.jobs import Attempt, enqueue

log = structlog.get_logger(__name__)

KEPT_AFTER_REPLACEMENT: Final = timedelta(seconds=LONGEST_SECONDS)
MOST_ERRORS: Final = 20
"""After more failures in a row a cohort is calculated only when it is saved."""

NO_CRITERIA: Final = "Cohort has no properties defined"


def request_calculation(cohort: Cohort) -> None:
    """Have a cohort calculated, and with it those it builds on and those that build on it, in their order.

    Static ones among them have nothing to calculate. `cohort` is brought up to date.
    """
    with transaction.atomic():
        order = calculation_order(cohort.project_id, cohort.pk)
        dynamic = Cohort.objects.filter(pk__in=order, is_static=False, deleted=False)
        dynamic.update(pending_version=Coalesce("pending_version", 0) + 1, is_calculating=True)
        versions = dict(dynamic.values_list("pk", "pending_version"))
        chain = [[each, versions[each]] for each in order if each in versions]
        if chain:
            enqueue("cohorts.calculate", chain=chain)
    cohort.refresh_from_db()


def calculate_chain(attempt: Attempt, chain: list[list[int]]) -> None:
    """Calculate cohorts, given by id and version, one after the other; what has been done already is skipped.

    Raises what may pass by itself (a store that does not answer), to be called again.
    """
    for cohort_id, version in chain:
        cohort = Cohort.objects.select_related("project").filter(pk=cohort_id).first()
        if cohort is not None:
            _calculate(attempt, cohort, version)


def _calculate(attempt: Attempt, cohort: Cohort, version: int) -> None:
    if cohort.is_static or cohort.deleted or (cohort.pending_version or 0) > version:
        settle(cohort, version)
        return
    if (cohort.version or 0) >= version:
        return
    history, _ = Calculation.objects.get_or_create(
        cohort=cohort, version=version, defaults={"filters": effective_filters(cohort)}
    )
    try:
        count, queries = _compute(attempt, cohort, version)
    except Exception as error:
        if attempt.stopping.is_set() or (is_transient(error) and not attempt.is_last):
            raise
        fail(cohort, history, failure_of(error))
    else:
        _serve(cohort, history, count, queries)


def _compute(attempt: Attempt, cohort: Cohort, version: int) -> tuple[int | None, list[dict[str, Any]]]:
    """Write the members of a version; how many they are (None: there are no criteria), and what was asked."""
    context = project_context(cohort.project)
    try:
        tree = members_tree(cohort, context, datetime.now(UTC))
    except NoCriteria:
        return None, []
    count, asked = write_members(attempt, context, cohort.pk, version, tree)
    return count, [asked]


def _serve(cohort: Cohort, history: Calculation, count: int | None, queries: list[dict[str, Any]]) -> None:
    """Make a complete version the one that is served, unless a newer one is already."""
    now = datetime.now(UTC)
    version = history.version
    with transaction.atomic():
        mine = Cohort.objects.filter(pk=cohort.pk)
        is_newer = Q(version=None) | Q(version__lt=version)
        mine.filter(is_newer).update(
            version=version,
            count=count or 0,
            last_calculation=now,
            errors_calculating=0,
            last_error_at=None,
            last_error_message=MESSAGES["no_properties"] if count is None else None,
        )
        settle(cohort, version)
        history.count = count or 0
        history.queries = queries or None
        if count is None:
            history.error, history.error_code = NO_CRITERIA, "no_properties"
        history.finished_at = now
        history.save()
        enqueue("cohorts.forget_versions", after=2 * KEPT_AFTER_REPLACEMENT, unless_waiting=True, cohort_id=cohort.pk)


def fail(cohort: Cohort, history: Calculation, failure: Failure) -> None:
    """Note that a calculation failed; the members stay."""
    log.warning("cohort_not_calculated", cohort=cohort.pk, code=failure.code, reason=failure.reason)
    now = datetime.now(UTC)
    with transaction.atomic():
        mine = Cohort.objects.filter(pk=cohort.pk)
        mine.update(errors_calculating=F("errors_calculating") + 1, last_error_at=now)
        errors = mine.values_list("errors_calculating", flat=True)[0]
        message = failure.message
        if errors > MOST_ERRORS:
            message = f"{message} The calculation is paused after {errors} failures; save to retry."
        mine.update(last_error_message=message)
        settle(cohort, history.version)
        history.error, history.error_code, history.finished_at = failure.reason or message, failure.code, now
        history.save()


def settle(cohort: Cohort, version: int) -> None:
    """The calculation of a version is over; the cohort rests unless a newer one is asked for."""
    Cohort.objects.filter(pk=cohort.pk, pending_version__lte=version).update(is_calculating=False)


def forget_versions(cohort_id: int) -> None:
    """Remove the members of versions that were replaced so long ago that no query still reads them."""
    before = datetime.now(UTC) - KEPT_AFTER_REPLACEMENT
    complete = Calculation.objects.filter(cohort_id=cohort_id, count__isnull=False, finished_at__lt=before)
    newest = complete.order_by("-version").values_list("cohort__project_id", "version").first()
    if newest is None:
        return
    remove_versions_before(newest[0], cohort_id, newest[1])
