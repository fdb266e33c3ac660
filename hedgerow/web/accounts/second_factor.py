"""Setting up the second factor, new backup codes, and showing once more who one is."""

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from hedgerow.accounts.login import confirm_password
from hedgerow.accounts.second_factor import (
    confirm_setup,
    fresh_backup_codes,
    has_second_factor,
    pending_secret,
    setup_address,
    start_setup,
)
from hedgerow.accounts.sessions import LOGIN_METHOD
from hedgerow.api.errors import ValidationError
from hedgerow.organizations.lockout import TooManyFailedAttempts
from hedgerow.organizations.models import User
from hedgerow.sso.providers import KNOWN
from hedgerow.web.accounts.door import problem_of, target_of
from hedgerow.web.accounts.forms import ConfirmPasswordForm, SetupCodeForm
from hedgerow.web.accounts.own import account_page, own_page
from hedgerow.web.rendering import ask_to_sign_in

PIXELS = 5
"""Width of a dot of the QR code."""


@own_page
def setup(request: HttpRequest, user: User) -> HttpResponse:
    """Show a secret to be read by an authenticator app, and take a code of it; then show backup codes, once."""
    form = SetupCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            confirm_setup(request, user, form.cleaned_data["token"])
        except ValidationError as error:
            wrong = "This code is not right. Does your device have the right time?"
            form.add_error("token", problem_of(error, token_invalid=wrong))
        else:
            return _codes(request, user)
    secret = pending_secret(request) or start_setup(request)
    address = setup_address(user, secret)
    context = {
        "form": form,
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "picture": segno.make(address, error="m").svg_data_uri(scale=PIXELS, border=2, light="#fff"),
        "replaces": has_second_factor(user),
        "is_demanded": user.memberships.filter(organization__enforce_2fa=True).exists(),
    }
    return account_page(request, user, "web/accounts/second_factor.html", context)


@own_page
def backup_codes(request: HttpRequest, user: User) -> HttpResponse:
    """New backup codes in place of the old ones."""
    if request.method != "POST" or not has_second_factor(user):
        return redirect("account")
    return _codes(request, user)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Show once more who one is, before something that matters is changed."""
    user, target = request.user, target_of(request)
    if not isinstance(user, User):
        return ask_to_sign_in(request)
    is_by_password = request.session.get(LOGIN_METHOD) not in KNOWN and user.has_usable_password()
    form = ConfirmPasswordForm(request.POST or None)
    if request.method == "POST" and is_by_password and form.is_valid():
        try:
            confirm_password(request, user, form.cleaned_data["password"])
        except (ValidationError, TooManyFailedAttempts) as error:
            form.add_error("password", problem_of(error, invalid_credentials="This is not your password."))
        else:
            messages.success(request, "Thank you. Please do it once more.")
            return redirect(target)
    context = {"form": form, "next": target, "is_by_password": is_by_password}
    return account_page(request, user, "web/accounts/confirm_password.html", context)


def _codes(request: HttpRequest, user: User) -> HttpResponse:
    return account_page(request, user, "web/accounts/backup_codes.html", {"codes": fresh_backup_codes(user)})
