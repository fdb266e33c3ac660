"""Paths of cohorts."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.cohorts.views import CohortsViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("cohorts", CohortsViewSet, "cohorts")
    router.register_root("cohort", CohortsViewSet, "current_project_cohorts")
