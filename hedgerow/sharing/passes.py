"""Passes: what somebody who gave the right password of a share shows afterwards, for a day.

A pass is a signed JSON Web Token. It opens one share under one token, as long as the password it was given for is
active.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac

from hedgerow.sharing.models import SharePassword, SharingConfiguration

VALID_FOR = timedelta(hours=24)
_ALGORITHM = "HS256"
_AUDIENCE = "hedgerow:share"
_CLAIMS = ["exp", "aud", "share_password_id", "team_id", "access_token"]


def issue(configuration: SharingConfiguration, password: SharePassword) -> str:
    """A pass for who gave this password of the share."""
    claims = {
        "share_password_id": password.pk,
        "team_id": configuration.project_id,
        "access_token": configuration.access_token,
        "aud": _AUDIENCE,
        "exp": datetime.now(UTC) + VALID_FOR,
    }
    return jwt.encode(claims, _key(), _ALGORITHM)


def token_of(given: str) -> str | None:
    """The token of the share that a pass is for, if it is one that has not run out."""
    claims = _claims(given)
    return str(claims["access_token"]) if claims else None


def opens(given: str, configuration: SharingConfiguration) -> bool:
    """Whether a pass opens the share; once no password is asked for any more, no pass is good for anything."""
    claims = _claims(given)
    if claims is None or not configuration.password_required:
        return False
    if (claims["access_token"], claims["team_id"]) != (configuration.access_token, configuration.project_id):
        return False
    return configuration.passwords.filter(pk=claims["share_password_id"], is_active=True).exists()


def _claims(given: str) -> dict[str, Any] | None:
    try:
        claims: dict[str, Any] = jwt.decode(
            given, _key(), [_ALGORITHM], audience=_AUDIENCE, options={"require": _CLAIMS}
        )
    except (jwt.InvalidTokenError, ValueError):
        return None
    return claims


def _key() -> bytes:
    return salted_hmac("hedgerow.sharing.passes", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()
