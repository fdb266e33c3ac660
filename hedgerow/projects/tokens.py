"""The tokens of a project: the public one that SDKs put into events, and the secret one for evaluating flags."""

import secrets
import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
PROJECT_PREFIX = "phc_"
SECRET_PREFIX = "phs_"  # noqa: S105 - the prefix is public


def make_project_token() -> str:
    """A new public project token, `phc_` and 43 random letters and digits (256 bits)."""
    return PROJECT_PREFIX + _random(43)


def make_secret_token() -> str:
    """A new secret token, `phs_` and 47 random letters and digits (280 bits)."""
    return SECRET_PREFIX + _random(47)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
