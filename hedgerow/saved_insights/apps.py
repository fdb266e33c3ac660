from django.apps import AppConfig


class SavedInsightsConfig(AppConfig):
    name = "hedgerow.saved_insights"

    def ready(self) -> None:
        """Make known which actions, cohorts and events insights name, and that insights are filed."""
        from hedgerow.actions import references
        from hedgerow.cohorts import uses
        from hedgerow.files.kinds import register
        from hedgerow.saved_insights.filed import INSIGHTS
        from hedgerow.saved_insights.uses import count_with, uses_of_actions, uses_of_cohorts
        from hedgerow.taxonomy.usage import count_insights_with

        references.tell_of("insight", uses_of_actions)
        uses.tell_of("insights", uses_of_cohorts)
        count_insights_with("saved_insights", count_with)
        register(INSIGHTS)
