"""The pages for people, as a Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates and static files of the pages; it keeps no records of its own."""

    name = "hedgerow.web"
    label = "web"
