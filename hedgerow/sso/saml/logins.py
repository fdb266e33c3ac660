"""The two steps of a login by SAML: sending a browser to its domain's identity provider, and taking the answer."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from onelogin.saml2.errors import OneLogin_Saml2_Error

from hedgerow.api.views import is_uuid
from hedgerow.domains.models import Domain
from hedgerow.domains.ownership import saml_domain
from hedgerow.sso.arriving import VouchedPerson
from hedgerow.sso.models import SamlRequest, UsedAssertion
from hedgerow.sso.problems import LoginRefused
from hedgerow.sso.providers import SAML
from hedgerow.sso.saml.answers import Assertion, read_answer
from hedgerow.sso.saml.service_provider import request_for
from hedgerow.sso.saml.shape import RefusedAnswer

REQUEST_LASTS: Final = timedelta(hours=1)
"""How long an identity provider has to answer."""
BROWSER_COOKIE: Final = "saml_browser"


def send_to_identity_provider(request: HttpRequest, email: str, target: str) -> HttpResponse:
    """The redirect to the identity provider of the address's domain, to come back to `target`. Raises LoginRefused."""
    domain = saml_domain(email)
    if domain is None:
        raise LoginRefused("saml_not_configured")
    try:
        request_id, address = request_for(domain)
    except OneLogin_Saml2_Error as error:
        raise LoginRefused("improperly_configured_sso", str(error)) from error
    # The answer is a form that another site sends, with which a browser gives no ordinary cookie, and over plain HTTP
    # none at all.
    browser = secrets.token_urlsafe(32) if request.is_secure() else ""
    SamlRequest.objects.filter(created_at__lt=timezone.now() - REQUEST_LASTS).delete()
    SamlRequest.objects.create(id=request_id, domain=domain, browser=_hash(browser), target=target)
    response = HttpResponseRedirect(address)
    if browser:
        response.set_cookie(
            BROWSER_COOKIE,
            browser,
            max_age=REQUEST_LASTS,
            path="/complete/saml",
            secure=True,
            httponly=True,
            samesite="None",
        )
    return response


def take_answer(request: HttpRequest) -> tuple[VouchedPerson, str]:
    """Who an identity provider says has come, and the page they were going to. Raises LoginRefused."""
    domain = _domain(request.POST.get("RelayState", ""))
    try:
        assertion = read_answer(domain, request.POST.get("SAMLResponse", ""))
        target = _use(assertion, domain, request.COOKIES.get(BROWSER_COOKIE, ""))
    except RefusedAnswer as refused:
        raise LoginRefused("saml_refused", str(refused)) from refused
    uid = f"{domain.pk}:{assertion.permanent_id}"
    return VouchedPerson(SAML, uid, assertion.email, assertion.first_name, assertion.last_name), target


def _domain(relay_state: str) -> Domain:
    """The domain whose identity provider answers."""
    if is_uuid(relay_state):
        domain = Domain.objects.filter(pk=relay_state, verified_at__isnull=False).first()
        if domain is not None and domain.has_saml:
            return domain
    raise LoginRefused("saml_invalid_relay_state")


@transaction.atomic
def _use(assertion: Assertion, domain: Domain, browser: str) -> str:
    """Use the assertion up, and the request it answers; the page to go on to. Raises RefusedAnswer."""
    target = "/"
    if assertion.in_response_to is not None:
        since = timezone.now() - REQUEST_LASTS
        asked = SamlRequest.objects.filter(pk=assertion.in_response_to, domain=domain, created_at__gte=since).first()
        if asked is None or asked.browser not in {"", _hash(browser)} or not asked.delete()[0]:
            raise RefusedAnswer("The answer is to a request that this browser has not made, or not lately.")
        target = asked.target
    UsedAssertion.objects.filter(expires_at__lt=timezone.now()).delete()
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(domain=domain, assertion=assertion.hash, expires_at=assertion.expires_at)
    except IntegrityError:
        raise RefusedAnswer("The assertion has been used before.") from None
    return target


def _hash(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest() if browser else ""
