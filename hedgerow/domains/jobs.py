"""Domains are looked up in the DNS by themselves. Each may take seconds, so the work ends early with the process."""

from datetime import timedelta

from hedgerow.domains.models import Domain
from hedgerow.domains.verification import recheck, verify, waiting_domains
from hedgerow.work.jobs import Attempt, every, job


@every(timedelta(hours=1))
@job("domains.verify_waiting")
def verify_waiting(attempt: Attempt) -> None:
    """Verify the domains whose record has appeared."""
    for domain in waiting_domains():
        if attempt.stopping.is_set():
            return
        verify(domain, by=None)


@every(timedelta(days=1))
@job("domains.recheck_verified")
def recheck_verified(attempt: Attempt) -> None:
    """Tell in the log of verified domains whose record has gone."""
    for domain in Domain.objects.exclude(verified_at=None):
        if attempt.stopping.is_set():
            return
        recheck(domain)
