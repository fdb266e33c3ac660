"""What stands in the links of mails. Each works for a day (`PASSWORD_RESET_TIMEOUT`) and once: what it is made of
changes with what it does.
"""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class VerificationToken(PasswordResetTokenGenerator):
    """Proves that somebody reads the mails of an address; void once that, or the address, is settled."""

    key_salt = "hedgerow.accounts.tokens.VerificationToken"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{user.pk}{user.email}{user.pending_email}{user.is_email_verified}{user.is_active}{timestamp}"


reset_token = PasswordResetTokenGenerator()
"""Void with a new password, a new address or a login."""

verification_token = VerificationToken()
