"""Django app of the event store: it keeps the rows still to be copied there."""

from django.apps import AppConfig


class EventStoreConfig(AppConfig):
    name = "hedgerow.eventstore"
    label = "eventstore"
