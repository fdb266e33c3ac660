"""Signing in: every way in ends in `log_in`.

With a password the order is: single sign-on that the e-mail's domain demands, too many failures, the password, whether
the e-mail has been verified, the second factor.
"""

import time
from typing import Any

from django.contrib.auth import SESSION_KEY, authenticate, login, logout
from django.http import HttpRequest
from rest_framework import status
from rest_framework.exceptions import APIException

from hedgerow.accounts.history import note_account
from hedgerow.accounts.remembered import is_remembered
from hedgerow.accounts.second_factor import has_second_factor, use_code
from hedgerow.accounts.sessions import LOGIN_METHOD
from hedgerow.accounts.verification import hold_until_verified, is_required, send_link_again
from hedgerow.activity.recording import change
from hedgerow.api.errors import SERVER_ERROR, PermissionDenied, ValidationError
from hedgerow.api.sessions import remember_login
from hedgerow.domains.ownership import enforced_provider
from hedgerow.organizations.lockout import TooManyFailedAttempts, count_failure, forget_failures, require_unlocked
from hedgerow.organizations.models import User

PASSWORD = "password"  # noqa: S105 - the name of a way to sign in
SIGNUP = "signup"
LINK = "link"
HALF_LOGIN_SECONDS = 600
"""How long a person who has given the password has to give the second factor."""
MOST_WRONG_CODES = 10
"""Wrong codes for an account, from wherever they come, until codes are refused for ten minutes."""

_HALF = "half_login"
_BACKEND = "hedgerow.organizations.login.EmailBackend"


class SecondFactorRequired(APIException):
    """The password was right; a code has to follow (401)."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_code = "2fa_required"
    default_detail = "2FA is required."
    error_type = SERVER_ERROR


def log_in(request: HttpRequest, user: User, *, method: str) -> None:
    """Start a session of the person, signed in by `method`: `password`, `signup`, `saml` or the name of a provider.

    Raises PermissionDenied for an account that has been deactivated.
    """
    if not user.is_active:
        raise PermissionDenied("This account has been deactivated.")
    if SESSION_KEY in request.session:
        logout(request)  # who signs in again gets a new session
    request.login_method = method  # type: ignore[attr-defined]
    login(request, user, backend=_BACKEND)
    request.session[LOGIN_METHOD] = method
    note_account(user, "logged_in", [change("User", "method", None, method)])


def log_in_by_password(request: HttpRequest, email: str, password: str) -> User:
    """Sign in with e-mail and password. Raises ValidationError, TooManyFailedAttempts or SecondFactorRequired."""
    require_password_allowed(email)
    address = request.META.get("REMOTE_ADDR", "")
    require_unlocked(email, address)
    user = authenticate(request, email=email, password=password)
    if not isinstance(user, User):
        count_failure(email, address)
        raise ValidationError("Invalid email or password.", code="invalid_credentials")
    require_password_allowed(user.email)  # PostgreSQL finds the account also by letters of other scripts
    forget_failures(email, address)
    if user.is_email_verified is False and is_required():
        send_link_again(str(user.uuid))
        raise ValidationError(
            "Your account is awaiting verification. Please check your email for a verification link.",
            code="not_verified",
        )
    require_second_factor(request, user)
    log_in(request, user, method=PASSWORD)
    return user


def confirm_password(request: HttpRequest, user: User, password: str) -> None:
    """Renew the login of who is signed in and knows the password. Raises ValidationError or TooManyFailedAttempts."""
    address = request.META.get("REMOTE_ADDR", "")
    require_unlocked(user.email, address)
    if not user.check_password(password):
        count_failure(user.email, address)
        raise ValidationError("Invalid email or password.", code="invalid_credentials")
    forget_failures(user.email, address)
    remember_login(request)


def let_in(request: HttpRequest, user: User) -> str:
    """Sign in a new person, or have them confirm their address first where that is asked for; the page to go on to.

    Whoever sets up the instance is not held up: mails may not work yet.
    """
    if is_required() and not user.is_staff:
        hold_until_verified(user)
        return f"/verify_email/{user.uuid}"
    log_in(request, user, method=SIGNUP)
    return "/"


def log_in_verified(request: HttpRequest, user: User) -> bool:
    """Sign in who has just confirmed their address by a link; whether they are signed in afterwards.

    Not where a link would be a way around single sign-on or the second factor.
    """
    if SESSION_KEY in request.session or enforced_provider(user.email) is not None or has_second_factor(user):
        return request.session.get(SESSION_KEY) == str(user.pk)
    log_in(request, user, method=LINK)
    return True


def require_password_allowed(email: str) -> None:
    """Raises ValidationError where the e-mail's domain demands single sign-on."""
    provider = enforced_provider(email)
    if provider is not None:
        raise ValidationError(f"You can only login with SSO for this account ({provider}).", code="sso_enforced")


def require_second_factor(request: HttpRequest, user: User) -> None:
    """Raises SecondFactorRequired, and remembers in the session whose code has to follow within ten minutes.

    Nothing happens for who has no second factor, or in a browser that the person had remembered.
    """
    if not has_second_factor(user) or is_remembered(request, user):
        return
    until = time.time() + HALF_LOGIN_SECONDS
    request.session[_HALF] = {"user": user.pk, "until": until, "proof": user.get_session_auth_hash()}
    raise SecondFactorRequired()


def who_owes_a_code(request: HttpRequest) -> User | None:
    """Who has given the password in this session and not yet a code; None when that was too long ago."""
    half: dict[str, Any] = request.session.get(_HALF) or {}
    if not half or half["until"] < time.time():
        return None
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    return user if user is not None and user.get_session_auth_hash() == half["proof"] else None


def log_in_by_code(request: HttpRequest, token: str) -> User:
    """Finish a login with a code of the app or a backup code. Raises ValidationError."""
    user = who_owes_a_code(request)
    if user is None:
        raise ValidationError("Login attempt has expired. Re-enter username/password.", code="2fa_expired")
    account = f"second factor of {user.pk}"
    try:
        require_unlocked(account, "", most=MOST_WRONG_CODES)
    except TooManyFailedAttempts as error:
        raise ValidationError("Too many attempts.", code="2fa_too_many_attempts") from error
    count_failure(account, "")  # before the code is looked at, so that many at once count as many
    if not use_code(user, token):
        raise ValidationError("Invalid authentication code", code="2fa_invalid")
    forget_failures(account, "")
    del request.session[_HALF]
    log_in(request, user, method=PASSWORD)
    return user
