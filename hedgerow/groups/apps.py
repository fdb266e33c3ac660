"""Groups as a Django app."""

from django.apps import AppConfig


class GroupsConfig(AppConfig):
    name = "hedgerow.groups"
    label = "groups"
