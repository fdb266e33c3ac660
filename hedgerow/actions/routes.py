"""Paths of actions."""

from hedgerow.actions.views import ActionsViewSet
from hedgerow.api.routing import ProjectRouter


def register(router: ProjectRouter) -> None:
    """Mount the actions of a project."""
    router.register("actions", ActionsViewSet, "action")
