"""Beginning runs that somebody's change or wish makes; those that are due are begun by the dispatcher."""

from collections.abc import Iterable
from uuid import uuid4

from django.db import transaction

from hedgerow.subscriptions.models import Delivery, Subscription
from hedgerow.work.jobs import enqueue


def begin_run(
    subscription: Subscription,
    trigger: Delivery.Trigger,
    *,
    receivers: Iterable[str] | None = None,
    new_to: Iterable[str] | None = None,
    invite_message: str = "",
) -> Delivery:
    """Have a subscription sent now: to all of its receivers or only to some, or as an invitation to those `new_to` it.

    The run is noted and its job made in the caller's transaction.
    """
    with transaction.atomic():
        delivery = Delivery.objects.create(
            subscription=subscription,
            idempotency_key=str(uuid4()),
            temporal_workflow_id=f"process-subscription-{trigger.value}-{subscription.pk}",
            trigger_type=trigger,
            target_type=subscription.target_type,
            target_value=subscription.target_value if receivers is None else ",".join(receivers),
            new_to=None if new_to is None else list(new_to),
            invite_message=invite_message,
        )
        enqueue("subscriptions.deliver", delivery_id=str(delivery.pk))
    return delivery


def is_running(subscription: Subscription, trigger: Delivery.Trigger) -> bool:
    """Whether a run of this kind has not ended yet."""
    runs = Delivery.objects.filter(subscription=subscription, trigger_type=trigger)
    return runs.filter(status=Delivery.Status.STARTING).exists()
