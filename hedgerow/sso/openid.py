"""Providers that speak OpenID Connect: Google, GitLab and any other issuer.

Where they are spoken to comes from their discovery document. Who has come is in the ID token, which must be signed by
the issuer with a public key, for this server, for this login and lately.
"""

from typing import Any, Final

import httpx
from authlib.oidc.core import CodeIDToken
from django.core.cache import cache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ValidationError

from hedgerow.sso.arriving import VouchedPerson
from hedgerow.sso.endpoints import Endpoints, fetch
from hedgerow.sso.problems import LoginRefused
from hedgerow.sso.providers import Provider

SCOPE: Final = "openid email profile"
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""With public keys only: a token without signature, or signed by the secret both sides know, proves nothing."""
DRIFT_SECONDS: Final = 60
"""How far the clocks of both sides may differ."""
DISCOVERY_SECONDS: Final = 600
"""How long a discovery document is kept."""
LONGEST_SUBJECT: Final = 500


class _Discovery(BaseModel):
    """What of a discovery document is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


def endpoints(provider: Provider, http: httpx.Client) -> Endpoints:
    """What the provider's discovery document says. Raises LoginRefused."""
    key = f"openid:{provider.address}"
    found: _Discovery | None = cache.get(key)
    if found is None:
        found = _discover(provider, http)
        cache.set(key, found, DISCOVERY_SECONDS)
    return Endpoints(
        issuer=found.issuer,
        authorization=found.authorization_endpoint,
        token=found.token_endpoint,
        keys=found.jwks_uri,
        about_person=found.userinfo_endpoint,
        scope=SCOPE,
        secret_in_body="client_secret_basic" not in found.token_endpoint_auth_methods_supported,
    )


def _discover(provider: Provider, http: httpx.Client) -> _Discovery:
    document = fetch(http, f"{provider.address.rstrip('/')}/.well-known/openid-configuration")
    try:
        found = _Discovery.model_validate(document, strict=True)
    except ValidationError as error:
        raise LoginRefused("provider_unavailable", f"The discovery document is not one: {error}") from error
    if found.issuer.rstrip("/") != provider.address.rstrip("/"):
        raise LoginRefused("provider_unavailable", f"The issuer calls itself {found.issuer!r}.")
    if provider.address.startswith("https://"):
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint):
            if address and not address.startswith("https://"):
                raise LoginRefused("provider_unavailable", f"{address!r} is not protected by TLS.")
    return found


def person(
    provider: Provider, endpoints: Endpoints, http: httpx.Client, token: dict[str, Any], nonce: str
) -> VouchedPerson:
    """Who the ID token is about. Raises LoginRefused."""
    claims = _checked_claims(provider, endpoints, http, token, nonce)
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise LoginRefused("social_login_failure", "The ID token has no subject.")
    if "email" not in claims and endpoints.about_person:
        more = fetch(http, endpoints.about_person, str(token.get("access_token", "")))
        if not isinstance(more, dict) or more.get("sub") != subject:
            raise LoginRefused("social_login_failure", "What the provider says of the person is about another one.")
        claims = {**more, **claims}
    email = claims.get("email")
    if not isinstance(email, str) or not (claims.get("email_verified") is True or provider.trusts_email):
        raise LoginRefused("email_not_verified")
    first, last = _text(claims.get("given_name")), _text(claims.get("family_name"))
    if not first and not last:
        first, _, last = _text(claims.get("name")).partition(" ")
    return VouchedPerson(provider.name, subject, email, first, last)


def _checked_claims(
    provider: Provider, endpoints: Endpoints, http: httpx.Client, token: dict[str, Any], nonce: str
) -> dict[str, Any]:
    keys = fetch(http, endpoints.keys)
    try:
        decoded = jwt.decode(
            str(token.get("id_token", "")),
            KeySet.import_key_set(keys),
            registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False),
        )
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"value": endpoints.issuer}, "aud": {"value": provider.client_id}, "sub": {"essential": True}},
            {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=DRIFT_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise LoginRefused("social_login_failure", f"The ID token is not valid: {error}") from error
    return dict(claims)


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
