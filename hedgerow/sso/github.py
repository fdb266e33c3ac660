"""GitHub, which speaks OAuth but not OpenID Connect: who has come is asked of its API."""

from typing import Any, Final

import httpx

from hedgerow.sso.arriving import VouchedPerson
from hedgerow.sso.endpoints import Endpoints, fetch
from hedgerow.sso.problems import LoginRefused
from hedgerow.sso.providers import Provider

PUBLIC: Final = "https://github.com"


def endpoints(provider: Provider) -> Endpoints:
    """Where GitHub is spoken to."""
    address = provider.address
    return Endpoints(
        issuer=f"{address}/login/oauth",
        authorization=f"{address}/login/oauth/authorize",
        token=f"{address}/login/oauth/access_token",
        about_person="https://api.github.com/user" if address == PUBLIC else f"{address}/api/v3/user",
        scope="read:user user:email",
        secret_in_body=True,
    )


def person(provider: Provider, endpoints: Endpoints, http: httpx.Client, token: dict[str, Any]) -> VouchedPerson:
    """Who the token belongs to, by their primary address. Raises LoginRefused."""
    access_token = str(token.get("access_token", ""))
    account = fetch(http, endpoints.about_person, access_token)
    addresses = fetch(http, f"{endpoints.about_person}/emails", access_token)
    try:
        number, name = int(account["id"]), account.get("name") or account["login"]
        email = next((each["email"] for each in addresses if each["primary"] and each["verified"] is True), None)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LoginRefused("provider_unavailable", f"GitHub's answer lacks {error}.") from error
    if email is None:
        raise LoginRefused("email_not_verified")
    first, _, last = str(name).partition(" ")
    return VouchedPerson(provider.name, str(number), str(email), first, last)
