"""Cohorts as a Django app."""

from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "hedgerow.cohorts"
    label = "cohorts"

    def ready(self) -> None:
        """Make known the work of cohorts, where they use actions and that they are filed; follow persons."""
        from hedgerow.actions.references import tell_of
        from hedgerow.cohorts import jobs, receivers  # noqa: F401 - importing them is what does it
        from hedgerow.cohorts.filed import COHORTS
        from hedgerow.cohorts.uses_of_actions import uses_of_actions
        from hedgerow.files.kinds import register

        tell_of("cohort", uses_of_actions)
        register(COHORTS)
