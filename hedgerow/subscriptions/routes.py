"""Paths of subscriptions."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.subscriptions.delivery_views import DeliveriesViewSet
from hedgerow.subscriptions.views import SubscriptionsViewSet, UnsubscribeView
from hedgerow.subscriptions.webhook_views import WebhookSecretView


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("subscriptions", SubscriptionsViewSet, "subscriptions")
    router.register(
        r"subscriptions/(?P<subscription_id>[^/]+)/deliveries", DeliveriesViewSet, "subscription_deliveries"
    )
    router.register_view(
        r"subscriptions/(?P<subscription_id>[^/]+)/webhook_secret", WebhookSecretView, "subscription_webhook_secret"
    )
    router.register_root_view("unsubscribe", UnsubscribeView, "api_unsubscribe")
