"""Durable work as a Django app. An app with kinds of jobs imports their module when it is ready."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "hedgerow.work"
    label = "work"
