"""Paths of the activity log."""

from hedgerow.activity.views import ActivityLogViewSet
from hedgerow.api.routing import ProjectRouter


def register(router: ProjectRouter) -> None:
    """Mount the log of a project; features mount those of their objects."""
    router.register("activity_log", ActivityLogViewSet, "activity_log")
