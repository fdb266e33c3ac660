"""Domains are looked up in the DNS by themselves."""

from datetime import timedelta

from hedgerow.domains.verification import recheck_verified, verify_waiting
from hedgerow.work.jobs import Attempt, every, job


@every(timedelta(hours=1))
@job("domains.verify_waiting")
def verify_waiting_job(attempt: Attempt) -> None:
    """Verify the domains whose record has appeared."""
    verify_waiting()


@every(timedelta(days=1))
@job("domains.recheck_verified")
def recheck_verified_job(attempt: Attempt) -> None:
    """Tell in the log of verified domains whose record has gone."""
    recheck_verified()
