"""Persons as a Django app."""

from django.apps import AppConfig


class PersonsConfig(AppConfig):
    name = "hedgerow.persons"
    label = "persons"

    def ready(self) -> None:
        """Make the work of persons known."""
        from hedgerow.persons import jobs  # noqa: F401 - importing it is what does it
