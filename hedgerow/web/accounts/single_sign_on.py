"""The pages that lead people on to where their organization has them sign in."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from hedgerow.domains.ownership import enforced_provider, saml_domain
from hedgerow.sso.providers import SAML
from hedgerow.web.accounts.door import target_of
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
