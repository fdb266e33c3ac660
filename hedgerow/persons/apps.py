"""Persons as a Django app."""

from django.apps import AppConfig


class PersonsConfig(AppConfig):
    name = "hedgerow.persons"
    label = "persons"
