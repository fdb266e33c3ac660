"""The second factor: an authenticator app (TOTP, RFC 6238), and backup codes for when it is not at hand."""

import hmac
import secrets
import time
from datetime import UTC, datetime
from typing import Any

import pyotp
from django.db import transaction
from django.http import HttpRequest

from hedgerow.accounts.history import note_account
from hedgerow.accounts.models import BackupCode, RememberedDevice, TwoFactor
from hedgerow.accounts.sealing import keyed_hash, seal, unseal
from hedgerow.api.errors import ValidationError
from hedgerow.organizations.models import User

ISSUER = "Hedgerow"
SETUP_SECONDS = 600
"""How long a secret can be confirmed after it has been shown."""
CODES = 5
"""Backup codes a person gets at once."""
STEPS_ASIDE = 1
"""Codes of so many 30-second steps before and after the present one are good, for clocks that differ."""

_SETUP = "two_factor_setup"
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is mistaken for something else
_CODE_LENGTH = 10


def has_second_factor(user: User) -> bool:
    """Whether the person is asked for a code after the password."""
    return TwoFactor.objects.filter(user=user).exists()


def start_setup(request: HttpRequest) -> str:
    """A new secret for the person's app, to be confirmed in this session within ten minutes."""
    secret = pyotp.random_base32()
    request.session[_SETUP] = {"secret": seal(secret), "until": time.time() + SETUP_SECONDS}
    return secret


def pending_secret(request: HttpRequest) -> str | None:
    """The secret that waits to be confirmed in this session."""
    setup: dict[str, Any] = request.session.get(_SETUP) or {}
    return unseal(setup["secret"]) if setup and setup["until"] >= time.time() else None


def confirm_setup(request: HttpRequest, user: User, token: str) -> None:
    """Ask for the second factor from now on, when `token` shows that the app has the secret. Raises ValidationError."""
    secret = pending_secret(request)
    if secret is None:
        raise ValidationError("The setup has expired. Please start again.", code="setup_expired")
    step = _matching_step(secret, token)
    if step is None:
        raise ValidationError("Invalid authentication code", code="token_invalid", attr="token")
    with transaction.atomic():
        TwoFactor.objects.filter(user=user).delete()
        TwoFactor.objects.create(user=user, secret=seal(secret), last_used_step=step)
        RememberedDevice.objects.filter(user=user).delete()
        note_account(user, "two_factor_enabled")
    del request.session[_SETUP]


def setup_address(user: User, secret: str) -> str:
    """The `otpauth:` address that authenticator apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)


def switch_off(user: User) -> None:
    """Ask for no second factor any more; backup codes and remembered devices go with it."""
    with transaction.atomic():
        removed, _ = TwoFactor.objects.filter(user=user).delete()
        BackupCode.objects.filter(user=user).delete()
        RememberedDevice.objects.filter(user=user).delete()
        if removed:
            note_account(user, "two_factor_disabled")


def fresh_backup_codes(user: User) -> list[str]:
    """Five new codes, told this once; older ones stop working. Raises ValidationError without an app."""
    if not has_second_factor(user):
        raise ValidationError("2FA must be enabled first", code="2fa_not_enabled")
    codes = [_new_code() for _ in range(CODES)]
    with transaction.atomic():
        BackupCode.objects.filter(user=user).delete()
        BackupCode.objects.bulk_create(BackupCode(user=user, code_hash=_code_hash(user, code)) for code in codes)
        note_account(user, "backup_codes_made")
    return codes


def use_code(user: User, token: str) -> bool:
    """Whether `token` is good: a code of the app that has not been used, or a backup code, which is used up by this."""
    factor = TwoFactor.objects.filter(user=user).first()
    if factor is None:
        return False
    secret = unseal(factor.secret)
    step = _matching_step(secret, token) if secret else None
    if step is not None:
        # In one statement, so that of two logins at the same moment one gets in.
        return TwoFactor.objects.filter(pk=factor.pk, last_used_step__lt=step).update(last_used_step=step) == 1
    used, _ = BackupCode.objects.filter(user=user, code_hash=_code_hash(user, token)).delete()
    if used:
        note_account(user, "backup_code_used")
    return used > 0


def _matching_step(secret: str, token: str) -> int | None:
    """The newest step whose code this is."""
    totp, given = pyotp.TOTP(secret), "".join(token.split())
    now = totp.timecode(datetime.now(UTC))
    for step in range(now + STEPS_ASIDE, now - STEPS_ASIDE - 1, -1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), given.encode("utf-8", "surrogatepass")):
            return step
    return None


def _new_code() -> str:
    """Ten letters and digits (49 bits), in two halves that are easy to copy."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def _code_hash(user: User, code: str) -> str:
    return keyed_hash("backup code", str(user.pk), "".join(code.lower().replace("-", "").split()))
