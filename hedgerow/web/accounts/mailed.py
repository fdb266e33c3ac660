"""The pages behind the links of mails: choosing a new password, confirming an address.

To open one changes nothing, as programs that look at mails open their links; its button does.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from hedgerow.accounts.login import log_in_verified
from hedgerow.accounts.passwords import ask_for_reset, person_of_reset, reset_password
from hedgerow.accounts.throttling import mail_is_due
from hedgerow.accounts.verification import send_link_again, verify_email
from hedgerow.api.errors import ValidationError
from hedgerow.web.accounts.door import problem_of
from hedgerow.web.accounts.forms import EmailForm, NewPasswordForm
from hedgerow.web.rendering import render_page


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Have a link sent by which a new password is chosen."""
    form = EmailForm(request.POST or None)
    is_asked = False
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        try:
            if mail_is_due("reset", email):
                ask_for_reset(email)
            is_asked = True
        except ValidationError as error:
            form.add_error(None, problem_of(error))
    return _page(request, "web/accounts/forgotten.html", {"form": form, "is_asked": is_asked})


@require_http_methods(["GET", "HEAD", "POST"])
def new_password(request: HttpRequest, user_uuid: str, token: str) -> HttpResponse:
    """Choose a new password by a link."""
    form = NewPasswordForm(request.POST or None)
    try:
        person = person_of_reset(user_uuid, token)
        if request.method == "POST" and form.is_valid():
            reset_password(user_uuid, token, form.cleaned_data["password"])
            return redirect("login")
    except ValidationError as error:
        return _over(request, problem_of(error))
    return _page(request, "web/accounts/new_password.html", {"form": form, "person": person})


@require_http_methods(["GET", "HEAD", "POST"])
def awaiting(request: HttpRequest, user_uuid: str) -> HttpResponse:
    """Tell of the link that has been sent to a new person, and send it again."""
    is_sent = request.method == "POST"
    if is_sent and mail_is_due("verification", user_uuid):
        send_link_again(user_uuid)
    return _page(request, "web/accounts/awaiting.html", {"is_sent": is_sent})


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, user_uuid: str, token: str) -> HttpResponse:
    """Confirm an address by a link."""
    if request.method != "POST":
        return _page(request, "web/accounts/confirm.html", {})
    try:
        user = verify_email(user_uuid, token)
    except ValidationError as error:
        return _over(request, problem_of(error))
    return redirect("home" if log_in_verified(request, user) else "login")


def _over(request: HttpRequest, problem: str) -> HttpResponse:
    return _page(request, "web/accounts/link_over.html", {"problem": problem}, status=400)


def _page(request: HttpRequest, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    response = render_page(request, template, context, status=status)
    # The address of the page is a key, which other sites must not be told.
    response["Referrer-Policy"] = "no-referrer"
    return response
