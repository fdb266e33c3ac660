"""Subscriptions and runs of them for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.integrations.models import Integration
from hedgerow.integrations.secrets import encrypted
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.models import Delivery, Sending, Subscription
from hedgerow.work.models import Job
from hedgerow.work.worker import do_waiting_jobs
from tests.accounts import Account

START = datetime(2026, 3, 4, 9, tzinfo=UTC)
NUMBERS = {"kind": "DataVisualizationNode", "source": {"kind": "HogQLQuery", "query": "select 1 as one, 'x' as letter"}}
BROKEN = {
    "kind": "DataVisualizationNode",
    "source": {"kind": "HogQLQuery", "query": "select nothing_there from events"},
}


def make_insight(account: Account, name: str = "Signups", query: dict[str, Any] | None = None) -> Insight:
    """A saved insight that can be answered without any events."""
    return Insight.objects.create(project=account.project, name=name, query=query or NUMBERS, created_by=account.user)


def make_dashboard(account: Account, *insights: Insight, name: str = "Board") -> Dashboard:
    """A dashboard with the insights below one another."""
    dashboard = Dashboard.objects.create(project=account.project, name=name, created_by=account.user)
    for row, insight in enumerate(insights):
        layouts = {"sm": {"x": 0, "y": row * 5, "w": 6, "h": 5}}
        Tile.objects.create(dashboard=dashboard, insight=insight, layouts=layouts)
    return dashboard


def subscribe(account: Account, **fields: Any) -> Subscription:
    """A daily subscription to a new insight, by mail, if nothing else is said."""
    if "dashboard" not in fields and "insight" not in fields:
        fields["insight"] = make_insight(account)
    given = {
        "target_type": "email",
        "target_value": "ada@example.com",
        "frequency": "daily",
        "start_date": START,
        "next_delivery_date": timezone.now() - timedelta(minutes=1),
        **fields,
    }
    return Subscription.objects.create(project=account.project, created_by=account.user, **given)


def connect_slack(account: Account, token: str) -> Integration:
    """A workspace of Slack that the project may write to."""
    workspace = {"kind": "slack", "integration_id": "T1"}
    return Integration.objects.create(project=account.project, secrets=encrypted(token), **workspace)


def run_of(subscription: Subscription, trigger: str = "manual", **fields: Any) -> Delivery:
    """A run that has not begun."""
    return Delivery.objects.create(
        subscription=subscription,
        idempotency_key=str(uuid4()),
        temporal_workflow_id=f"process-subscription-{trigger}-{subscription.pk}",
        trigger_type=trigger,
        target_type=subscription.target_type,
        target_value=subscription.target_value,
        **fields,
    )


def deliver(delivery: Delivery, rounds: int = 1) -> Delivery:
    """Do the run's job, and those that follow, without waiting for the pauses between them; the run as it is then."""
    Job.objects.get_or_create(kind="subscriptions.deliver", arguments={"delivery_id": str(delivery.pk)})
    for _ in range(rounds):
        Job.objects.filter(kind="subscriptions.deliver").update(run_at=timezone.now())
        do_waiting_jobs()
    return Delivery.objects.select_related("subscription").get(pk=delivery.pk)


def states(delivery: Delivery) -> dict[str, str]:
    """What each receiver's message came to."""
    return dict(Sending.objects.filter(delivery=delivery).values_list("recipient", "state"))
