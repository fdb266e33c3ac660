"""E-mail domains that organizations claim."""

import secrets

from django.db import models
from django.utils.crypto import constant_time_compare
from uuid_utils.compat import uuid7

from hedgerow.organizations.keys import hash_key
from hedgerow.organizations.models import Organization

SECRET_BYTES = 32
"""Random bytes of a challenge and of a SCIM token."""


def make_secret() -> str:
    """A new random text that fits into an address and a DNS record."""
    return secrets.token_urlsafe(SECRET_BYTES)


class Enforcement(models.TextChoices):
    """Who may be named as the only way for a domain's people to log in."""

    GOOGLE = "google-oauth2"
    GITHUB = "github", "GitHub"
    GITLAB = "gitlab", "GitLab"
    OTHER_ISSUER = "oidc", "OpenID Connect"
    SAML = "saml", "SAML"


class Domain(models.Model):
    """That an organization says its people's addresses end in `@<domain>`, and how those people log in.

    What it says counts only once it is verified: whoever can put a TXT record `_posthog-challenge.<domain>` with the
    `verification_challenge` into the DNS owns the domain. Of the SCIM token only a hash is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="domains")
    domain = models.CharField(max_length=128, unique=True)
    verification_challenge = models.CharField(max_length=128, default=make_secret, editable=False)
    verified_at = models.DateTimeField(null=True, editable=False)
    last_checked_at = models.DateTimeField(null=True, editable=False)
    jit_provisioning_enabled = models.BooleanField(default=False)
    sso_enforcement = models.CharField(max_length=28, blank=True, choices=Enforcement.choices)
    saml_entity_id = models.CharField(max_length=512, null=True, blank=True)  # noqa: DJ001 - null on the wire
    saml_acs_url = models.CharField(max_length=512, null=True, blank=True)  # noqa: DJ001 - null on the wire
    saml_x509_cert = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire
    scim_enabled = models.BooleanField(default=False)
    scim_token_hash = models.CharField(max_length=128, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.domain

    @property
    def is_verified(self) -> bool:
        """Whether the organization has shown that the domain is its own."""
        return self.verified_at is not None

    @property
    def has_saml(self) -> bool:
        """Whether everything is known that a login by SAML needs of the identity provider."""
        return all((self.saml_entity_id, self.saml_acs_url, self.saml_x509_cert))

    @property
    def has_scim(self) -> bool:
        """Whether an identity provider may push people and groups."""
        return self.scim_enabled and bool(self.scim_token_hash)

    def give_scim_token(self) -> str:
        """A new token in place of the one there was, which stops at once; the caller saves. It is known only now."""
        token = make_secret()
        self.scim_token_hash = hash_key(token)
        return token

    def is_scim_token(self, token: str) -> bool:
        """Whether this is the domain's token, the domain is verified and SCIM is on."""
        return self.is_verified and self.has_scim and constant_time_compare(hash_key(token), self.scim_token_hash)
