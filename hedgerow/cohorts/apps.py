"""Cohorts as a Django app."""

from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "hedgerow.cohorts"
    label = "cohorts"

    def ready(self) -> None:
        """Make the work of cohorts known."""
        from hedgerow.cohorts import jobs  # noqa: F401 - importing it is what does it
