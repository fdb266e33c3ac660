"""Beginning the runs whose time has come.

A subscription's next time is used up in the transaction that begins the run for it, so that however many dispatchers
look at once, and wherever one of them dies, there is exactly one run for it. The run's key is made of the subscription
and the time: also a clock that is set back, or a rule that is changed to a time already used, makes no second one.

Of the times that went by while nobody looked, one run is made, for the earliest of them; the next is in the future.
"""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from hedgerow.subscriptions.models import Delivery, Subscription
from hedgerow.subscriptions.recurrence import planned_delivery
from hedgerow.work.jobs import enqueue

log = structlog.get_logger(__name__)

_NAMESPACE = uuid5(NAMESPACE_URL, "hedgerow:subscription-delivery")


def dispatch_due(now: datetime | None = None) -> int:
    """Begin a run of each subscription whose time has come; how many were begun here."""
    now = now or timezone.now()
    due = _due(now).order_by("next_delivery_date", "pk").values_list("pk", "next_delivery_date")
    begun = sum(_begun(pk, slot, now) for pk, slot in list(due) if slot is not None)
    if begun:
        log.info("subscriptions_dispatched", runs=begun)
    return begun


def slot_key(subscription_id: int, slot: datetime) -> UUID:
    """What names the run of a subscription for a planned time, whoever makes it."""
    return uuid5(_NAMESPACE, f"{subscription_id}:{slot.astimezone(UTC).isoformat()}")


def _due(now: datetime) -> "QuerySet[Subscription]":
    active = Subscription.objects.filter(enabled=True, deleted=False, next_delivery_date__lte=now)
    return active.exclude(insight__deleted=True).exclude(dashboard__deleted=True)


def _begun(pk: int, slot: datetime, now: datetime) -> bool:
    """Whether a run was begun; one that cannot be keeps its time, and does not keep the others from beginning."""
    try:
        return _begin(pk, slot, now)
    except Exception:
        log.exception("subscription_not_dispatched", subscription=pk)
        return False


def _begin(pk: int, slot: datetime, now: datetime) -> bool:
    with transaction.atomic():
        # Whoever moves the date on makes the run; another dispatcher finds it moved.
        subscription = _due(now).select_related("project").filter(pk=pk, next_delivery_date=slot).first()
        if subscription is None:
            return False
        following = planned_delivery(subscription, now, subscription.project.timezone, last=slot)
        mine = Subscription.objects.filter(pk=pk, enabled=True, deleted=False, next_delivery_date=slot)
        if not mine.update(next_delivery_date=following):
            return False
        delivery, is_new = Delivery.objects.get_or_create(
            idempotency_key=str(slot_key(pk, slot)),
            defaults={
                "subscription": subscription,
                "temporal_workflow_id": f"process-subscription-{pk}",
                "trigger_type": Delivery.Trigger.SCHEDULED,
                "scheduled_at": slot,
                "target_type": subscription.target_type,
                "target_value": subscription.target_value,
            },
        )
        if is_new:
            enqueue("subscriptions.deliver", delivery_id=str(delivery.pk))
        return is_new
