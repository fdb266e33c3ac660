"""Callers known by their login."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rest_framework import authentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from hedgerow.api.errors import PermissionDenied
from hedgerow.api.scopes import Key

if TYPE_CHECKING:
    from rest_framework.views import APIView

RECENT_SECONDS = 7200
"""How long after logging in a person may change what is sensitive without logging in again."""
LOGGED_IN_AT = "logged_in_at"


class SessionAuthentication(authentication.SessionAuthentication):
    """The person logged in by the session cookie; what changes things needs the CSRF token as well."""

    def authenticate_header(self, request: Request) -> str:
        """The challenge that makes an answer to an unknown caller a 401."""
        return "Session"


class RecentLogin(BasePermission):
    """Lets a session change things only for two hours after the login; keys are not asked."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """True, or raises PermissionDenied."""
        if request.method in SAFE_METHODS or isinstance(request.auth, Key):
            return True
        until = login_is_recent_until(request)
        if until is None or until < datetime.now(UTC):
            raise PermissionDenied(
                "This action requires you to be recently authenticated.", code="sensitive_action_required_reauth"
            )
        return True


def login_is_recent_until(request: Any) -> datetime | None:
    """Until when the request's session counts as a recent login, or None without a session."""
    logged_in_at = request.session.get(LOGGED_IN_AT) if hasattr(request, "session") else None
    return None if logged_in_at is None else datetime.fromtimestamp(logged_in_at + RECENT_SECONDS, UTC)


def remember_login(request: Any, **signal: Any) -> None:
    """Note the time of a login in its session."""
    request.session[LOGGED_IN_AT] = int(time.time())
