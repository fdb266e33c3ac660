"""Session recordings as a Django app."""

from datetime import timedelta
from typing import Any, Final

from django.apps import AppConfig
from django.db.models.signals import post_delete

_ON_THEIR_WAY: Final = timedelta(minutes=1)
"""What the loader is at when a project is deleted is stored by then."""


class RecordingsConfig(AppConfig):
    name = "hedgerow.recordings"

    def ready(self) -> None:
        """Make known the work of recordings, and have those of a deleted project erased."""
        from hedgerow.recordings import jobs  # noqa: F401 - importing it is what does it

        post_delete.connect(_erase, sender="projects.Project", dispatch_uid="erase_recordings")


def _erase(instance: Any, **signal: Any) -> None:
    from hedgerow.work.jobs import enqueue

    enqueue("recordings.erase_project", after=_ON_THEIR_WAY, project_id=instance.pk)
