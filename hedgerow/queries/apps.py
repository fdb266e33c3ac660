"""The query endpoint as a Django app."""

from django.apps import AppConfig


class QueriesConfig(AppConfig):
    name = "hedgerow.queries"
    label = "queries"
