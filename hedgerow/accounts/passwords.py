"""A new password for who has forgotten theirs, by a link in a mail."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError

from hedgerow.accounts.history import note_account
from hedgerow.accounts.mails import SEND_NOTICE, SEND_RESET
from hedgerow.accounts.models import RememberedDevice
from hedgerow.accounts.sessions import end_sessions
from hedgerow.accounts.tokens import reset_token
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import is_uuid
from hedgerow.domains.ownership import enforced_provider
from hedgerow.mail.sending import is_configured
from hedgerow.organizations.models import User
from hedgerow.work.jobs import enqueue


def ask_for_reset(email: str) -> None:
    """Have a link sent to the address, if it has an account; the caller does not learn whether it has.

    Raises ValidationError where no mails can be sent, or the e-mail's domain demands single sign-on.
    """
    if not is_configured():
        raise ValidationError(
            "Cannot reset passwords because email is not configured for your instance. "
            "Please contact your administrator.",
            code="email_not_available",
        )
    _require_password_allowed(email)
    enqueue(SEND_RESET, email=email)


def person_of_reset(user_uuid: str, token: str) -> User:
    """Whose password the link is for. Raises ValidationError when it is too old, has been used or never was one."""
    user = User.objects.filter(uuid=user_uuid, is_active=True).first() if is_uuid(user_uuid) else None
    if user is None or not reset_token.check_token(user, token):
        raise ValidationError("This reset token is invalid or has expired.", code="invalid_token", attr="token")
    return user


def reset_password(user_uuid: str, token: str, password: str) -> User:
    """Store the new password and end every session. Raises ValidationError for a bad link or a weak password."""
    user = person_of_reset(user_uuid, token)
    _require_password_allowed(user.email)
    try:
        validate_password(password, user)
    except DjangoValidationError as error:
        first = error.error_list[0]
        raise ValidationError(str(first.message), code=first.code or "invalid_input", attr="password") from error
    user.set_password(password)
    user.is_email_verified = True  # they read its mails
    user.save(update_fields=["password", "is_email_verified"])
    end_sessions(user)
    RememberedDevice.objects.filter(user=user).delete()
    note_account(user, "password_reset")
    tell_of_new_password(user)
    return user


def tell_of_new_password(user: User) -> None:
    """Write to the person that their password is another one now."""
    if is_configured():
        text = "The password of your account has been changed, and all other browsers have been signed out."
        enqueue(SEND_NOTICE, email=user.email, subject="Your password has been changed", text=text)


def _require_password_allowed(email: str) -> None:
    if enforced_provider(email) is not None:
        raise ValidationError(
            "Password reset is disabled because SSO login is enforced for this domain.", code="sso_enforced"
        )
