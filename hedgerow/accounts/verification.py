"""Showing that an address is one's own: of new people where that is asked for, and before a changed address counts."""

from django.conf import settings
from django.db import transaction

from hedgerow.accounts.history import note_account
from hedgerow.accounts.mails import SEND_NOTICE, SEND_VERIFICATION
from hedgerow.accounts.tokens import verification_token
from hedgerow.activity.recording import change
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import is_uuid
from hedgerow.mail.sending import is_configured
from hedgerow.organizations.models import User
from hedgerow.organizations.signup import require_free_email
from hedgerow.work.jobs import enqueue


def is_required() -> bool:
    """Whether new people have to confirm their address before they get in; never where no mails can be sent."""
    return bool(settings.HEDGEROW.require_email_verification) and is_configured()


def hold_until_verified(user: User) -> None:
    """Let a new person in only after they have confirmed their address, for which they are sent a link."""
    user.is_email_verified = False
    user.save(update_fields=["is_email_verified"])
    enqueue(SEND_VERIFICATION, user_id=user.pk)


def change_email(user: User, email: str) -> None:
    """Change the address: at once where no mails can be sent, else once the person has confirmed the new one."""
    if email == user.email:
        return
    if not is_configured():
        _set_email(user, email, verified=False)
        return
    user.pending_email = email
    user.save(update_fields=["pending_email"])
    enqueue(SEND_VERIFICATION, user_id=user.pk)


def cancel_email_change(user: User) -> None:
    """Keep the address. Raises ValidationError when no change is under way."""
    if user.pending_email is None:
        raise ValidationError("No active email change requests found.", code="email_change_request_not_found")
    user.pending_email = None
    user.save(update_fields=["pending_email"])


def send_link_again(user_uuid: str) -> None:
    """Have the link sent once more, if there is somebody with something to confirm."""
    user = User.objects.filter(uuid=user_uuid, is_active=True).first() if is_uuid(user_uuid) else None
    if user is not None and is_configured():
        enqueue(SEND_VERIFICATION, unless_waiting=True, user_id=user.pk)


def verify_email(user_uuid: str, token: str) -> User:
    """Note that the person has confirmed their address, the new one if they want to change it.

    Raises ValidationError for a link that is too old, used or not one, or when somebody else has the address by now.
    """
    user = User.objects.filter(uuid=user_uuid, is_active=True).first() if is_uuid(user_uuid) else None
    if user is None or not verification_token.check_token(user, token):
        raise ValidationError("This verification token is invalid or has expired.", code="invalid_token", attr="token")
    if user.pending_email is None:
        user.is_email_verified = True
        user.save(update_fields=["is_email_verified"])
    else:
        before = user.email
        _set_email(user, user.pending_email, verified=True)
        text = f"The e-mail of your account is {user.email} now. Mails will not come to this address any more."
        enqueue(SEND_NOTICE, email=before, subject="Your e-mail has been changed", text=text)
    return user


def _set_email(user: User, email: str, *, verified: bool) -> None:
    if email.lower() != user.email.lower():
        require_free_email(email)
    with transaction.atomic():
        note_account(user, "updated", [change("User", "email", user.email, email)])
        user.email, user.pending_email = email, None
        user.is_email_verified = verified or None
        user.save(update_fields=["email", "pending_email", "is_email_verified"])
