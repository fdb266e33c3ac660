"""Slowing down people who guess passwords: after many failures an account is closed to an address for a while."""

from django.core.cache import cache

from hedgerow.api.errors import PermissionDenied

MOST_FAILURES = 30
LOCK_SECONDS = 600


class TooManyFailedAttempts(PermissionDenied):
    """Logging in is refused for ten minutes."""

    default_detail = "Too many failed login attempts. Please try again in 10 minutes."
    default_code = "too_many_failed_attempts"


def require_unlocked(email: str, address: str) -> None:
    """Raises TooManyFailedAttempts."""
    if cache.get(_key(email, address), 0) >= MOST_FAILURES:
        raise TooManyFailedAttempts()


def count_failure(email: str, address: str) -> None:
    """Remember a failed attempt for ten minutes."""
    key = _key(email, address)
    if not cache.add(key, 1, LOCK_SECONDS):
        try:
            cache.incr(key)
        except ValueError:  # forgotten in between
            cache.add(key, 1, LOCK_SECONDS)


def forget_failures(email: str, address: str) -> None:
    """Start anew after a success."""
    cache.delete(_key(email, address))


def _key(email: str, address: str) -> str:
    return f"failed-logins:{email.strip().lower().encode().hex()[:180]}:{address}"
