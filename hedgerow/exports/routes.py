"""Paths of exports."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.exports.views import ExportsViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("exports", ExportsViewSet, "exports")
