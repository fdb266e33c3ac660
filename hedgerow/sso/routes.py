"""Paths of single sign-on under `/api/`; where logins begin and end is among the pages (`hedgerow/web/urls.py`)."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.sso.views import SamlMetadataView


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_root_view("saml/metadata", SamlMetadataView, "saml_metadata")
