"""The ways to sign in that the sign-in page offers besides a password."""

from typing import Any

from django.http import HttpRequest

from hedgerow.domains.models import Domain
from hedgerow.sso.problems import PROBLEMS
from hedgerow.sso.providers import chosen


def ways_to_sign_in(request: HttpRequest) -> dict[str, Any]:
    """What the sign-in page says besides the password: the providers, and what went wrong with one of them."""
    with_saml = Domain.objects.filter(verified_at__isnull=False, saml_x509_cert__gt="")
    return {
        "providers": chosen(),
        "has_organizations": any(domain.has_saml for domain in with_saml),
        "problem": PROBLEMS.get(request.GET.get("error_code", "")) if request.method != "POST" else None,
    }
