"""Where a provider is spoken to, and how its answers are read."""

import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import httpx

from hedgerow.sso.problems import LoginRefused

SECONDS: Final = 10.0
"""How long a provider may take for one answer."""


@dataclass(frozen=True)
class Endpoints:
    """A provider's addresses. `issuer` is what it calls itself, `secret_in_body` how it wants to know who asks."""

    issuer: str
    authorization: str
    token: str
    scope: str
    secret_in_body: bool
    keys: str = ""
    about_person: str = ""


def client() -> httpx.Client:
    """A client for requests to providers, which whoever runs the server has named."""
    return httpx.Client(timeout=SECONDS, verify=_tls())


@cache
def _tls() -> ssl.SSLContext:
    """Reading all certificates takes longer than many a request."""
    return httpx.create_ssl_context()


def fetch(http: httpx.Client, address: str, access_token: str | None = None) -> Any:
    """The JSON that a provider has at an address. Raises LoginRefused."""
    headers = {"Accept": "application/json"}
    if access_token is not None:
        headers["Authorization"] = f"Bearer {access_token}"
    try:
        return http.get(address, headers=headers).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise LoginRefused("provider_unavailable", f"{address}: {error}") from error
