"""The kinds of durable work that cohorts need.

What they do is imported when it is done: this module is loaded with Django, also by commands that ask no queries.
"""

from datetime import timedelta

from hedgerow.work.jobs import Attempt, every, job

ATTEMPTS = 6
"""Calls of a calculation while the event store does not answer: for about half an hour."""


@job("cohorts.calculate", attempts=ATTEMPTS, at_once=2)
def calculate(attempt: Attempt, chain: list[list[int]]) -> None:
    """Calculate cohorts, given by id and version, in their order."""
    from hedgerow.cohorts.calculation import calculate_chain

    calculate_chain(attempt, chain)


@job("cohorts.fill", attempts=ATTEMPTS)
def fill(attempt: Attempt, cohort_id: int, version: int, source_id: int | None, taken_version: int | None) -> None:
    """Add to a static cohort what its definition, or another cohort, has."""
    from hedgerow.cohorts import filling

    filling.fill(attempt, cohort_id, version, source_id, taken_version)


@job("cohorts.import", attempts=ATTEMPTS)
def import_values(attempt: Attempt, cohort_id: int) -> None:
    """Add to a static cohort the persons whom an uploaded list names."""
    from hedgerow.cohorts import lists

    lists.import_values(cohort_id)


@job("cohorts.tell_event_store")
def tell_event_store(attempt: Attempt) -> None:
    """Bring the event store's copy of the lists up to date."""
    from hedgerow.cohorts import lists

    lists.tell_event_store()


@job("cohorts.forget_versions")
def forget_versions(attempt: Attempt, cohort_id: int) -> None:
    """Remove old versions of a cohort's members."""
    from hedgerow.cohorts import calculation

    calculation.forget_versions(cohort_id)


@every(timedelta(minutes=1))
@job("cohorts.calculate_due")
def calculate_due(attempt: Attempt) -> None:
    """Ask for the calculation of cohorts whose members are too old."""
    from hedgerow.cohorts import schedule

    schedule.calculate_due()


@every(timedelta(days=1))
@job("cohorts.purge_deleted")
def purge_deleted(attempt: Attempt) -> None:
    """Remove the members of cohorts that were deleted long ago."""
    from hedgerow.cohorts import schedule

    schedule.purge_deleted()
