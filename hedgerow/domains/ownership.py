"""What the owner of an e-mail address's domain says about logging in.

Only verified domains count. The domain of an address is what follows the last `@`, whatever its case.
"""

from hedgerow.domains.models import Domain, Enforcement
from hedgerow.sso.providers import configured


def domain_name(email: str) -> str:
    """The domain of an address, in lower case; empty when there is none."""
    return email.strip().rpartition("@")[2].lower() if "@" in email else ""


def owned_domain(email: str) -> Domain | None:
    """The verified domain of the address."""
    verified = Domain.objects.select_related("organization").filter(verified_at__isnull=False)
    return verified.filter(domain=domain_name(email)).first()


def enforced_provider(email: str) -> str | None:
    """The only way that somebody with this address may log in, or None: password and every provider will do.

    What a domain enforces counts only while it works: the instance knows the provider, and for SAML the domain has
    an identity provider. Otherwise nobody could log in any more.
    """
    domain = owned_domain(email)
    return domain.sso_enforcement if domain and domain.sso_enforcement and enforceable(domain) else None


def enforceable(domain: Domain, provider: str | None = None) -> bool:
    """Whether people of the domain can log in through `provider`, by default the one it enforces."""
    provider = provider or domain.sso_enforcement
    return domain.has_saml if provider == Enforcement.SAML else provider in configured()


def saml_domain(email: str) -> Domain | None:
    """The verified domain of the address, if it has an identity provider that speaks SAML."""
    domain = owned_domain(email)
    return domain if domain and domain.has_saml else None
