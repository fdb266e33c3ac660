"""Making and changing subscriptions, with the runs and the entries of the log that follow."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from hedgerow.activity.recording import changes_between, record_activity, snapshot
from hedgerow.api.errors import ValidationError
from hedgerow.organizations.models import User
from hedgerow.subscriptions.models import Delivery, Sending, Subscription, TargetType
from hedgerow.subscriptions.naming import resource_name
from hedgerow.subscriptions.receivers import added_addresses, addresses_of
from hedgerow.subscriptions.recurrence import planned_delivery
from hedgerow.subscriptions.rules import NO_MORE_TIMES
from hedgerow.subscriptions.runs import begin_run

SCOPE = "Subscription"
SCHEDULE = frozenset({"frequency", "interval", "byweekday", "bysetpos", "count", "start_date", "until_date"})
"""What decides when a subscription is sent."""
_NOT_LOGGED = ("next_delivery_date", "failures")
"""What follows from the rest."""


@transaction.atomic
def create_subscription(subscription: Subscription, user: User, *, invite_message: str = "") -> Subscription:
    """Store a new subscription that has been checked, and invite its receivers.

    Raises ValidationError when it would never be sent.
    """
    subscription.created_by = user
    subscription.next_delivery_date = _planned(subscription)
    if subscription.next_delivery_date is None:
        raise ValidationError(f"{NO_MORE_TIMES}.", attr="start_date")
    subscription.save()
    _log("created", subscription, user)
    if subscription.enabled:
        _invite(subscription, None, invite_message)
    return subscription


@transaction.atomic
def change_subscription(
    subscription: Subscription, changes: dict[str, Any], user: User, *, invite_message: str = ""
) -> Subscription:
    """Change a subscription, after the changes have been checked.

    A changed schedule and an end of the pause plan the next delivery anew; new receivers are invited; after a pause it
    is sent at once, without inviting again who has got it before. Raises ValidationError when it would never be sent
    again.
    """
    # Not locked before, as the look at where a webhook leads may take a while.
    subscription.refresh_from_db(from_queryset=Subscription.objects.select_for_update())
    before = snapshot(subscription)
    for name, value in changes.items():
        setattr(subscription, name, value)
    after = snapshot(subscription)
    changed = {name for name, value in after.items() if value != before[name]}
    is_resumed = "enabled" in changed and subscription.enabled
    _plan(subscription, changed, is_resumed=is_resumed)
    if is_resumed:
        subscription.failures = 0
    subscription.save(update_fields=[*changes, "next_delivery_date", "failures"])
    _log("updated", subscription, user, changes_between(SCOPE, _logged(before), _logged(after)))
    if subscription.deleted or not subscription.enabled:
        return subscription
    if is_resumed:
        _send_after_pause(subscription, invite_message)
    elif changed & {"target_type", "target_value"}:
        was_mail = before["target_type"] == TargetType.EMAIL
        _invite(subscription, before["target_value"] if was_mail else None, invite_message)
    return subscription


def _plan(subscription: Subscription, changed: set[str], *, is_resumed: bool) -> None:
    """Plan the next delivery anew where that is called for."""
    now = timezone.now()
    following = subscription.next_delivery_date
    # What was deleted does not come back with a time that has gone by since.
    is_late = "deleted" in changed and not subscription.deleted and following is not None and following <= now
    if not (changed & SCHEDULE or is_resumed or is_late):
        return
    subscription.next_delivery_date = _planned(subscription)
    if subscription.next_delivery_date is None:
        if is_resumed:
            raise ValidationError(f"{NO_MORE_TIMES} before re-enabling.", attr="enabled")
        if changed & SCHEDULE:
            raise ValidationError(f"{NO_MORE_TIMES}.")


def _planned(subscription: Subscription) -> Any:
    return planned_delivery(subscription, timezone.now(), subscription.project.timezone)


def _invite(subscription: Subscription, before: str | None, invite_message: str) -> None:
    """Send it to who is new; of mail addresses that are those which were not there before."""
    is_mail = subscription.target_type == TargetType.EMAIL
    new_to = added_addresses(before or "", subscription.target_value) if is_mail else [subscription.target_value]
    begin_run(subscription, Delivery.Trigger.TARGET_CHANGE, new_to=new_to, invite_message=invite_message)


def _send_after_pause(subscription: Subscription, invite_message: str) -> None:
    """Send it to those who have got it before, and invite those who have not."""
    is_mail = subscription.target_type == TargetType.EMAIL
    receivers = list(addresses_of(subscription.target_value)) if is_mail else [subscription.target_value]
    got = Sending.objects.filter(
        delivery__subscription=subscription,
        delivery__target_type=subscription.target_type,
        state__in=[Sending.State.SENT, Sending.State.PARTIAL],
    )
    reached = {recipient.lower() for recipient in got.values_list("recipient", flat=True).distinct()}
    known = [receiver for receiver in receivers if receiver.lower() in reached]
    new_to = [receiver for receiver in receivers if receiver.lower() not in reached]
    if known:
        begin_run(subscription, Delivery.Trigger.TARGET_CHANGE, receivers=known)
    if new_to:
        begin_run(subscription, Delivery.Trigger.TARGET_CHANGE, new_to=new_to, invite_message=invite_message)


def _logged(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in _NOT_LOGGED}


def _log(activity: str, subscription: Subscription, user: User, changes: list[dict[str, Any]] | None = None) -> None:
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=subscription.pk,
        user=user,
        project=subscription.project,
        name=resource_name(subscription),
        changes=changes,
    )
