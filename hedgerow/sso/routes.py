"""Paths of single sign-on under `/api/`; where logins begin and end is among the pages (`hedgerow/web/urls.py`)."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.sso.views import SamlMetadataView, SocialSignupView


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_root_view("saml/metadata", SamlMetadataView, "saml_metadata")
    router.register_root_view("social_signup", SocialSignupView, "social_signup")
