from django.apps import AppConfig


class DashboardTemplatesConfig(AppConfig):
    name = "hedgerow.dashboard_templates"
