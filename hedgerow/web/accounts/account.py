"""The page about one's own account, and what can be changed there."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect

from hedgerow.accounts.history import note_account
from hedgerow.accounts.models import BackupCode
from hedgerow.accounts.passwords import tell_of_new_password
from hedgerow.accounts.second_factor import has_second_factor, switch_off
from hedgerow.accounts.sessions import end_session, end_sessions, keep_session_after_new_password, sessions_of
from hedgerow.accounts.verification import cancel_email_change, change_email
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import is_uuid
from hedgerow.domains.ownership import enforced_provider
from hedgerow.organizations.models import User
from hedgerow.sso.models import ExternalIdentity
from hedgerow.sso.providers import chosen
from hedgerow.web.accounts.agents import browser_name
from hedgerow.web.accounts.door import problem_of
from hedgerow.web.accounts.forms import ChangePasswordForm, ProfileForm
from hedgerow.web.accounts.own import account_page, own_page


@own_page
def page(request: HttpRequest, user: User) -> HttpResponse:
    """Who one is, how one signs in and where one has, and one's keys; a form that is sent is stored."""
    sent = request.POST if request.method == "POST" else None
    do = sent.get("do", "") if sent is not None else ""
    profile = ProfileForm(user, sent if do == "profile" else None)
    password = ChangePasswordForm(user, sent if do == "password" else None)
    if do == "profile" and profile.is_valid():
        return _save_profile(request, user, profile.cleaned_data)
    if do == "password" and password.is_valid():
        return _save_password(request, user, password.cleaned_data["password"])
    if sent is not None and do in _CHANGES:
        _CHANGES[do](request, user)
        return redirect("account")
    if sent is not None and do not in ("profile", "password"):
        return HttpResponseBadRequest("Nothing of this kind can be done here.")
    return account_page(request, user, "web/accounts/account.html", _context(request, user, profile, password))


def _context(request: HttpRequest, user: User, profile: ProfileForm, password: ChangePasswordForm) -> dict[str, Any]:
    labels = {"saml": "SAML", **{provider.name: provider.label for provider in chosen()}}
    return {
        "profile": profile,
        "password": password if enforced_provider(user.email) is None else None,
        "has_second_factor": has_second_factor(user),
        "codes_left": BackupCode.objects.filter(user=user).count(),
        "sessions": [
            {
                "id": session.pk,
                "browser": browser_name(session.user_agent),
                "address": session.address,
                "method": labels.get(session.method, ""),
                "began": session.created_at,
                "seen": session.last_seen_at,
                "is_current": session.session_key == request.session.session_key,
            }
            for session in sessions_of(user)
        ],
        "keys": user.personal_api_keys.order_by("-created_at", "-id"),
        "identities": [
            {"name": labels.get(each.provider, each.provider), "since": each.created_at, "last": each.last_login_at}
            for each in ExternalIdentity.objects.filter(user=user).order_by("provider", "pk")
        ],
    }


def _save_profile(request: HttpRequest, user: User, wanted: dict[str, str]) -> HttpResponse:
    user.first_name, user.last_name = wanted["first_name"], wanted["last_name"]
    user.save(update_fields=["first_name", "last_name"])
    change_email(user, wanted["email"])
    if user.pending_email:
        messages.success(request, f"Saved. A link to confirm {user.pending_email} is on its way.")
    else:
        messages.success(request, "Saved.")
    return redirect("account")


def _save_password(request: HttpRequest, user: User, password: str) -> HttpResponse:
    user.set_password(password)
    user.save(update_fields=["password"])
    keep_session_after_new_password(request, user)
    note_account(user, "password_changed")
    tell_of_new_password(user)
    messages.success(request, "The password is changed. You are signed out everywhere else.")
    return redirect("account")


def _keep_email(request: HttpRequest, user: User) -> None:
    try:
        cancel_email_change(user)
    except ValidationError as error:
        messages.error(request, problem_of(error))


def _end_one(request: HttpRequest, user: User) -> None:
    wanted = request.POST.get("session", "")
    session = sessions_of(user).filter(pk=wanted).first() if is_uuid(wanted) else None
    if session is not None:
        end_session(session)
        note_account(user, "session_ended")
        messages.success(request, "Signed out there.")


def _end_others(request: HttpRequest, user: User) -> None:
    end_sessions(user, but=request.session.session_key)
    note_account(user, "session_ended")
    messages.success(request, "You are signed out everywhere else.")


def _switch_off(request: HttpRequest, user: User) -> None:
    switch_off(user)
    messages.success(request, "The second factor is switched off.")


_CHANGES: dict[str, Callable[[HttpRequest, User], None]] = {
    "keep-email": _keep_email,
    "end-session": _end_one,
    "end-others": _end_others,
    "switch-off": _switch_off,
}
