"""Noting when people were last seen."""

from collections.abc import Callable
from contextlib import suppress

from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from hedgerow.accounts.sessions import note_seen

PRECISION = 300
"""Seconds in which a session is noted once."""


class SeenSessions:
    """Notes that a session is in use, where a view has looked at it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        response = self.get_response(request)
        session = request.session
        key = session.session_key if session.accessed and SESSION_KEY in session else None
        if key is not None and cache.add(f"session_seen_{key}", True, PRECISION):
            with suppress(OperationalError):  # the records are busy: the next request does it
                note_seen(key)
        return response
