"""Old entries of the log of SCIM are removed by themselves."""

from datetime import timedelta

from hedgerow.scim.log import forget_old_requests
from hedgerow.work.jobs import Attempt, every, job


@every(timedelta(days=1))
@job("scim.forget_old_requests")
def forget(attempt: Attempt) -> None:
    """Remove the entries that are older than 30 days."""
    forget_old_requests()
