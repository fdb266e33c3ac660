"""Paths of an organization's domains."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.domains.views import DomainsViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_organization("domains", DomainsViewSet, "domains")
