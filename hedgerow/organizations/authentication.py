"""Callers known by a personal API key."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import OperationalError
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from hedgerow.api.asked import body_if_readable
from hedgerow.organizations.keys import hash_key
from hedgerow.organizations.models import PersonalAPIKey, User

if TYPE_CHECKING:
    from hedgerow.project_secret_keys.models import ProjectSecretAPIKey

HEADER = "Authorization header"
ACCESS_TOKEN_PREFIX = "pha_"  # noqa: S105 - what tokens of OAuth begin with, of which this server issues none
LAST_USED_PRECISION = timedelta(hours=1)
"""A key's `last_used_at` is written at most once in this time."""


@dataclass(frozen=True)
class UsedKey:
    """The key of a request, as scopes and rate limits see it."""

    id: str
    identity: str
    scopes: list[str]
    scoped_teams: list[int]
    scoped_organizations: list[str]

    @classmethod
    def of(cls, key: PersonalAPIKey) -> "UsedKey":
        """What a stored key tells about itself; no scopes at all are every scope."""
        return cls(
            id=key.id,
            identity=key.secure_value,
            scopes=key.scopes or ["*"],
            scoped_teams=key.scoped_teams or [],
            scoped_organizations=key.scoped_organizations or [],
        )


class PersonalAPIKeyAuthentication(BaseAuthentication):
    """A key in the `Authorization: Bearer` header, else in the body or the query as `personal_api_key`.

    Only the first one found is tried, and a wrong one is final: the session cookie is not looked at then.
    """

    def authenticate(self, request: Request) -> tuple[User, UsedKey] | None:
        """The key's user and the key; None when there is no key. Raises AuthenticationFailed."""
        found = _find_value(request)
        if found is None:
            return None
        value, place = found
        if value.startswith(ACCESS_TOKEN_PREFIX) and place == HEADER:
            raise AuthenticationFailed("Invalid access token.")
        digest = hash_key(value)
        key = PersonalAPIKey.objects.select_related("user").filter(secure_value=digest, user__is_active=True).first()
        if key is None:
            raise AuthenticationFailed(f"Personal API key found in request {place} is invalid.")
        note_use(key)
        return key.user, UsedKey.of(key)

    def authenticate_header(self, request: Request) -> str:
        """The challenge in answers to unknown callers."""
        return "Bearer"


def _find_value(request: Request) -> tuple[str, str] | None:
    """The key and the name of the place it was found in."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip(), HEADER
    body = body_if_readable(request)
    if isinstance(body, dict) and isinstance(body.get("personal_api_key"), str):
        return body["personal_api_key"], "body"
    if "personal_api_key" in request.query_params:
        return request.query_params["personal_api_key"], "query string"
    return None


def note_use(key: "PersonalAPIKey | ProjectSecretAPIKey") -> None:
    """Write down that the key is in use, unless that is known or the records are too busy: the next request does it."""
    now = timezone.now()
    if key.last_used_at is not None and key.last_used_at > now - LAST_USED_PRECISION:
        return
    with suppress(OperationalError):
        type(key).objects.filter(pk=key.pk).update(last_used_at=now)
