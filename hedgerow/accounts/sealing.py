"""Small secrets among the records: sealed so that they can be read again, or hashed so that they can only be known."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

_PURPOSE = b"hedgerow accounts"


def seal(text: str) -> str:
    """The text encrypted with a key made of the server's secret."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """The text again; None when the server's secret is another one than when it was sealed."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def keyed_hash(*parts: str) -> str:
    """A hash that nobody can compute without the server's secret, so that short codes cannot be guessed from it."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hmac.new(_secret(), text, hashlib.sha256).hexdigest()


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_secret()))


def _secret() -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), _PURPOSE, hashlib.sha256).digest()
