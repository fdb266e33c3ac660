"""What makes a password good enough."""

from typing import Any

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

MIN_LENGTH = 8
MIN_SCORE = 3
LONGEST_JUDGED = 72


class PasswordStrength:
    """A password has at least 8 characters and is not easily guessed (score 3 of 4 of zxcvbn)."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with the code `password_too_short` or `password_too_weak`."""
        if len(password) < MIN_LENGTH:
            raise ValidationError(
                "This password is too short. It must contain at least 8 characters.", code="password_too_short"
            )
        judged = zxcvbn(password[:LONGEST_JUDGED])
        if judged["score"] < MIN_SCORE:
            suggestions = " ".join(judged["feedback"]["suggestions"])
            raise ValidationError(suggestions or "This password is too weak.", code="password_too_weak")

    def get_help_text(self) -> str:
        """The rule in words."""
        return "At least 8 characters that are not easily guessed."
