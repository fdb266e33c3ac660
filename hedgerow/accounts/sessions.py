"""Where people are signed in, and signing them out there."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from hedgerow.accounts.models import LoginSession, RememberedDevice
from hedgerow.organizations.models import User

LOGIN_METHOD = "login_method"
"""Where a session keeps by what method its person came in."""
LONGEST_AGENT = 300
LONGEST_ADDRESS = 64


def sessions_of(user: User) -> QuerySet[LoginSession]:
    """The sessions in which the person is signed in now, the one used last first."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return LoginSession.objects.filter(user=user, session_key__in=alive).order_by("-last_seen_at", "-id")


def end_sessions(user: User, *, but: str | None = None) -> int:
    """Sign the person out everywhere, except in the session with the key `but`; how many sessions that ended."""
    keys = set(LoginSession.objects.filter(user=user).values_list("session_key", flat=True)) - {but}
    return _end(keys)


def end_session(session: LoginSession) -> None:
    """Sign the person out in one place."""
    _end({session.session_key})


def keep_session_after_new_password(request: HttpRequest, user: User) -> None:
    """After a new password has been stored: this session goes on under a new key, and all others end.

    Remembered browsers are asked for the second factor again.
    """
    before = request.session.session_key
    update_session_auth_hash(request, user)
    LoginSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
    end_sessions(user, but=request.session.session_key)
    RememberedDevice.objects.filter(user=user).delete()


def note_session(sender: Any, request: HttpRequest, user: User, **signal: Any) -> None:
    """Remember a login; called by Django for each."""
    if request.session.session_key is None:
        request.session.create()
    LoginSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "method": getattr(request, "login_method", ""),
            "address": request.META.get("REMOTE_ADDR", "")[:LONGEST_ADDRESS],
            "user_agent": request.headers.get("User-Agent", "")[:LONGEST_AGENT],
        },
    )


def forget_session(sender: Any, request: HttpRequest, **signal: Any) -> None:
    """Forget a session that its person ends; called by Django at each logout."""
    LoginSession.objects.filter(session_key=request.session.session_key or "").delete()


def note_seen(session_key: str) -> None:
    """That the person has just used the session."""
    LoginSession.objects.filter(session_key=session_key).update(last_seen_at=timezone.now())


def forget_ended_sessions() -> None:
    """Remove what is over from the records: sessions that have expired, and what was noted of them."""
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    LoginSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _end(keys: set[str]) -> int:
    with transaction.atomic():
        ended, _ = Session.objects.filter(session_key__in=keys).delete()
        LoginSession.objects.filter(session_key__in=keys).delete()
    return ended
