"""Domains on the wire."""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from hedgerow.api.errors import ValidationError
from hedgerow.domains.models import Domain, Enforcement
from hedgerow.domains.ownership import enforceable

NEEDS_PROOF = ("jit_provisioning_enabled", "sso_enforcement", "scim_enabled")
"""What a domain may say only once it is verified."""

SAML = ("saml_entity_id", "saml_acs_url", "saml_x509_cert")
"""What a login by SAML needs of the identity provider."""

LONGEST_CERTIFICATE = 50_000

_domain_name = RegexValidator(
    r"\A([a-z0-9]+(-[a-z0-9]+)*\.)+[a-z]{2,}\Z", "Please enter a valid domain or subdomain name."
)


class DomainSerializer(serializers.ModelSerializer[Domain]):
    """A domain; the SCIM token is there only in the answer that made it, which puts it into the object as `new_token`.

    `domain` cannot be changed. What needs a proof is dropped from a new domain, and refused until it is verified.
    """

    domain = serializers.CharField(
        max_length=128,
        validators=[
            _domain_name,
            UniqueValidator(Domain.objects.all(), "domain with this domain already exists."),
        ],
    )
    is_verified = serializers.BooleanField(read_only=True)
    verification_challenge = serializers.CharField(read_only=True)
    sso_enforcement = serializers.ChoiceField(choices=Enforcement.choices, allow_blank=True, required=False)
    has_saml = serializers.BooleanField(read_only=True)
    saml_x509_cert = serializers.CharField(
        allow_null=True, allow_blank=True, required=False, trim_whitespace=False, max_length=LONGEST_CERTIFICATE
    )
    has_scim = serializers.BooleanField(read_only=True)
    scim_base_url = serializers.SerializerMethodField()
    scim_bearer_token = serializers.SerializerMethodField()

    class Meta:
        model = Domain
        fields = [
            "id",
            "domain",
            "is_verified",
            "verified_at",
            "verification_challenge",
            "jit_provisioning_enabled",
            "sso_enforcement",
            "has_saml",
            "saml_entity_id",
            "saml_acs_url",
            "saml_x509_cert",
            "has_scim",
            "scim_enabled",
            "scim_base_url",
            "scim_bearer_token",
        ]
        read_only_fields = ["id", "verified_at"]

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """All fields; what a domain is called cannot be changed."""
        fields = super().get_fields()
        fields["domain"].read_only = isinstance(self.instance, Domain)
        return fields

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_scim_base_url(self, domain: Domain) -> str | None:
        """Where the identity provider sends people and groups to."""
        return scim_base_url(domain)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_scim_bearer_token(self, domain: Domain) -> str | None:
        """The token itself, once."""
        return getattr(domain, "new_token", None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Only a verified domain says how its people log in, and only what works."""
        if self.instance is None:
            return {name: value for name, value in attrs.items() if name not in NEEDS_PROOF}
        for name in NEEDS_PROOF:
            if name in attrs and not self.instance.is_verified:
                raise ValidationError(
                    "This attribute cannot be updated until the domain is verified.", "verification_required", name
                )
        self._require_enforceable(attrs)
        return attrs

    def _require_enforceable(self, attrs: dict[str, Any]) -> None:
        """Nobody could log in any more through a provider that is not there."""
        assert self.instance is not None
        provider = attrs.get("sso_enforcement")
        wanted = Domain(**{name: attrs.get(name, getattr(self.instance, name)) for name in SAML})
        if provider and not enforceable(wanted, provider):
            raise ValidationError(
                f"Logging in through {Enforcement(provider).label} is not set up.",
                code="sso_not_configured",
                attr="sso_enforcement",
            )


class NewSCIMTokenSerializer(serializers.Serializer[Any]):
    """A new SCIM token, told this once."""

    scim_enabled = serializers.BooleanField()
    scim_base_url = serializers.URLField(allow_null=True)
    scim_bearer_token = serializers.CharField()


def scim_base_url(domain: Domain) -> str | None:
    """Where the identity provider sends people and groups to; None while SCIM is off."""
    return f"{settings.HEDGEROW.base_url}/scim/v2/{domain.pk}" if domain.has_scim else None
