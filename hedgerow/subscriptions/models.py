"""Subscriptions, their deliveries, and what each receiver of a delivery got."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7


class TargetType(models.TextChoices):
    """By what way something is sent."""

    EMAIL = "email"
    SLACK = "slack"
    WEBHOOK = "webhook"


class Subscription(models.Model):
    """An insight or a dashboard to be sent at the times of a recurrence rule, see `hedgerow.subscriptions.recurrence`.

    `next_delivery_date` is None when there will be no more. `failures` counts failed runs in a row.
    """

    class Frequency(models.TextChoices):
        """The unit of the recurrence."""

        DAILY = "daily"
        WEEKLY = "weekly"
        MONTHLY = "monthly"
        YEARLY = "yearly"

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="subscriptions")
    dashboard = models.ForeignKey("dashboards.Dashboard", models.CASCADE, null=True, blank=True, related_name="+")
    insight = models.ForeignKey("saved_insights.Insight", models.CASCADE, null=True, blank=True, related_name="+")
    dashboard_export_insights = models.JSONField(default=list)
    target_type = models.CharField(max_length=10, choices=TargetType)
    target_value = models.TextField()
    integration = models.ForeignKey(
        "integrations.Integration", models.SET_NULL, null=True, blank=True, related_name="subscriptions"
    )
    frequency = models.CharField(max_length=10, choices=Frequency)
    interval = models.PositiveIntegerField(default=1)
    byweekday = models.JSONField(null=True, blank=True)
    bysetpos = models.IntegerField(null=True, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    start_date = models.DateTimeField()
    until_date = models.DateTimeField(null=True, blank=True)
    next_delivery_date = models.DateTimeField(null=True, blank=True)
    title = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 - null on the wire
    summary_enabled = models.BooleanField(default=False)
    summary_prompt_guide = models.CharField(max_length=500, blank=True, default="")
    enabled = models.BooleanField(default=True)
    deleted = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_delivery_date"], condition=Q(deleted=False, enabled=True), name="subscriptions_by_date"
            )
        ]

    def __str__(self) -> str:
        return self.title or f"Subscription {self.pk}"


class Delivery(models.Model):
    """One run of a subscription: what was sent to whom, and how that went.

    `idempotency_key` is made of the subscription and the planned time, so that no time is used twice. `new_to` are, of
    an invitation, the receivers that are new.
    """

    class Trigger(models.TextChoices):
        """Why there is a run."""

        SCHEDULED = "scheduled"
        TARGET_CHANGE = "target_change"
        MANUAL = "manual"

    class Status(models.TextChoices):
        """How far it is."""

        STARTING = "starting"
        COMPLETED = "completed"
        FAILED = "failed"
        SKIPPED = "skipped"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries", db_index=False)
    idempotency_key = models.CharField(max_length=200, unique=True)
    temporal_workflow_id = models.CharField(max_length=200)
    trigger_type = models.CharField(max_length=16, choices=Trigger)
    scheduled_at = models.DateTimeField(null=True, blank=True)
    target_type = models.CharField(max_length=10, choices=TargetType)
    target_value = models.TextField()
    new_to = models.JSONField(null=True, blank=True)
    invite_message = models.TextField(blank=True, default="")
    exported_asset_ids = models.JSONField(default=list)
    content_snapshot = models.JSONField(default=dict)
    change_summary = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire
    recipient_results = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status, default=Status.STARTING)
    error = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subscription", "-created_at", "-id"], name="deliveries_newest_first")]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"


class Sending(models.Model):
    """What happened to the message of a delivery for one receiver; `message_id` is the same at every attempt.

    `progress` tells of a message of several parts which of them have been sent.
    """

    class State(models.TextChoices):
        """`sending` was written before the attempt: who finds it so does not know whether the message arrived."""

        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        PARTIAL = "partial"
        FAILED = "failed"

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="sendings", db_index=False)
    recipient = models.TextField()
    message_id = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    progress = models.JSONField(default=dict)
    error = models.JSONField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "recipient"], name="one_sending_per_recipient")]

    def __str__(self) -> str:
        return f"{self.state} to {self.recipient}"
