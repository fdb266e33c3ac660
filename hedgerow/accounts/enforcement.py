"""Organizations that want a second factor of everybody: who has none may only set one up."""

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from hedgerow.accounts.second_factor import has_second_factor
from hedgerow.accounts.sessions import LOGIN_METHOD
from hedgerow.api import sessions
from hedgerow.api.errors import PermissionDenied
from hedgerow.organizations.models import User
from hedgerow.sso.providers import KNOWN


class SessionAuthentication(sessions.SessionAuthentication):
    """The person logged in by the session cookie.

    Whoever owes a second factor gets no further than the actions that a view names in `open_without_second_factor`
    (True: all). A view whose `needs_csrf_token` is False is one that no other site can call in the person's name.
    """

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The person. Raises PermissionDenied while a second factor has to be set up."""
        found = super().authenticate(request)
        if found is None or not owes_second_factor(request._request, found[0]):
            return found
        view = request.parser_context.get("view")
        is_open = getattr(view, "open_without_second_factor", ())
        if is_open is True or getattr(view, "action", None) in is_open:
            return found
        raise PermissionDenied("2FA setup required", code="two_factor_setup_required")

    def enforce_csrf(self, request: Request) -> None:
        """Raises PermissionDenied where the token is missing."""
        if getattr(request.parser_context.get("view"), "needs_csrf_token", True):
            super().enforce_csrf(request)


def owes_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether one of the person's organizations wants a second factor, and they have none.

    Who came in by single sign-on has shown what the identity provider wants.
    """
    if not user.memberships.filter(organization__enforce_2fa=True).exists():
        return False
    return request.session.get(LOGIN_METHOD) not in KNOWN and not has_second_factor(user)
