"""Callers known by their login."""

from rest_framework import authentication
from rest_framework.request import Request


class SessionAuthentication(authentication.SessionAuthentication):
    """The person logged in by the session cookie; what changes things needs the CSRF token as well."""

    def authenticate_header(self, request: Request) -> str:
        """The challenge that makes an answer to an unknown caller a 401."""
        return "Session"
