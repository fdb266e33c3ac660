"""Personal API keys' values: how they are made, shown in part, and stored."""

import hashlib
import secrets
import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PERSONAL_PREFIX = "phx_"


def make_key() -> str:
    """A new personal API key: `phx_` and 47 random letters and digits (280 bits)."""
    return PERSONAL_PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(47))


def hash_key(value: str) -> str:
    """What is stored of a key. Fast on purpose: the key is long and random, so it cannot be guessed from the hash."""
    return "sha256$" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def mask_key(value: str) -> str:
    """What is shown of a key once it has been made: its first and last four characters."""
    return f"{value[:4]}...{value[-4:]}"
