from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "hedgerow.domains"
