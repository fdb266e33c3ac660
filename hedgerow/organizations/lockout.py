"""Slowing down people who guess passwords: after many failures an account is closed to an address for a while.

Failures are kept among the records, so that neither a restart nor guesses at other accounts make them forgotten.
"""

import hashlib
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from hedgerow.api.errors import PermissionDenied
from hedgerow.organizations.models import LoginFailures

MOST_FAILURES = 30
LOCKED_FOR = timedelta(minutes=10)
"""How long an account stays closed after the last failure, and how long failures are remembered at all."""


class TooManyFailedAttempts(PermissionDenied):
    """Logging in is refused for ten minutes."""

    default_detail = "Too many failed login attempts. Please try again in 10 minutes."
    default_code = "too_many_failed_attempts"


def require_unlocked(email: str, address: str, most: int | None = None) -> None:
    """Raises TooManyFailedAttempts after `most` failures, by default 30."""
    remembered = LoginFailures.objects.filter(
        last_at__gt=timezone.now() - LOCKED_FOR, count__gte=MOST_FAILURES if most is None else most
    )
    if remembered.filter(account=_account(email), address=address).exists():
        raise TooManyFailedAttempts()


def count_failure(email: str, address: str) -> None:
    """Remember a failed attempt."""
    now = timezone.now()
    LoginFailures.objects.filter(last_at__lte=now - LOCKED_FOR).delete()
    failures, is_first = LoginFailures.objects.get_or_create(
        account=_account(email), address=address, defaults={"count": 1, "last_at": now}
    )
    if not is_first:
        LoginFailures.objects.filter(pk=failures.pk).update(count=F("count") + 1, last_at=now)


def forget_failures(email: str, address: str) -> None:
    """Start anew after a success."""
    LoginFailures.objects.filter(account=_account(email), address=address).delete()


def _account(email: str) -> str:
    """What stands for an e-mail: people also type what is none of anybody's business into the field."""
    return hashlib.sha256(email.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()
