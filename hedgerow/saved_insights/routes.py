"""Paths of saved insights."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.saved_insights.views import InsightsViewSet


def register(router: ProjectRouter) -> None:
    """Mount the insights of a project, and those of the project the caller works in."""
    router.register("insights", InsightsViewSet, "insights")
    router.register_root("insight", InsightsViewSet, "current_project_insights")
