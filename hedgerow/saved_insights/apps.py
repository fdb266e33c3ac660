from django.apps import AppConfig


class SavedInsightsConfig(AppConfig):
    name = "hedgerow.saved_insights"
