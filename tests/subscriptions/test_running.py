"""A run from its beginning to its end, and what becomes of it where something goes wrong."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from hedgerow.activity.models import ActivityLog
from hedgerow.eventstore.client import EventStore
from hedgerow.exports.models import ExportedAsset
from hedgerow.subscriptions.dispatching import dispatch_due
from hedgerow.subscriptions.models import Delivery, Sending, Subscription
from hedgerow.subscriptions.running import end_abandoned
from hedgerow.work.models import Job
from hedgerow.work.worker import do_waiting_jobs
from tests.accounts import Account
from tests.mail.receiving import Mailbox, part
from tests.subscriptions.making import BROKEN, deliver, make_dashboard, make_insight, run_of, states, subscribe

pytestmark = pytest.mark.usefixtures("event_store")


def test_a_run_answers_draws_sends_and_notes_it_all(account: Account, box: Mailbox) -> None:
    """What was sent is kept with the run, and everybody's result."""
    subscription = subscribe(account, target_value="ada@example.com, bob@example.com ,ADA@example.com")
    delivery = deliver(run_of(subscription))
    assert delivery.status == "completed"
    assert delivery.error is None
    assert delivery.finished_at is not None
    assert delivery.recipient_results == [
        {"recipient": "ada@example.com", "status": "success"},
        {"recipient": "bob@example.com", "status": "success"},
    ]
    assert box.addresses == ["ada@example.com", "bob@example.com"]
    assert len(set(box.ids)) == 2
    (asset,) = ExportedAsset.objects.all()
    assert delivery.exported_asset_ids == [asset.pk]
    assert (asset.created_by, asset.is_system) == (account.user, True)
    assert asset.content_key
    snapshot = delivery.content_snapshot
    assert (snapshot["dashboard"], snapshot["total_insight_count"]) == (None, 1)
    (insight,) = snapshot["insights"]
    assert set(insight) == {
        *("id", "short_id", "name", "description", "dashboard_tile_id", "query_hash", "cache_key"),
        *("comparison_enabled", "query_results"),
    }
    assert insight["name"] == "Signups"
    assert insight["query_results"]["result"] == [[1, "x"]]
    assert insight["query_results"]["columns"] == ["one", "letter"]


def test_of_a_dashboard_the_chosen_insights_are_sent_in_reading_order(account: Account, box: Mailbox) -> None:
    """Each has a picture of its own."""
    insights = [make_insight(account, f"Insight {number}") for number in range(4)]
    dashboard = make_dashboard(account, *insights)
    chosen = [insights[3].pk, insights[1].pk]
    delivery = deliver(run_of(subscribe(account, dashboard=dashboard, dashboard_export_insights=chosen)))
    snapshot = delivery.content_snapshot
    assert snapshot["dashboard"] == {"id": dashboard.pk, "name": "Board"}
    assert [entry["name"] for entry in snapshot["insights"]] == ["Insight 1", "Insight 3"]
    drawn = [ExportedAsset.objects.get(pk=pk).insight for pk in delivery.exported_asset_ids]
    assert drawn == [insights[1], insights[3]]


def test_no_more_insights_than_the_setting_allows(account: Account, box: Mailbox) -> None:
    """The mail says how many there are."""
    dashboard = make_dashboard(account, *[make_insight(account, f"Insight {number}") for number in range(7)])
    delivery = deliver(run_of(subscribe(account, dashboard=dashboard)))
    assert delivery.content_snapshot["total_insight_count"] == 7
    assert len(delivery.content_snapshot["insights"]) == 6
    assert "SHOWING 6 OF 7 DASHBOARD INSIGHTS" in part(box.received[0][1], "plain")


def test_an_insight_that_fails_does_not_spoil_the_report(account: Account, box: Mailbox) -> None:
    """Its place says why it is not there."""
    dashboard = make_dashboard(account, make_insight(account), make_insight(account, "Broken", BROKEN))
    delivery = deliver(run_of(subscribe(account, dashboard=dashboard)))
    assert delivery.status == "completed"
    good, broken = delivery.content_snapshot["insights"]
    assert "query_error" not in good
    assert broken["query_results"] is None
    assert broken["query_error"]["type"] == "QueryError"
    reason = broken["query_error"]["message"]
    assert "nothing_there" in reason
    assert ExportedAsset.objects.get(pk=delivery.exported_asset_ids[1]).exception == reason
    assert "This insight could not be shown" in part(box.received[0][1], "plain")


def test_nothing_to_send_is_skipped(account: Account, box: Mailbox) -> None:
    """A dashboard without insights, a subscription that was paused or deleted after the run began."""
    empty = deliver(run_of(subscribe(account, dashboard=make_dashboard(account))))
    paused = deliver(run_of(subscribe(account, enabled=False)))
    deleted = deliver(run_of(subscribe(account, deleted=True)))
    assert [run.status for run in (empty, paused, deleted)] == ["skipped"] * 3
    assert box.received == []


def test_only_new_receivers_are_invited(account: Account, box: Mailbox) -> None:
    """With nobody new, the run is completed and nobody written to."""
    subscription = subscribe(account, target_value="ada@example.com,bob@example.com")
    deliver(run_of(subscription, "target_change", new_to=["bob@example.com"]))
    assert box.addresses == ["bob@example.com"]
    nobody = deliver(run_of(subscription, "target_change", new_to=[]))
    assert (nobody.status, nobody.recipient_results) == ("completed", [])
    assert len(box.received) == 1


def test_who_unsubscribed_after_the_run_began_gets_nothing(account: Account, box: Mailbox) -> None:
    """The run's addresses are those of its beginning, less those that are gone."""
    subscription = subscribe(account, target_value="ada@example.com,bob@example.com")
    delivery = run_of(subscription)
    Subscription.objects.update(target_value="bob@example.com")
    deliver(delivery)
    assert box.addresses == ["bob@example.com"]


def test_one_address_that_is_refused_does_not_keep_the_mail_from_others(account: Account, box: Mailbox) -> None:
    """The run is completed, the good one was written to once."""
    box.reply = lambda address: "550 No such person" if address.startswith("gone") else None
    delivery = deliver(run_of(subscribe(account, target_value="gone@example.com,ada@example.com")), rounds=3)
    assert delivery.status == "completed"
    assert delivery.recipient_results == [
        {
            "recipient": "gone@example.com",
            "status": "failed",
            "error": {"message": "550 No such person", "type": "MailError"},
        },
        {"recipient": "ada@example.com", "status": "success"},
    ]
    assert box.addresses == ["ada@example.com"]


def test_who_could_not_be_reached_for_a_while_is_tried_again_alone(account: Account, box: Mailbox) -> None:
    """The others got their mail at the first attempt."""
    refusals = iter(["451 Later", "451 Later"])
    box.reply = lambda address: next(refusals, None) if address.startswith("busy") else None
    delivery = run_of(subscribe(account, target_value="busy@example.com,ada@example.com"))
    deliver(delivery)
    job = Job.objects.get(kind="subscriptions.deliver")
    assert timedelta(seconds=5) < job.run_at - timezone.now() <= timedelta(seconds=10)
    delivery = deliver(delivery, rounds=3)
    assert delivery.status == "completed"
    assert box.addresses == ["ada@example.com", "busy@example.com"]
    assert states(delivery) == {"busy@example.com": "sent", "ada@example.com": "sent"}


def test_a_mail_that_all_refuse_is_tried_five_times_and_then_fails(account: Account, box: Mailbox) -> None:
    """The first refusal is the run's error."""
    box.reply = lambda address: "550 Not from you"
    subscription = subscribe(account, target_value="ada@example.com,bob@example.com")
    delivery = deliver(run_of(subscription), rounds=7)
    assert delivery.status == "failed"
    assert delivery.error == {"message": "550 Not from you", "type": "MailError"}
    assert list(Sending.objects.values_list("attempts", flat=True)) == [5, 5]
    assert not Job.objects.exists()
    assert Subscription.objects.get().failures == 1


def test_the_creator_is_told_of_a_planned_run_that_failed(account: Account, box: Mailbox) -> None:
    """By mail, with the reason."""
    box.reply = lambda address: None if address == account.user.email else "550 Not from you"
    subscribe(account, title="Weekly numbers")
    dispatch_due()
    delivery = deliver(Delivery.objects.get(), rounds=6)
    assert delivery.status == "failed"
    do_waiting_jobs()
    ((address, mail),) = box.received
    assert address == account.user.email
    assert mail["Subject"] == 'Hedgerow subscription "Weekly numbers" could not be delivered'
    assert "550 Not from you" in part(mail, "plain")
    assert mail["Message-ID"] == f"<{delivery.pk.hex}.failure@hedgerow.test>"


def test_after_five_failed_runs_in_a_row_a_subscription_is_paused(
    account: Account, box: Mailbox, django_capture_on_commit_callbacks: Any
) -> None:
    """One that succeeds in between begins the count anew."""
    subscription = subscribe(account)
    Subscription.objects.update(failures=4)
    deliver(run_of(subscription))
    assert Subscription.objects.get().failures == 0
    Subscription.objects.update(failures=4)
    box.reply = lambda address: "550 No"
    with django_capture_on_commit_callbacks(execute=True):
        deliver(run_of(subscription), rounds=6)
    assert Subscription.objects.get().enabled is False
    (entry,) = ActivityLog.objects.filter(scope="Subscription")
    assert entry.detail["changes"][0]["field"] == "enabled"


def test_a_run_without_a_job_ends_after_two_hours(account: Account) -> None:
    """One that still has a job goes on, however old it is."""
    subscription = subscribe(account)
    long_ago = timezone.now() - timedelta(hours=3)
    abandoned, going_on, young = run_of(subscription), run_of(subscription), run_of(subscription)
    Delivery.objects.exclude(pk=young.pk).update(created_at=long_ago)
    Job.objects.create(kind="subscriptions.deliver", arguments={"delivery_id": str(going_on.pk)})
    end_abandoned()
    statuses: dict[Any, Any] = dict(Delivery.objects.values_list("pk", "status"))
    assert statuses == {abandoned.pk: "failed", going_on.pk: "starting", young.pk: "starting"}
    assert Delivery.objects.get(pk=abandoned.pk).error == {
        "message": "The delivery did not end within two hours.",
        "type": "Timeout",
    }


def test_what_was_sent_is_never_sent_again(account: Account, box: Mailbox) -> None:
    """A job that is done again finds it noted, and what may have been sent has the id it had before."""
    delivery = run_of(subscribe(account, target_value="ada@example.com,bob@example.com"))
    deliver(delivery)
    ids = box.ids
    Delivery.objects.update(status="starting", finished_at=None)
    Sending.objects.filter(recipient="bob@example.com").update(state="sending")
    deliver(delivery)
    assert box.addresses == ["ada@example.com", "bob@example.com", "bob@example.com"]
    assert box.ids == [*ids, ids[1]]


def test_equal_questions_of_several_subscriptions_are_computed_once(
    account: Account, box: Mailbox, event_store: EventStore
) -> None:
    """Their reports show the same answer, of the same time."""
    insight = make_insight(account)
    runs = [deliver(run_of(subscribe(account, insight=insight))) for _ in range(3)]
    refreshed = {run.content_snapshot["insights"][0]["query_results"]["last_refresh"] for run in runs}
    assert len(refreshed) == 1
    assert len(box.received) == 3
