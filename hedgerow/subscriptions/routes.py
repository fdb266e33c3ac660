"""Paths of subscriptions."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.subscriptions.views import SubscriptionsViewSet, UnsubscribeView


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register("subscriptions", SubscriptionsViewSet, "subscriptions")
    router.register_root_view("unsubscribe", UnsubscribeView, "api_unsubscribe")
