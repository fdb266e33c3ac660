from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "hedgerow.organizations"
