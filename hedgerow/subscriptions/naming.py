"""What the insight or dashboard of a subscription is called."""

from hedgerow.subscriptions.models import Subscription


def resource_name(subscription: Subscription) -> str | None:
    """The name of its insight, or the one derived from the question; or that of its dashboard. None without any."""
    if subscription.insight is not None:
        return subscription.insight.name or subscription.insight.derived_name or None
    if subscription.dashboard is not None:
        return subscription.dashboard.name or "Dashboard"
    return None
