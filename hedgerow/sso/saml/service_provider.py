"""This server as SAML's service provider: what it is called, and what it asks an identity provider."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils import timezone
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request as AuthnRequest
from onelogin.saml2.settings import OneLogin_Saml2_Settings as SamlSettings

from hedgerow.domains.models import Domain

METADATA_LASTS = timedelta(days=3650)
"""Nothing in the metadata changes by itself, and many identity providers read it only once."""
_SECURITY = {
    "wantAttributeStatement": False,  # the NameID may say everything; what is required is looked at by us
    "requestedAuthnContext": False,  # how people prove who they are is the identity provider's business
    "rejectDeprecatedAlgorithm": True,
    "allowSingleLabelDomains": True,
}


def entity_id() -> str:
    """What this server is called by identity providers, also as the audience of what they say."""
    return str(settings.HEDGEROW.base_url)


def acs_url() -> str:
    """Where identity providers send their answers (the assertion consumer service)."""
    return f"{entity_id()}/complete/saml/"


def metadata() -> str:
    """The description of this server that identity providers read."""
    valid_until = (timezone.now() + METADATA_LASTS).strftime("%Y-%m-%dT%H:%M:%SZ")
    described = {"sp": _this_server(), "security": {**_SECURITY, "metadataValidUntil": valid_until}}
    text: str | bytes = SamlSettings(described, sp_validation_only=True).get_sp_metadata()
    return text.decode() if isinstance(text, bytes) else text


def saml_settings(domain: Domain, sign_on_url: str | None = None) -> SamlSettings:
    """What the library needs to speak with the identity provider of a domain that has one.

    Raises `OneLogin_Saml2_Error` when its address cannot be one.
    """
    provider = {
        "entityId": domain.saml_entity_id,
        "singleSignOnService": {"url": sign_on_url or domain.saml_acs_url},
        "x509cert": domain.saml_x509_cert,
    }
    return SamlSettings({"strict": True, "sp": _this_server(), "idp": provider, "security": dict(_SECURITY)})


def request_for(domain: Domain) -> tuple[str, str]:
    """A new request to the domain's identity provider: its id, and the address that takes a browser there with it.

    The RelayState is the domain's id, by which the answer's certificate is found. Raises `OneLogin_Saml2_Error` when
    the provider's address cannot be one.
    """
    address = domain.saml_acs_url or ""
    request = AuthnRequest(saml_settings(domain, escape(address, {'"': "&quot;"})))  # the library writes it as it is
    parameters = urlencode({"SAMLRequest": request.get_request(), "RelayState": str(domain.pk)})
    return request.get_id(), f"{address}{'&' if urlsplit(address).query else '?'}{parameters}"


def _this_server() -> dict[str, Any]:
    return {"entityId": entity_id(), "assertionConsumerService": {"url": acs_url()}}
