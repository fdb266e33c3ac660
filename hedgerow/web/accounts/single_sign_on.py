"""The pages around single sign-on: the way to an organization's own place, and an account for somebody new."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.domains.ownership import enforced_provider, saml_domain
from hedgerow.sso.problems import login_page
from hedgerow.sso.providers import SAML
from hedgerow.sso.signing_up import newcomer_of, sign_up_newcomer
from hedgerow.web.accounts.door import problem_of, target_of
from hedgerow.web.rendering import render_page


class EmailForm(forms.Form):
    """Whose organization it is."""

    email = forms.EmailField(
        label="Work e-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Ask for the e-mail address, and lead on to where its organization has people sign in.

    The way on is a link that the page follows by itself: browsers do not let a form of ours end on another site.
    """
    target = target_of(request)
    form = EmailForm(request.GET if "email" in request.GET else None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        provider = enforced_provider(email) or (SAML if saml_domain(email) else None)
        if provider is not None:
            way = f"/login/{provider}/?{urlencode({'email': email, 'next': target})}"
            return render_page(request, "web/accounts/sso_on_the_way.html", {"way": way})
        form.add_error("email", "The organization of this address has no single sign-on here.")
    return render_page(request, "web/accounts/sso.html", {"form": form, "next": target})


class OrganizationForm(forms.Form):
    """Who somebody new is, and what their organization is called."""

    first_name = forms.CharField(
        label="Your name", max_length=128, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    organization_name = forms.CharField(
        label="Organization",
        max_length=64,
        help_text="Your company, team or club.",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def confirm_organization(request: HttpRequest) -> HttpResponse:
    """Make the account of who has come from a provider and has none, where anybody may."""
    newcomer = newcomer_of(request)
    if newcomer is None:
        return redirect(login_page("login_expired"))
    form = OrganizationForm(request.POST or None, initial={"first_name": newcomer.first_name})
    if request.method == "POST" and form.is_valid():
        try:
            sign_up_newcomer(request, **form.cleaned_data)
        except (PermissionDenied, ValidationError) as error:
            form.add_error(None, problem_of(error))
        else:
            return redirect("home")
    return render_page(request, "web/accounts/confirm_organization.html", {"form": form, "email": newcomer.email})
