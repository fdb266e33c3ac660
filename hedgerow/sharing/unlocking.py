"""Passwords of shares as visitors try them: ten wrong ones from an address, then a pause.

Tries are kept among the records, so that all processes count the same.
"""

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password
from django.utils import timezone
from rest_framework.exceptions import Throttled

from hedgerow.activity.recording import change, record_activity
from hedgerow.sharing import passes
from hedgerow.sharing.models import FailedTry, SharePassword
from hedgerow.sharing.opening import Share

MOST_TRIES = 10
COUNTED_FOR = timedelta(minutes=10)
"""How many wrong passwords from one address, and for how long each counts."""

_LONGEST_PASSWORD = 1_000


class WrongPasswordError(Exception):
    """No active password of the share is the one given."""


def unlock(share: Share, given: Any, address: str) -> str:
    """The pass for who gave a right password.

    Raises WrongPasswordError, and Throttled after too many wrong tries from the address.
    """
    attempt = _count(share, address)
    password = _matching(share, given)
    _note(share, address, password)
    if password is None:
        raise WrongPasswordError
    _tries(share, address).filter(pk__lte=attempt.pk).delete()
    return passes.issue(share.configuration, password)


def _count(share: Share, address: str) -> FailedTry:
    """A try counts as failed from its beginning, so that many at the same time are not more than one after another."""
    now = timezone.now()
    FailedTry.objects.filter(tried_at__lte=now - COUNTED_FOR).delete()
    attempt = FailedTry.objects.create(configuration=share.configuration, address=address[:64], tried_at=now)
    earlier = list(_tries(share, address).filter(pk__lt=attempt.pk).order_by("-pk")[:MOST_TRIES])
    if len(earlier) == MOST_TRIES:
        attempt.delete()
        raise Throttled(wait=(earlier[-1].tried_at + COUNTED_FOR - now).total_seconds())
    return attempt


def _tries(share: Share, address: str) -> Any:
    return FailedTry.objects.filter(configuration=share.configuration, address=address[:64])


def _matching(share: Share, given: Any) -> SharePassword | None:
    if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_PASSWORD:
        return None
    try:
        given.encode()
    except UnicodeEncodeError:  # half a character, which JSON can write
        return None
    active = share.configuration.passwords.filter(is_active=True).order_by("pk")
    return next((each for each in active if check_password(given, each.password_hash)), None)


def _note(share: Share, address: str, password: SharePassword | None) -> None:
    shared = share.shared
    attempt = {
        "access_token_suffix": share.configuration.access_token[-6:],
        "client_ip": address,
        "success": password is not None,
        "resource_type": shared.kind,
    }
    if password is not None:
        attempt |= {"password_id": password.pk, "password_note": password.note}
    record_activity(
        scope=shared.scope,
        activity="share_login_success" if password is not None else "share_login_failed",
        item_id=shared.item_id,
        user=None,
        project=shared.project,
        name=shared.name,
        short_id=shared.short_id,
        item_type=shared.kind,
        changes=[change(shared.scope, "authentication_attempt", None, attempt)],
    )
