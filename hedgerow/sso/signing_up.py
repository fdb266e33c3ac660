"""Signing up by a provider: somebody without an account comes, says what their organization is called, and owns it."""

import time
from dataclasses import asdict
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from hedgerow.accounts.login import log_in
from hedgerow.api.errors import ValidationError
from hedgerow.organizations.models import User
from hedgerow.organizations.signup import sign_up
from hedgerow.sso.arriving import VouchedPerson
from hedgerow.sso.models import ExternalIdentity

NEWCOMER_SECONDS: Final = 600
"""How long somebody may think about the name of their organization."""

_NEWCOMER = "sso_newcomer"


def keep_newcomer(request: HttpRequest, person: VouchedPerson) -> None:
    """Remember in this browser's session who has come."""
    request.session[_NEWCOMER] = {"person": asdict(person), "until": time.time() + NEWCOMER_SECONDS}


def newcomer_of(request: HttpRequest) -> VouchedPerson | None:
    """Who has come from a provider in this browser lately and has no account."""
    kept: dict[str, Any] = request.session.get(_NEWCOMER) or {"until": 0}
    return VouchedPerson(**kept["person"]) if kept["until"] >= time.time() else None


def sign_up_newcomer(request: HttpRequest, organization_name: str, first_name: str = "") -> User:
    """Make the newcomer's account and organization, and log them in.

    Raises ValidationError when nobody has come or the address has an account by now, PermissionDenied when sign-up is
    closed.
    """
    person = newcomer_of(request)
    if person is None:
        raise ValidationError("Log in by a provider first; that was too long ago, or in another browser.")
    with transaction.atomic():
        user = sign_up(
            person.email,
            None,
            first_name=first_name or person.first_name or person.email.partition("@")[0],
            last_name=person.last_name,
            organization_name=organization_name,
        )
        user.is_email_verified = True
        user.save(update_fields=["is_email_verified"])
        ExternalIdentity.objects.create(
            user=user, provider=person.provider, uid=person.uid, last_login_at=timezone.now()
        )
    del request.session[_NEWCOMER]
    log_in(request, user, method=person.provider)
    return user
