"""Reports as a real receiver of webhooks gets them."""

import hashlib
import hmac
import socket
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from hedgerow.subscriptions.models import Subscription
from hedgerow.subscriptions.webhooks import signing_secret
from tests.accounts import Account, make_account
from tests.subscriptions.listeners import Listener, listening, thanks
from tests.subscriptions.making import BROKEN, deliver, make_dashboard, make_insight, run_of, subscribe

pytestmark = pytest.mark.usefixtures("event_store")


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Listener]:
    """Somebody who wants reports, on this machine, which the operator allows."""
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"outgoing_allowed_hosts": ["127.0.0.1"]})
    with listening(thanks) as running:
        yield running


def to_webhook(account: Account, receiver: Listener, **fields: object) -> Subscription:
    """A subscription of the receiver."""
    return subscribe(account, target_type="webhook", target_value=f"{receiver.url}/hook", **fields)


def test_the_report_is_posted_as_json(account: Account, receiver: Listener) -> None:
    """With all that was sent, and a key that names the run."""
    subscription = to_webhook(account, receiver, title="Numbers")
    delivery = deliver(run_of(subscription))
    assert delivery.recipient_results == [{"recipient": f"{receiver.url}/hook", "status": "success"}]
    (request,) = receiver.arrived
    assert request.path == "/hook"
    assert request.headers["idempotency-key"] == delivery.idempotency_key
    assert request.headers["content-type"] == "application/json"
    told = request.json
    insight = subscription.insight
    assert insight is not None
    place = f"http://hedgerow.test/project/{account.project.pk}/insights/{insight.short_id}"
    image, sent_at = told["insights"][0].pop("image_url"), told.pop("sent_at")
    assert image.startswith("http://hedgerow.test/exporter/")
    assert sent_at.startswith("20")
    assert told == {
        "type": "subscription.delivery",
        "delivery_id": str(delivery.pk),
        "idempotency_key": delivery.idempotency_key,
        "trigger_type": "manual",
        "scheduled_at": None,
        "subscription": {
            "id": subscription.pk,
            "title": "Numbers",
            "summary": "sent every day",
            "url": f"{place}/subscriptions/{subscription.pk}",
        },
        "resource": {
            "kind": "insight",
            "id": insight.pk,
            "short_id": insight.short_id,
            "name": "Signups",
            "url": place,
        },
        "total_insight_count": 1,
        "change_summary": None,
        "insights": [
            {
                "id": insight.pk,
                "short_id": insight.short_id,
                "name": "Signups",
                "url": place,
                "query_results": delivery.content_snapshot["insights"][0]["query_results"],
                "error": None,
            }
        ],
    }


def test_the_body_is_signed(account: Account, receiver: Listener) -> None:
    """By HMAC-SHA256 with a secret that is another one for each subscription."""
    subscription = to_webhook(account, receiver)
    deliver(run_of(subscription))
    (request,) = receiver.arrived
    secret = signing_secret(subscription)
    expected = hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-hedgerow-signature"] == f"sha256={expected}"
    assert signing_secret(to_webhook(account, receiver)) != secret


def test_those_who_may_change_a_subscription_are_told_its_secret(account: Account, receiver: Listener) -> None:
    """It is that of webhooks of this project only."""
    subscription, by_mail = to_webhook(account, receiver), subscribe(account)
    stranger = make_account()
    address = f"/api/projects/{account.project.pk}/subscriptions/{{}}/webhook_secret/"
    asked = account.api("subscription:write").get(address.format(subscription.pk))
    assert asked.json() == {"secret": signing_secret(subscription)}
    assert account.api("subscription:read").get(address.format(subscription.pk)).status_code == 403
    assert stranger.api().get(address.format(subscription.pk)).status_code == 403
    for other in (by_mail.pk, to_webhook(stranger, receiver).pk, "x", 10**30):
        assert account.api().get(address.format(other)).status_code == 404


def test_a_dashboard_with_an_insight_that_failed(account: Account, receiver: Listener) -> None:
    """The insight's error is in its place."""
    dashboard = make_dashboard(account, make_insight(account), make_insight(account, "Broken", BROKEN))
    deliver(run_of(to_webhook(account, receiver, dashboard=dashboard)))
    told = receiver.arrived[0].json
    assert (told["resource"]["kind"], told["resource"]["short_id"]) == ("dashboard", None)
    _, broken = told["insights"]
    assert (broken["image_url"], broken["query_results"]) == (None, None)
    assert "nothing_there" in broken["error"]


def test_a_receiver_that_fails_for_a_while_gets_it_once(account: Account, receiver: Listener) -> None:
    """Two errors of the server, then thanks: one success, and the same key each time."""
    answers = iter([500, 503])
    receiver.reply = lambda listener, request: (next(answers, 200), {})
    delivery = run_of(to_webhook(account, receiver))
    delivery = deliver(delivery, rounds=4)
    assert delivery.status == "completed"
    assert [result["status"] for result in delivery.recipient_results] == ["success"]
    assert receiver.keys == [delivery.idempotency_key] * 3


@pytest.mark.parametrize("status", [302, 400, 404, 410])
def test_what_the_receiver_does_not_want_is_not_sent_again(account: Account, receiver: Listener, status: int) -> None:
    """Redirects are not followed."""
    receiver.reply = lambda listener, request: (status, {})
    delivery = deliver(run_of(to_webhook(account, receiver)), rounds=3)
    assert delivery.status == "failed"
    assert delivery.error == {"message": f"The webhook answered {status}.", "type": "WebhookError"}
    assert len(receiver.arrived) == 1


def test_a_receiver_that_is_always_away_fails_after_five_attempts(account: Account, settings: Settings) -> None:
    """Nobody listens at the port."""
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"outgoing_allowed_hosts": ["127.0.0.1"]})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        delivery = deliver(run_of(subscribe(account, target_type="webhook", target_value=url)), rounds=7)
    assert delivery.status == "failed"
    assert delivery.sendings.get().attempts == 5


def test_addresses_inside_of_the_network_are_refused_also_when_it_is_sent(account: Account, settings: Settings) -> None:
    """The operator may have taken a host off the list."""
    with listening(thanks) as receiver:
        delivery = deliver(run_of(to_webhook(account, receiver)), rounds=2)
        assert receiver.arrived == []
    assert delivery.status == "failed"
    assert delivery.error == {"message": "Local/metadata host", "type": "RefusedAddress"}
