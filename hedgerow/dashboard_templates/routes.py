"""Paths of dashboard templates."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.dashboard_templates.views import DashboardTemplatesViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("dashboard_templates", DashboardTemplatesViewSet, "dashboard_templates")
