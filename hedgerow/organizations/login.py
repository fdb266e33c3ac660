"""Logging in with e-mail and password."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from hedgerow.organizations.models import User


class EmailBackend(BaseBackend):
    """Knows people by e-mail, whatever its case, and password.

    An unknown e-mail takes as long as a known one, so that nobody learns who has an account.
    """

    def authenticate(
        self, request: HttpRequest | None, email: str | None = None, password: str | None = None, **others: Any
    ) -> User | None:
        """The active user with this e-mail and password, or None."""
        if email is None or password is None:
            return None
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            User().set_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The active user of a session."""
        return User.objects.filter(pk=user_id, is_active=True).first()
