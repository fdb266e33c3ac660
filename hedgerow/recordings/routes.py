"""Paths of session recordings."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.recordings.views import RecordingsViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("session_recordings", RecordingsViewSet, "session_recordings")
