"""Subscriptions and their deliveries in words, as pages tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from hedgerow.subscriptions.models import Delivery, Subscription, TargetType
from hedgerow.subscriptions.naming import resource_name
from hedgerow.subscriptions.receivers import addresses_of
from hedgerow.subscriptions.recurrence import summary
from hedgerow.web.subscriptions.form import TARGETS

REASONS = {
    Delivery.Trigger.SCHEDULED: "On time",
    Delivery.Trigger.TARGET_CHANGE: "After a pause",
    Delivery.Trigger.MANUAL: "Test",
}
INVITATION = "Invitation"
STATES: dict[str, str] = {
    Delivery.Status.STARTING: "Being sent",
    Delivery.Status.COMPLETED: "Delivered",
    Delivery.Status.FAILED: "Failed",
    Delivery.Status.SKIPPED: "Skipped",
}
RESULTS = {"success": "Received", "partial": "Received in part", "failed": "Not received"}


@dataclass(frozen=True)
class Told:
    """A subscription. `state` is empty while it goes on; `next` is None where nothing more will be sent."""

    id: int
    title: str
    resource: str
    is_of_dashboard: bool
    resource_address: str
    address: str
    way: str
    receivers: list[str]
    rule: str
    state: str
    next: datetime | None
    maker: str
    made_at: datetime
    is_enabled: bool
    is_deleted: bool


@dataclass(frozen=True)
class ToldDelivery:
    """A run of a subscription."""

    id: str
    state: str
    status: str
    reason: str
    began: datetime
    planned: datetime | None
    ended: datetime | None
    way: str
    error: str
    results: list[tuple[str, str, bool, str]]
    """Each receiver with what became of the message, whether that is well, and why not."""
    insights: list[tuple[str, str, str]]
    """Each insight sent with its page and what went wrong."""
    left_out: int
    """How many insights were not sent because there is no room for more."""
    changes: str

    @property
    def is_at_work(self) -> bool:
        """Whether it is being sent."""
        return self.status == Delivery.Status.STARTING


def told_of(subscription: Subscription) -> Told:
    """A subscription in words."""
    resource = resource_name(subscription) or "Insight"
    maker = subscription.created_by
    return Told(
        id=subscription.pk,
        title=subscription.title or resource,
        resource=resource,
        is_of_dashboard=subscription.dashboard_id is not None,
        resource_address=resource_address(subscription),
        address=reverse("subscription", args=[subscription.project_id, subscription.pk]),
        way=TARGETS[TargetType(subscription.target_type)],
        receivers=_receivers(subscription.target_type, subscription.target_value),
        rule=summary(subscription),
        state=_state(subscription),
        next=subscription.next_delivery_date if subscription.enabled else None,
        maker=(maker.first_name or maker.email) if maker else "",
        made_at=subscription.created_at,
        is_enabled=subscription.enabled,
        is_deleted=subscription.deleted,
    )


def resource_address(subscription: Subscription) -> str:
    """The page of what is sent."""
    if subscription.dashboard_id is not None:
        return reverse("dashboard", args=[subscription.project_id, subscription.dashboard_id])
    assert subscription.insight is not None
    return reverse("saved_insight", args=[subscription.project_id, subscription.insight.short_id])


def told_delivery(delivery: Delivery, project_id: int) -> ToldDelivery:
    """A run in words."""
    snapshot: Mapping[str, Any] = delivery.content_snapshot or {}
    insights = snapshot.get("insights") or []
    return ToldDelivery(
        id=str(delivery.pk),
        state=STATES[Delivery.Status(delivery.status)],
        status=delivery.status,
        reason=REASONS[Delivery.Trigger(delivery.trigger_type)] if delivery.new_to is None else INVITATION,
        began=delivery.created_at,
        planned=delivery.scheduled_at,
        ended=delivery.finished_at,
        way=TARGETS[TargetType(delivery.target_type)],
        error=str((delivery.error or {}).get("message") or ""),
        results=[_result(each, delivery.target_type) for each in delivery.recipient_results],
        insights=[_insight(each, project_id) for each in insights],
        left_out=max(0, int(snapshot.get("total_insight_count") or 0) - len(insights)),
        changes=delivery.change_summary or "",
    )


def _receivers(target_type: str, value: str) -> list[str]:
    if target_type == TargetType.EMAIL:
        return list(addresses_of(value))
    # A Slack channel may have its name behind its id.
    return [value.rpartition("|")[2] if target_type == TargetType.SLACK else value]


def _state(subscription: Subscription) -> str:
    if subscription.deleted:
        return "Deleted"
    if not subscription.enabled:
        return "Paused"
    resource = subscription.dashboard or subscription.insight
    if resource is None or resource.deleted:
        return "What it sends is deleted"
    return "Ended" if subscription.next_delivery_date is None else ""


def _result(result: Mapping[str, Any], target_type: str) -> tuple[str, str, bool, str]:
    status, recipient = str(result.get("status")), str(result.get("recipient"))
    problem = str((result.get("error") or {}).get("message") or "")
    receiver = next(iter(_receivers(target_type, recipient)), recipient)
    return receiver, RESULTS.get(status, status), status == "success", problem


def _insight(entry: Mapping[str, Any], project_id: int) -> tuple[str, str, str]:
    page = reverse("saved_insight", args=[project_id, entry["short_id"]])
    return str(entry.get("name") or "Insight"), page, str((entry.get("query_error") or {}).get("message") or "")
