"""Runs begin when their time has come: each planned time has one, whatever clocks and dispatchers do."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from hedgerow.subscriptions import dispatching
from hedgerow.subscriptions.dispatching import dispatch_due, slot_key
from hedgerow.subscriptions.models import Delivery, Subscription
from hedgerow.work.models import Job
from tests.accounts import Account, make_account
from tests.subscriptions.making import make_dashboard, make_insight, subscribe

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SLOT = datetime(2026, 3, 10, 9, tzinfo=UTC)


def next_of(subscription: Subscription) -> datetime | None:
    """The planned time."""
    return Subscription.objects.get(pk=subscription.pk).next_delivery_date


def test_a_time_that_has_come_is_used_up_by_one_run(account: Account) -> None:
    """The run, its job and the next date come together."""
    subscription = subscribe(account, next_delivery_date=SLOT)
    assert dispatch_due(NOW) == 1
    delivery = Delivery.objects.get()
    assert (delivery.trigger_type, delivery.scheduled_at, delivery.status) == ("scheduled", SLOT, "starting")
    assert delivery.temporal_workflow_id == f"process-subscription-{subscription.pk}"
    assert delivery.idempotency_key == str(slot_key(subscription.pk, SLOT))
    assert next_of(subscription) == datetime(2026, 3, 11, 9, tzinfo=UTC)
    assert Job.objects.get(kind="subscriptions.deliver").arguments == {"delivery_id": str(delivery.pk)}
    assert dispatch_due(NOW) == 0


def test_times_to_come_wait(account: Account) -> None:
    """Nothing is sent before its time."""
    subscribe(account, next_delivery_date=NOW + timedelta(seconds=1))
    assert dispatch_due(NOW) == 0


def test_of_times_missed_one_run_is_made_and_the_next_is_in_the_future(account: Account) -> None:
    """The server was away for three days."""
    subscription = subscribe(account, next_delivery_date=SLOT)
    later = NOW + timedelta(days=3)
    assert dispatch_due(later) == 1
    assert dispatch_due(later) == 0
    assert Delivery.objects.get().scheduled_at == SLOT
    assert next_of(subscription) == datetime(2026, 3, 14, 9, tzinfo=UTC)


def test_a_clock_that_is_set_back_makes_no_second_run(account: Account) -> None:
    """Neither does a rule that is changed so that a time used before comes again."""
    subscription = subscribe(account, next_delivery_date=SLOT)
    dispatch_due(NOW)
    assert dispatch_due(NOW - timedelta(days=2)) == 0
    Subscription.objects.filter(pk=subscription.pk).update(next_delivery_date=SLOT)
    assert dispatch_due(NOW) == 0
    assert next_of(subscription) == datetime(2026, 3, 11, 9, tzinfo=UTC)
    assert Delivery.objects.count() == 1


def test_the_last_time_leaves_no_next_one(account: Account) -> None:
    """It is sent all the same."""
    subscription = subscribe(account, next_delivery_date=SLOT, until_date=SLOT)
    assert dispatch_due(NOW) == 1
    assert next_of(subscription) is None
    assert dispatch_due(NOW + timedelta(days=1)) == 0


def test_what_is_paused_or_deleted_is_not_sent(account: Account) -> None:
    """Also where it is the insight or the dashboard that was deleted; restored, they are sent again."""
    subscribe(account, next_delivery_date=SLOT, enabled=False)
    subscribe(account, next_delivery_date=SLOT, deleted=True)
    insight = make_insight(account)
    subscribe(account, next_delivery_date=SLOT, insight=insight)
    dashboard = make_dashboard(account, insight)
    subscribe(account, next_delivery_date=SLOT, dashboard=dashboard)
    for thing in (insight, dashboard):
        thing.deleted = True
        thing.save()
    assert dispatch_due(NOW) == 0
    for thing in (insight, dashboard):
        thing.deleted = False
        thing.save()
    assert dispatch_due(NOW) == 2


@pytest.mark.django_db(transaction=True)
def test_dispatchers_at_the_same_time_make_one_run_for_each() -> None:
    """Four of them, for twenty subscriptions."""
    account = make_account()
    insight = make_insight(account)
    for _ in range(20):
        subscribe(account, insight=insight, next_delivery_date=SLOT)
    start = threading.Barrier(4)
    begun = []

    def dispatch() -> None:
        start.wait()
        try:
            begun.append(dispatch_due(NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=dispatch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(begun) == 20
    assert Delivery.objects.count() == 20
    assert Job.objects.filter(kind="subscriptions.deliver").count() == 20


def test_a_run_that_cannot_be_written_leaves_its_time(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time and run go together: where one fails, the other has not happened either."""
    subscription = subscribe(account, next_delivery_date=SLOT)

    def fail(*args: object, **arguments: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(dispatching, "enqueue", fail)
        assert dispatch_due(NOW) == 0
    assert next_of(subscription) == SLOT
    assert not Delivery.objects.exists()
    assert dispatch_due(NOW) == 1


def test_hundreds_of_subscriptions_that_are_due_are_dispatched_at_once(account: Account) -> None:
    """So that all come in the minute they are planned for."""
    insight = make_insight(account)
    example = subscribe(account, insight=insight, next_delivery_date=SLOT)
    copied = {"project": account.project, "insight": insight, "target_type": "email", "target_value": "a@example.com"}
    Subscription.objects.bulk_create(
        Subscription(**copied, frequency="daily", start_date=example.start_date, next_delivery_date=SLOT)
        for _ in range(199)
    )
    before = timezone.now()
    assert dispatch_due(NOW) == 200
    assert Delivery.objects.filter(created_at__gte=before).count() == 200
