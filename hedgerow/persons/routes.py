"""Paths of persons."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.persons.views import PersonsFileView, PersonsViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_view(r"persons\.csv", PersonsFileView, "persons_file")
    router.register("persons", PersonsViewSet, "persons")
    router.register_root("person", PersonsViewSet, "current_project_persons")
