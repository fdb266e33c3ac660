"""Cohorts as a Django app."""

from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "hedgerow.cohorts"
    label = "cohorts"

    def ready(self) -> None:
        """Make the work of cohorts known, and where they use actions, and follow what happens to persons."""
        from hedgerow.actions.references import tell_of
        from hedgerow.cohorts import jobs, receivers  # noqa: F401 - importing them is what does it
        from hedgerow.cohorts.uses_of_actions import uses_of_actions

        tell_of("cohort", uses_of_actions)
