"""A run of a subscription, from choosing insights to noting what each receiver got.

Each step leaves in the records what it did before the next begins, so that a run whose process died goes on where it
was. Before a message goes out its row says `sending`, afterwards `sent`. Who finds a row that says `sending` does not
know whether the message arrived, and sends it again with the same Message-ID or idempotency key: this window no sender
can close, but the receiver can tell that it is the same message. What says `sent` is never sent again.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from hedgerow.activity.recording import change, record_activity
from hedgerow.exports.making import TRANSIENT
from hedgerow.mail.sending import mail_domain
from hedgerow.subscriptions import mails, slack, snapshot, webhooks
from hedgerow.subscriptions.holding import held
from hedgerow.subscriptions.models import Delivery, Sending, Subscription, TargetType
from hedgerow.subscriptions.naming import resource_name
from hedgerow.subscriptions.outcome import Outcome, told_error
from hedgerow.subscriptions.receivers import addresses_of
from hedgerow.subscriptions.report import Report, report_of
from hedgerow.subscriptions.summaries import change_summary
from hedgerow.work.jobs import Attempt, enqueue
from hedgerow.work.models import Job

log = structlog.get_logger(__name__)

TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=5)
ABANDONED_AFTER = timedelta(hours=2)
FAILURES_TO_PAUSE = 5
"""After so many failed runs in a row a subscription is paused."""

_JOB = "subscriptions.deliver"
_CHANNELS = {TargetType.EMAIL: mails.send, TargetType.SLACK: slack.send, TargetType.WEBHOOK: webhooks.send}
_State, _Status = Sending.State, Delivery.Status
_DONE = (_State.SENT, _State.PARTIAL)
_RESULTS = {_State.SENT: "success", _State.PARTIAL: "partial"}
_Error = dict[str, str]
_TIMEOUT: _Error = {"message": "The delivery did not end within two hours.", "type": "Timeout"}


def deliver(attempt: Attempt, delivery_id: str, number: int = 1) -> None:
    """Do what is left to do of a run; what did not work out is done again later. `number` counts those times."""
    related = ("project__organization", "dashboard__project", "insight__project", "integration", "created_by")
    deliveries = Delivery.objects.select_related(*(f"subscription__{name}" for name in related))
    with held(UUID(delivery_id)) as is_ours:
        if not is_ours:
            _again(delivery_id, number)
            return
        delivery = deliveries.filter(pk=delivery_id, status=_Status.STARTING).first()
        if delivery is None:
            return
        try:
            _go_on(delivery, attempt, number)
        except TRANSIENT as error:
            if attempt.stopping.is_set():
                raise
            log.warning("subscription_put_off", delivery=delivery_id, number=number, reason=str(error))
            if number >= TRIES:
                _finish(delivery, _Status.FAILED, told_error(error))
            else:
                _again(delivery_id, number + 1)
        except Exception as error:
            if attempt.is_last and not attempt.stopping.is_set():
                _finish(delivery, _Status.FAILED, told_error(error))
            raise


def end_abandoned() -> None:
    """End as failed what began long ago and has no job any more that would go on with it."""
    going_on = Job.objects.filter(kind=_JOB, failed_at=None).values_list("arguments", flat=True)
    ids = {arguments.get("delivery_id") for arguments in going_on}
    old = Delivery.objects.filter(status=_Status.STARTING, created_at__lt=timezone.now() - ABANDONED_AFTER)
    for delivery in old.select_related(*(f"subscription__{name}" for name in ("project", "insight", "dashboard"))):
        if str(delivery.pk) not in ids:
            _finish(delivery, _Status.FAILED, _TIMEOUT)


def _go_on(delivery: Delivery, attempt: Attempt, number: int) -> None:
    subscription = delivery.subscription
    if subscription.deleted or not subscription.enabled:
        _finish_with_results(delivery) if delivery.sendings.exists() else _finish(delivery, _Status.SKIPPED)
        return
    if not delivery.content_snapshot and not snapshot.plan(delivery):
        _finish(delivery, _Status.SKIPPED)
        return
    snapshot.fill(delivery, attempt.tag, is_last=number >= TRIES)
    if not delivery.sendings.exists():
        _address(delivery)
    _send(report_of(delivery), attempt, number)


def _address(delivery: Delivery) -> None:
    """Note who is to get a message, together with what has changed since the last time."""
    if delivery.subscription.summary_enabled:
        delivery.change_summary = change_summary(delivery)
    receivers = _mail_receivers(delivery) if delivery.target_type == TargetType.EMAIL else [delivery.target_value]
    with transaction.atomic():
        delivery.save(update_fields=["change_summary", "last_updated_at"])
        Sending.objects.bulk_create(
            Sending(delivery=delivery, recipient=receiver, message_id=_message_id(delivery, receiver))
            for receiver in receivers
        )


def _mail_receivers(delivery: Delivery) -> list[str]:
    """The addresses of the run that have not been taken off the subscription meanwhile."""
    wanted = delivery.target_value if delivery.new_to is None else ",".join(delivery.new_to)
    still_there = {address.lower() for address in addresses_of(delivery.subscription.target_value)}
    return [address for address in addresses_of(wanted) if address.lower() in still_there]


def _message_id(delivery: Delivery, receiver: str) -> str:
    if delivery.target_type != TargetType.EMAIL:
        return delivery.idempotency_key
    return f"{delivery.pk.hex}.{hashlib.sha256(receiver.lower().encode()).hexdigest()[:16]}@{mail_domain()}"


@dataclass(frozen=True, slots=True)
class _Tried:
    sending: Sending
    outcome: Outcome


def _send(report: Report, attempt: Attempt, number: int) -> None:
    """Send what has not been sent; then note how the run went, or have the rest tried again."""
    delivery = report.delivery
    tried = []
    for sending in delivery.sendings.filter(state__in=[_State.WAITING, _State.SENDING]).order_by("pk"):
        if attempt.stopping.is_set():
            raise InterruptedError("The server is stopping.")
        tried.append(_Tried(sending, _attempt(report, sending)))
    has_arrived = delivery.sendings.filter(state__in=_DONE).exists()
    left = [each for each in tried if _is_worth_another_try(each, has_arrived=has_arrived)]
    with transaction.atomic():
        for each in tried:
            if each not in left and each.outcome.state not in _DONE:
                Sending.objects.filter(pk=each.sending.pk).update(state=_State.FAILED)
        if left:
            _again(str(delivery.pk), number, max(each.sending.attempts for each in left))
        else:
            _finish_with_results(delivery)


def _attempt(report: Report, sending: Sending) -> Outcome:
    sending.attempts += 1
    sending.state = _State.SENDING
    sending.save(update_fields=["attempts", "state"])
    outcome = _CHANNELS[TargetType(report.delivery.target_type)](report, sending)
    sending.state, sending.error = outcome.state, outcome.error
    if outcome.state in _DONE:
        sending.sent_at = timezone.now()
    sending.save(update_fields=["state", "error", "sent_at"])
    return outcome


def _is_worth_another_try(tried: _Tried, *, has_arrived: bool) -> bool:
    """Whether a message that did not go out may go out later.

    A mail that every address refused was perhaps refused for the sender's sake, so it is tried again in any case.
    """
    if tried.outcome.state in _DONE or tried.sending.attempts >= TRIES:
        return False
    return tried.outcome.is_temporary or (tried.outcome.is_refusal and not has_arrived)


def _finish_with_results(delivery: Delivery) -> None:
    sendings = list(delivery.sendings.order_by("pk"))
    if not sendings or any(sending.state in _DONE for sending in sendings):
        _finish(delivery, _Status.COMPLETED)
    else:
        _finish(delivery, _Status.FAILED, sendings[0].error)


def _finish(delivery: Delivery, status: Delivery.Status, error: _Error | None = None) -> None:
    """Note how the run ended, once, and what follows for the subscription."""
    now = timezone.now()
    results = [_result(sending, error) for sending in delivery.sendings.order_by("pk")]
    with transaction.atomic():
        ended = Delivery.objects.filter(pk=delivery.pk, status=_Status.STARTING).update(
            status=status, error=error, recipient_results=results, finished_at=now, last_updated_at=now
        )
        if not ended:
            return
        if status == _Status.COMPLETED:
            Subscription.objects.filter(pk=delivery.subscription_id).update(failures=0)
        elif status == _Status.FAILED:
            _count_failure(delivery)
    log.info("subscription_delivered", delivery=str(delivery.pk), status=str(status), error=error)


def _result(sending: Sending, failure: _Error | None) -> dict[str, Any]:
    result = {"recipient": sending.recipient, "status": _RESULTS.get(_State(sending.state), "failed")}
    if result["status"] == "success":
        return result
    return {**result, "error": sending.error or failure or {"message": "Nothing was sent.", "type": "NotSent"}}


def _count_failure(delivery: Delivery) -> None:
    """Count it, pause what fails all the time, and tell who made the subscription."""
    subscription = Subscription.objects.filter(pk=delivery.subscription_id)
    subscription.update(failures=F("failures") + 1)
    if subscription.filter(enabled=True, failures__gte=FAILURES_TO_PAUSE).update(enabled=False, failures=0):
        record_activity(
            scope="Subscription",
            activity="updated",
            item_id=delivery.subscription_id,
            user=None,
            project=delivery.subscription.project,
            name=resource_name(delivery.subscription),
            changes=[change("Subscription", "enabled", True, False)],
        )
    if delivery.trigger_type == Delivery.Trigger.SCHEDULED:
        enqueue("subscriptions.tell_of_failure", delivery_id=str(delivery.pk))


def _again(delivery_id: str, number: int, tries: int | None = None) -> None:
    pause = min(FIRST_PAUSE * 2 ** ((tries or number) - 1), LONGEST_PAUSE)
    enqueue(_JOB, after=pause, delivery_id=delivery_id, number=number)
