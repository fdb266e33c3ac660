"""A login by OAuth's code flow: a browser goes to the provider and comes back with a code, which is worth a token.

`state` ties both steps to one browser, PKCE the code to this server, and a nonce the token to this login.
"""

import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Any, Final

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client
from django.http import HttpRequest

from hedgerow.sso import github, openid
from hedgerow.sso.arriving import VouchedPerson
from hedgerow.sso.endpoints import Endpoints, client
from hedgerow.sso.problems import LoginRefused
from hedgerow.sso.providers import GITHUB, Provider

LOGIN_SECONDS: Final = 600
"""How long a person may take at the provider."""
MOST_LOGINS: Final = 5
"""Logins that a browser may have begun at the same time."""

_BEGUN = "sso_logins"


@dataclass(frozen=True)
class _Begun:
    """A login that has begun in this browser."""

    provider: str
    verifier: str
    nonce: str
    target: str
    at: float


def begin(request: HttpRequest, provider: Provider, target: str) -> str:
    """The provider's address to send the browser to; it will come back to `target`. Raises LoginRefused."""
    begun = _Begun(provider.name, secrets.token_urlsafe(48), secrets.token_urlsafe(32), target, time.time())
    with client() as http:
        endpoints = _endpoints(provider, http)
        nonce = {} if provider.name == GITHUB else {"nonce": begun.nonce}
        address, state = _application(provider, endpoints, http).create_authorization_url(
            endpoints.authorization, code_verifier=begun.verifier, **nonce
        )
    logins = dict(list(request.session.get(_BEGUN, {}).items())[1 - MOST_LOGINS :])
    request.session[_BEGUN] = {**logins, state: vars(begun)}
    return str(address)


def complete(request: HttpRequest, provider: Provider) -> tuple[VouchedPerson, str]:
    """Who the provider says has come, and the page they were going to. Raises LoginRefused."""
    begun = _take_begun(request, provider)
    if "error" in request.GET:
        raise LoginRefused("login_cancelled", f"The provider says {request.GET['error'][:200]!r}.")
    with client() as http:
        endpoints = _endpoints(provider, http)
        # A provider that names itself in the answer must be the one that was asked (RFC 9207).
        if request.GET.get("iss", endpoints.issuer) != endpoints.issuer:
            raise LoginRefused("social_login_failure", "Another provider has answered.")
        token = _token(provider, endpoints, http, request.GET.get("code", ""), begun.verifier)
        if provider.name == GITHUB:
            person = github.person(provider, endpoints, http, token)
        else:
            person = openid.person(provider, endpoints, http, token, begun.nonce)
    return person, begun.target


def _take_begun(request: HttpRequest, provider: Provider) -> _Begun:
    """The login that the answer's `state` belongs to; a state works once. Raises LoginRefused."""
    logins: dict[str, dict[str, Any]] = request.session.get(_BEGUN, {})
    state = request.GET.get("state", "")
    known = next((each for each in logins if hmac.compare_digest(each.encode(), state.encode())), None)
    if known is None:
        raise LoginRefused("login_expired", "The state is not one of this browser.")
    begun = _Begun(**logins[known])
    request.session[_BEGUN] = {each: login for each, login in logins.items() if each != known}
    if begun.provider != provider.name or begun.at + LOGIN_SECONDS < time.time():
        raise LoginRefused("login_expired", "The state is of another provider, or too old.")
    return begun


def _endpoints(provider: Provider, http: httpx.Client) -> Endpoints:
    return github.endpoints(provider) if provider.name == GITHUB else openid.endpoints(provider, http)


def _application(provider: Provider, endpoints: Endpoints, http: httpx.Client) -> OAuth2Client:
    return OAuth2Client(
        http,
        client_id=provider.client_id,
        scope=endpoints.scope,
        redirect_uri=provider.redirect_uri,
        code_challenge_method="S256",
    )


def _token(provider: Provider, endpoints: Endpoints, http: httpx.Client, code: str, verifier: str) -> dict[str, Any]:
    """What the code is worth. Raises LoginRefused."""
    secret = {"client_id": provider.client_id, "client_secret": provider.client_secret}
    in_body = endpoints.secret_in_body
    try:
        token = _application(provider, endpoints, http).fetch_token(
            endpoints.token,
            auth=(lambda request: request) if in_body else (provider.client_id, provider.client_secret),
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            **(secret if in_body else {}),
        )
    except AuthlibBaseError as error:
        raise LoginRefused("social_login_failure", str(error)) from error
    except (httpx.HTTPError, ValueError) as error:
        raise LoginRefused("provider_unavailable", str(error)) from error
    return dict(token)
