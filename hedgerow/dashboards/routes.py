"""Paths of dashboards, of who may edit them, and of the variables of SQL insights."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.dashboards.collaborator_views import CollaboratorsViewSet
from hedgerow.dashboards.variable_views import VariablesViewSet
from hedgerow.dashboards.views import DashboardsViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("dashboards", DashboardsViewSet, "dashboards")
    router.register(r"dashboards/(?P<dashboard_id>[^/]+)/collaborators", CollaboratorsViewSet, "collaborators")
    router.register("insight_variables", VariablesViewSet, "insight_variables")
    router.register_root("dashboard", DashboardsViewSet, "current_project_dashboards")
