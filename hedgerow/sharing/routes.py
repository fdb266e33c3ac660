"""Paths of sharing."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.sharing.views import DashboardSharingViewSet, InsightSharingViewSet, RecordingSharingViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("dashboards", DashboardSharingViewSet, "dashboard_sharing")
    router.register("insights", InsightSharingViewSet, "insight_sharing")
    router.register("session_recordings", RecordingSharingViewSet, "recording_sharing")
