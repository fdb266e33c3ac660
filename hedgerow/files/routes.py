"""Paths of files."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.files.shortcut_views import ShortcutsViewSet
from hedgerow.files.views import FilesViewSet


def register(router: ProjectRouter) -> None:
    """Mount the tree of a project, and people's shortcuts into it."""
    router.register("file_system", FilesViewSet, "file_system")
    router.register("file_system_shortcut", ShortcutsViewSet, "file_system_shortcut")
