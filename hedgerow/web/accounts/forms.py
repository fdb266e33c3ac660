"""The forms by which people come in."""

from django import forms
from django.contrib.auth.password_validation import validate_password

LONGEST_EMAIL = 254
LONGEST_PASSWORD = 128
LONGEST_CODE = 40


def new_password(label: str = "Password") -> forms.CharField:
    """A field for a password that is yet to be chosen."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text="At least 8 characters that are not easily guessed.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def strong(password: str) -> str:
    """The password itself. Raises Django's ValidationError when it is too weak."""
    validate_password(password)
    return password


class SetupForm(forms.Form):
    """The first person, organization and project."""

    email = forms.EmailField(
        label="Your e-mail",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = new_password()
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
        return strong(self.cleaned_data["password"])


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
    password = new_password()

    def clean_password(self) -> str:
        """A password that is strong enough."""
        return strong(self.cleaned_data["password"])


class CodeForm(forms.Form):
    """The second step of signing in."""

    token = forms.CharField(
        label="Code",
        max_length=LONGEST_CODE,
        help_text="The six digits of your authenticator app, or one of your backup codes.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )
    remember = forms.BooleanField(label="Do not ask in this browser for 30 days", required=False)
