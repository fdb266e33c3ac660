"""What opens a service to us: kept encrypted with a key made of the server's secret, and never told again."""

import base64
from typing import Any

import orjson
import structlog
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.crypto import salted_hmac

from hedgerow.integrations.models import Integration

log = structlog.get_logger(__name__)

_TOKEN = "access_token"  # noqa: S105 - a name


def encrypted(access_token: str) -> str:
    """What is stored as an integration's `secrets`."""
    return _box().encrypt(orjson.dumps({_TOKEN: access_token})).decode()


def bot_token(integration: Integration) -> str:
    """The token to call the service with; empty if there is none, or the server's secret has changed since."""
    if not integration.secrets:
        return ""
    try:
        known: dict[str, Any] = orjson.loads(_box().decrypt(integration.secrets.encode()))
    except InvalidToken:
        log.error("integration_not_decrypted", integration=integration.pk)
        return ""
    return str(known.get(_TOKEN, ""))


def _box() -> Fernet:
    key = salted_hmac("hedgerow.integrations.secrets", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
