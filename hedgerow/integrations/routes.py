"""Paths of integrations."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.integrations.views import IntegrationsViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("integrations", IntegrationsViewSet, "integrations")
