"""Exports as a Django app."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "hedgerow.exports"
    label = "exports"

    def ready(self) -> None:
        """Make known the work of exports."""
        from hedgerow.exports import jobs  # noqa: F401 - importing it is what does it
