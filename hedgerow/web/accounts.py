"""The first account, signing in and out, joining by an invite."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.organizations.lockout import TooManyFailedAttempts, count_failure, forget_failures, require_unlocked
from hedgerow.organizations.models import User
from hedgerow.organizations.signup import join, open_invite, sign_up, sign_up_by_invite
from hedgerow.web.rendering import render_page

LONGEST_EMAIL = 254
LONGEST_PASSWORD = 128


def _new_password() -> forms.CharField:
    return forms.CharField(
        label="Password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text="At least 8 characters that are not easily guessed.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _strong(password: str) -> str:
    validate_password(password)
    return password


class SetupForm(forms.Form):
    """The first person, organization and project."""

    email = forms.EmailField(
        label="Your e-mail",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = _new_password()
    organization = forms.CharField(
        label="Organization",
        max_length=64,
        help_text="Your company, team or club.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    project = forms.CharField(
        label="First project", max_length=200, initial="My product", help_text="One product or website."
    )

    def clean_password(self) -> str:
        """A password that is strong enough."""
        return _strong(self.cleaned_data["password"])


class SignInForm(forms.Form):
    """E-mail and password."""

    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def resume_at(self, name: str) -> None:
        """Have the browser put the cursor into this field."""
        for key, field in self.fields.items():
            field.widget.attrs["autofocus"] = key == name


class JoinForm(forms.Form):
    """Who joins by an invite as a new person."""

    first_name = forms.CharField(
        label="Your name",
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "given-name", "autofocus": True}),
    )
    password = _new_password()

    def clean_password(self) -> str:
        """A password that is strong enough."""
        return _strong(self.cleaned_data["password"])


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
        login(request, user)
        assert user.project is not None, "signing up makes the first project"
        return redirect("connect", project_id=user.project.pk)
    return render_page(request, "web/setup.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in, and go on to where the person was going."""
    if not User.objects.exists():
        return redirect("setup")
    target = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    if request.user.is_authenticated:
        return redirect(target)
    form = SignInForm(request.POST or None)
    if request.POST.get("email"):
        form.resume_at("password")
    if request.method == "POST" and form.is_valid():
        user = _person(request, form)
        if user is not None:
            login(request, user)
            return redirect(target)
    return render_page(request, "web/login.html", {"form": form, "next": target})


def _person(request: HttpRequest, form: SignInForm) -> User | None:
    """Who the form's e-mail and password belong to; without anybody, the form says what is wrong."""
    email, address = form.cleaned_data["email"], request.META.get("REMOTE_ADDR", "")
    try:
        require_unlocked(email, address)
    except TooManyFailedAttempts as error:
        form.add_error(None, str(error.detail))
        return None
    user = authenticate(request, email=email, password=form.cleaned_data["password"])
    if not isinstance(user, User):
        count_failure(email, address)
        form.add_error(None, "There is no account with this e-mail and password.")
        return None
    forget_failures(email, address)
    return user


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
                login(request, sign_up_by_invite(invite, **form.cleaned_data))
            return redirect("home")
    except ValidationError as error:
        problem = str(next(iter(error.detail)))
        return render_page(request, "web/invite_over.html", {"problem": problem}, status=400)
    context = {"invite": invite, "organization": invite.organization, "form": form, "signed_in": signed_in}
    return render_page(request, "web/invite.html", context)
