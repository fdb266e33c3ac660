"""Why a login by a provider has failed: a code in the address of the login page, and what that page says."""

from typing import Final
from urllib.parse import urlencode

PROBLEMS: Final = {
    "invalid_sso_provider": "There is no such way to log in.",
    "improperly_configured_sso": "This way to log in has not been set up on this server.",
    "saml_not_configured": "SAML not configured for this user.",
    "saml_invalid_relay_state": "Authentication request is invalid. Invalid RelayState.",
    "saml_sso_enforced": "Your organization wants you to log in with SAML.",
    "google_sso_enforced": "Your organization wants you to log in with Google.",
    "github_sso_enforced": "Your organization wants you to log in with GitHub.",
    "gitlab_sso_enforced": "Your organization wants you to log in with GitLab.",
    "oidc_sso_enforced": "Your organization wants you to log in by its single sign-on.",
    "jit_not_enabled": "You have no account, and your organization does not make one by itself. Ask for an invite.",
    "no_account": "There is no account with your e-mail address. Ask for an invite.",
    "account_deactivated": "This account has been deactivated.",
    "email_not_verified": "The provider does not say that your e-mail address is really yours.",
    "login_expired": "That login took too long or was begun in another browser. Try it again.",
    "login_cancelled": "The provider has not let you log in.",
    "provider_unavailable": "The provider does not answer as it should. Try it again later.",
    "saml_refused": "What your identity provider says could not be believed. Try it again, or tell your administrator.",
    "social_login_failure": "What the provider says could not be believed. Try it again, or tell your administrator.",
}


class LoginRefused(Exception):  # noqa: N818 - told as it is named
    """Nobody is logged in. `code` is one of PROBLEMS; `reason` is for the server's log alone."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(reason or PROBLEMS[code])
        self.code = code
        self.reason = str(self)


def login_page(code: str) -> str:
    """The address of the login page that says what went wrong."""
    return f"/login?{urlencode({'error_code': code})}"
