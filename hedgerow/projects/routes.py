"""Where the views of projects are mounted."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.projects.views import OrganizationProjectsViewSet, ProjectsViewSet


def register(router: ProjectRouter) -> None:
    """Register them."""
    router.register_root("projects", ProjectsViewSet, "projects")
    router.register_root("environments", ProjectsViewSet, "environments")
    router.register_organization("projects", OrganizationProjectsViewSet, "projects")
