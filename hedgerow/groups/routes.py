"""Paths of groups and group types."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.groups.type_views import GroupTypesViewSet
from hedgerow.groups.views import GroupsViewSet


def register(router: ProjectRouter) -> None:
    """Mount the groups of a project."""
    router.register("groups_types", GroupTypesViewSet, "groups_types")
    router.register("groups", GroupsViewSet, "groups")
