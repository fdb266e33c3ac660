"""Domains for tests."""

from typing import Any

from django.utils import timezone

from hedgerow.domains.models import Domain
from hedgerow.organizations.models import Organization

SAML = {
    "saml_entity_id": "https://idp.example/metadata",
    "saml_acs_url": "https://idp.example/sso",
    "saml_x509_cert": "MIIC…",
}


def verified(organization: Organization, name: str = "acme.example", **fields: Any) -> Domain:
    """A domain that the organization has shown to be its own."""
    return Domain.objects.create(organization=organization, domain=name, verified_at=timezone.now(), **fields)
