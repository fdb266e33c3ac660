"""What is done for accounts beside the requests."""

from datetime import timedelta

from hedgerow.accounts.device_flow import forget_over_codes
from hedgerow.accounts.remembered import forget_over_devices
from hedgerow.accounts.sessions import forget_ended_sessions
from hedgerow.work.jobs import Attempt, every, job


@every(timedelta(hours=6))
@job("tidy_accounts")
def tidy_accounts(attempt: Attempt) -> None:
    """Remove what is over: sessions, remembered devices, codes of programs."""
    forget_ended_sessions()
    forget_over_devices()
    forget_over_codes()
