"""The first account, signing in and out, joining by an invite."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import APIException

from hedgerow.accounts.login import (
    SIGNUP,
    SecondFactorRequired,
    let_in,
    log_in,
    log_in_by_code,
    log_in_by_password,
    require_password_allowed,
    who_owes_a_code,
)
from hedgerow.accounts.remembered import remember_device
from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.mail.sending import is_configured as mail_is_configured
from hedgerow.organizations.lockout import TooManyFailedAttempts
from hedgerow.organizations.models import User
from hedgerow.organizations.signup import join, open_invite, sign_up, sign_up_by_invite
from hedgerow.web.accounts.forms import CodeForm, JoinForm, SetupForm, SignInForm
from hedgerow.web.accounts.ways import ways_to_sign_in
from hedgerow.web.rendering import render_page

WRONG = "There is no account with this e-mail and password."


@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """Make the first account; once there is one, this page only leads home."""
    if User.objects.exists():
        return redirect("home")
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted: dict[str, Any] = form.cleaned_data
        try:
            user = sign_up(
                wanted["email"],
                wanted["password"],
                first_name=wanted["email"].partition("@")[0],
                organization_name=wanted["organization"],
                project_name=wanted["project"],
            )
        except (PermissionDenied, ValidationError):  # somebody else has been faster
            return redirect("home")
        log_in(request, user, method=SIGNUP)
        assert user.project is not None, "signing up makes the first project"
        return redirect("connect", project_id=user.project.pk)
    return render_page(request, "web/setup.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in, and go on to where the person was going."""
    if not User.objects.exists():
        return redirect("setup")
    target = target_of(request)
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request.POST or None)
    if request.POST.get("email"):
        form.resume_at("password")
    if request.method == "POST" and form.is_valid():
        try:
            log_in_by_password(request, form.cleaned_data["email"], form.cleaned_data["password"])
        except SecondFactorRequired:
            return redirect(f"{reverse('login_code')}?{urlencode({'next': target})}")
        except (ValidationError, TooManyFailedAttempts) as error:
            form.add_error(None, problem_of(error, invalid_credentials=WRONG))
        else:
            return redirect(target)
    context = {"form": form, "next": target, "can_reset": mail_is_configured(), **ways_to_sign_in(request)}
    return render_page(request, "web/login.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask who has given the password for a code."""
    target = target_of(request)
    if who_owes_a_code(request) is None:
        return redirect(f"{reverse('login')}?{urlencode({'next': target})}")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = log_in_by_code(request, form.cleaned_data["token"])
        except ValidationError as error:
            form.add_error("token", problem_of(error, **{"2fa_invalid": "This code is not right."}))
        else:
            response = redirect(target)
            if form.cleaned_data["remember"]:
                remember_device(response, user)
            return response
    return render_page(request, "web/accounts/code.html", {"form": form, "next": target})


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out. A link on another site does nothing."""
    is_link_of_ours = request.method == "GET" and request.headers.get("Sec-Fetch-Site") != "cross-site"
    if request.method == "POST" or is_link_of_ours:
        logout(request)
    return redirect("login")


@require_http_methods(["GET", "HEAD", "POST"])
def accept_invite(request: HttpRequest, invite_id: str) -> HttpResponse:
    """Join an organization by an invite: as a new person, or as who is signed in."""
    signed_in = request.user if isinstance(request.user, User) else None
    sent = request.POST if request.method == "POST" else None
    form = forms.Form(sent) if signed_in else JoinForm(sent)
    try:
        invite = open_invite(invite_id)
        if request.method == "POST" and form.is_valid():
            if signed_in:
                join(signed_in, invite)
            else:
                require_password_allowed(invite.target_email)
                return redirect(let_in(request, sign_up_by_invite(invite, **form.cleaned_data)))
            return redirect("home")
    except ValidationError as error:
        return render_page(request, "web/invite_over.html", {"problem": problem_of(error)}, status=400)
    context = {"invite": invite, "organization": invite.organization, "form": form, "signed_in": signed_in}
    return render_page(request, "web/invite.html", context)


def target_of(request: HttpRequest) -> str:
    """The page to go on to, which the form or the address names; home where that would be another site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if is_ours else "/"


def problem_of(error: APIException, **told: str) -> str:
    """What a page says of an error: what `told` has for its code, else what the error says."""
    codes: Any = error.get_codes()
    detail: Any = error.detail
    while isinstance(detail, (dict, list)):
        first = next(iter(detail)) if isinstance(detail, dict) else 0
        detail, codes = detail[first], codes[first]
    return told.get(str(codes)) or str(detail)
