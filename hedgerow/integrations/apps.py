from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "hedgerow.integrations"
