"""Paths of a project's secret keys."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.project_secret_keys.views import ProjectSecretAPIKeysViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("project_secret_api_keys", ProjectSecretAPIKeysViewSet, "project_secret_api_keys")
