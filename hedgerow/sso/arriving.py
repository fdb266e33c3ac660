"""What happens once a provider has said who has come: whose account that is, and whether they may come this way."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from hedgerow.accounts.history import note_account
from hedgerow.accounts.login import log_in
from hedgerow.activity.recording import change
from hedgerow.domains.ownership import enforced_provider
from hedgerow.domains.provisioning import JitNotEnabled, person_for, take_over
from hedgerow.organizations.models import User
from hedgerow.sso.models import ExternalIdentity
from hedgerow.sso.problems import LoginRefused

# Addresses in other scripts can look like, or be compared like, somebody else's.
_PLAIN_EMAIL = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,189}", re.ASCII)
_ENFORCED = {"google-oauth2": "google"}


@dataclass(frozen=True)
class VouchedPerson:
    """Who a provider says has come. `uid` never changes there; the e-mail address is known to be theirs."""

    provider: str
    uid: str
    email: str
    first_name: str
    last_name: str


def arrive(request: HttpRequest, person: VouchedPerson) -> User:
    """Log the person in, with the account they have had with this provider, that of their e-mail, or a new one.

    A second factor is the provider's business. Raises LoginRefused.
    """
    if not _PLAIN_EMAIL.fullmatch(person.email):
        raise LoginRefused("social_login_failure", "The e-mail address is not an ordinary one.")
    known = ExternalIdentity.objects.select_related("user").filter(provider=person.provider, uid=person.uid).first()
    _require_allowed(known.user.email if known else person.email, person.provider)
    try:
        user = _account(person, known)
    except JitNotEnabled as error:
        raise LoginRefused("jit_not_enabled" if error.domain else "no_account") from error
    if not user.is_active:
        raise LoginRefused("account_deactivated")
    log_in(request, user, method=person.provider)
    return user


def _require_allowed(email: str, provider: str) -> None:
    enforced = enforced_provider(email)
    if enforced is not None and enforced != provider:
        raise LoginRefused(f"{_ENFORCED.get(enforced, enforced)}_sso_enforced")


@transaction.atomic
def _account(person: VouchedPerson, known: ExternalIdentity | None) -> User:
    """The person's account, which the provider's identity belongs to from now on."""
    user = known.user if known else None
    if user is None or user.email.lower() == person.email.lower():  # who has another address now joins nothing by it
        user = person_for(
            person.email, first_name=person.first_name, last_name=person.last_name, provider=person.provider
        )
    if not user.is_active:
        return user
    if known is None and settings.HEDGEROW.allow_signup:
        take_over(user)  # anybody may have made an account for this address
    now = timezone.now()
    _, is_new = ExternalIdentity.objects.update_or_create(
        provider=person.provider,
        uid=person.uid,
        defaults={"last_login_at": now},
        create_defaults={"user": user, "last_login_at": now},
    )
    if is_new:
        note_account(user, "updated", [change("User", "external_identity", None, person.provider)])
    if not user.is_email_verified and user.email.lower() == person.email.lower():
        user.is_email_verified = True
        user.save(update_fields=["is_email_verified"])
    return user
