"""Who may say for others that a person has logged in, as the settings name them.

Identity providers that speak SAML belong to domains instead (`hedgerow.domains`), so `saml` is always among them.
"""

from dataclasses import dataclass

from django.conf import settings

SAML = "saml"
GITHUB = "github"
OTHER_ISSUER = "oidc"

GOOGLE_ISSUER = "https://accounts.google.com"

KNOWN = ("google-oauth2", GITHUB, "gitlab", OTHER_ISSUER, SAML)
"""Every name a provider can have in an address, whether it is set up or not."""


@dataclass(frozen=True)
class Provider:
    """Somebody who knows people, and what this server is called there.

    `address` is the issuer of OpenID Connect; for GitHub, which has none, where it is. `trusts_email` says that its
    addresses count although it does not call them verified.
    """

    name: str
    label: str
    address: str
    client_id: str
    client_secret: str
    trusts_email: bool = False

    @property
    def start_path(self) -> str:
        """Where a login by it begins."""
        return f"/login/{self.name}/"

    @property
    def redirect_uri(self) -> str:
        """Where it sends people back to; this is what its settings have to allow."""
        return f"{settings.HEDGEROW.base_url}/complete/{self.name}/"


def configured() -> set[str]:
    """The names of the providers people can log in by."""
    return {SAML, *(provider.name for provider in chosen())}


def chosen() -> list[Provider]:
    """The providers that are set up, in the order in which people are offered them."""
    ours = settings.HEDGEROW
    possible = [
        Provider("google-oauth2", "Google", GOOGLE_ISSUER, ours.google_client_id, ours.google_client_secret),
        Provider(GITHUB, "GitHub", ours.github_url.rstrip("/"), ours.github_client_id, ours.github_client_secret),
        Provider("gitlab", "GitLab", ours.gitlab_url.rstrip("/"), ours.gitlab_client_id, ours.gitlab_client_secret),
        Provider(
            *(OTHER_ISSUER, ours.oidc_name, ours.oidc_issuer, ours.oidc_client_id, ours.oidc_client_secret),
            trusts_email=ours.oidc_trusts_email,
        ),
    ]
    return [each for each in possible if each.address and each.client_id and each.client_secret]


def named(name: str) -> Provider | None:
    """The provider of this name, if it is set up; SAML is not one of them."""
    return next((provider for provider in chosen() if provider.name == name), None)
