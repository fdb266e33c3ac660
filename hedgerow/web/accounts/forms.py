"""The forms by which people come in."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.http import QueryDict

from hedgerow.organizations.models import User

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


class EmailForm(forms.Form):
    """Whose password has been forgotten."""

    email = forms.EmailField(
        label="E-mail",
        max_length=LONGEST_EMAIL,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    """A new password."""

    password = new_password("New password")

    def clean_password(self) -> str:
        """A password that is strong enough."""
        return strong(self.cleaned_data["password"])


class ChangePasswordForm(NewPasswordForm):
    """A new password, by who knows the present one, if there is one."""

    current_password = forms.CharField(
        label="Current password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["current_password", "password"]

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.user = user
        if not user.has_usable_password():
            del self.fields["current_password"]

    def clean_current_password(self) -> str:
        """The present password."""
        given: str = self.cleaned_data["current_password"]
        if not self.user.check_password(given):
            raise forms.ValidationError("This is not your current password.")
        return given


class ProfileForm(forms.Form):
    """Who the person is."""

    first_name = forms.CharField(label="First name", max_length=128)
    last_name = forms.CharField(label="Last name", max_length=150, required=False)
    email = forms.EmailField(label="E-mail", max_length=LONGEST_EMAIL)

    def __init__(self, user: User, data: QueryDict | None = None) -> None:
        initial = {name: getattr(user, name) for name in ("first_name", "last_name", "email")}
        super().__init__(data, initial=initial)
        self.user = user

    def clean_email(self) -> str:
        """An e-mail nobody else has."""
        email: str = self.cleaned_data["email"]
        if User.objects.filter(email__iexact=email).exclude(pk=self.user.pk).exists():
            raise forms.ValidationError("There is already an account with this e-mail.")
        return email


class SetupCodeForm(forms.Form):
    """A code that shows that an app has the secret."""

    token = forms.CharField(
        label="Code of the app",
        max_length=LONGEST_CODE,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class ConfirmPasswordForm(forms.Form):
    """The password, once more."""

    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
