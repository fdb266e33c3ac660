"""Links to exported files that work without an account: whoever has the link has the file.

They carry a signed JSON Web Token, so that nothing has to be kept for them.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac
from jwt.utils import base64url_decode, base64url_encode

from hedgerow.exports.access import live_exports
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import filename

VALID_FOR = timedelta(days=365)
DELIVERY = "subscription_delivery"
"""The purpose of links that are sent by subscriptions."""
_ALGORITHM = "HS256"
_AUDIENCE = "posthog:exported_asset"
_LONGEST_ID = 18


def public_link(asset: ExportedAsset, *, valid_for: timedelta = VALID_FOR, purpose: str | None = None) -> str:
    """The address of the file for everybody who is given it."""
    token = signed_token(asset, valid_for=valid_for, purpose=purpose)
    return f"{settings.HEDGEROW.base_url}/exporter/{quote(filename(asset))}?token={token}"


def signed_token(asset: ExportedAsset, *, valid_for: timedelta = VALID_FOR, purpose: str | None = None) -> str:
    """What opens the file."""
    claims: dict[str, Any] = {"id": asset.pk, "aud": _AUDIENCE, "exp": datetime.now(UTC) + valid_for}
    if purpose is not None:
        claims["purpose"] = purpose
    return jwt.encode(claims, _key(), _ALGORITHM)


def linked_export(token: str) -> ExportedAsset | None:
    """The export that a token opens; None if it is none of ours, its time is over, or what it shows was deleted."""
    if not _is_canonical(token):
        return None
    try:
        claims = jwt.decode(token, _key(), [_ALGORITHM], audience=_AUDIENCE, options={"require": ["exp", "aud"]})
    except (jwt.InvalidTokenError, ValueError):
        return None
    given = claims.get("id")
    if not isinstance(given, int) or len(str(given)) > _LONGEST_ID:
        return None
    return live_exports().filter(pk=given).first()


def _is_canonical(token: str) -> bool:
    """Whether a token is written as we write it: its last character has bits that mean nothing."""
    signature = token.rpartition(".")[2]
    try:
        return base64url_encode(base64url_decode(signature)).decode() == signature
    except ValueError:
        return False


def _key() -> bytes:
    return salted_hmac("hedgerow.exports.links", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()
