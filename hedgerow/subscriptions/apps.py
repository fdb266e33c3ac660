"""Subscriptions as a Django app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "hedgerow.subscriptions"

    def ready(self) -> None:
        """Make known the work of subscriptions."""
        from hedgerow.subscriptions import jobs  # noqa: F401 - importing them is what does it
