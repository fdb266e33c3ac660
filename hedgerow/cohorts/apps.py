"""Cohorts as a Django app."""

from django.apps import AppConfig


class CohortsConfig(AppConfig):
    name = "hedgerow.cohorts"
    label = "cohorts"
