"""The activity log as a Django app."""

from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "hedgerow.activity"
    label = "activity"
