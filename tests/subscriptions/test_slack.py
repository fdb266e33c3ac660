"""Reports as Slack gets them, from a server that speaks as Slack does."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from hedgerow.integrations.models import Integration
from hedgerow.subscriptions.models import Sending, Subscription
from tests.accounts import Account
from tests.subscriptions.listeners import Arrived, Listener, Reply, listening, slack
from tests.subscriptions.making import BROKEN, connect_slack, deliver, make_dashboard, make_insight, run_of, subscribe

pytestmark = pytest.mark.usefixtures("event_store")


@pytest.fixture
def player(settings: Settings) -> Iterator[Listener]:
    """Slack, as far as messages go."""
    with listening(slack) as running:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"slack_api_url": f"{running.url}/api/"})
        yield running


def to_slack(account: Account, insights: int = 1, **fields: object) -> Subscription:
    """A subscription of a channel to a dashboard."""
    made = [make_insight(account, f"Insight <{number}>") for number in range(insights)]
    dashboard = make_dashboard(account, *made, name="Board & more")
    integration = connect_slack(account, "xoxb-secret")
    given = {"target_type": "slack", "target_value": "C123|#general", "integration": integration, **fields}
    return subscribe(account, dashboard=dashboard, **given)


def test_the_first_insight_is_the_message_and_the_others_its_thread(account: Account, player: Listener) -> None:
    """What is left out is told at the end."""
    delivery = deliver(run_of(to_slack(account, insights=7)))
    assert delivery.status == "completed"
    assert delivery.recipient_results == [{"recipient": "C123|#general", "status": "success"}]
    first, *replies = [request.json for request in player.arrived]
    assert player.arrived[0].headers["authorization"] == "Bearer xoxb-secret"
    assert first["channel"] == "C123"
    assert "thread_ts" not in first
    text, picture, more, divider, buttons = first["blocks"]
    assert text["text"]["text"] == "Your subscription to the dashboard *Board &amp; more* is ready! 🎉"
    assert picture["type"] == "image"
    assert picture["image_url"].startswith("http://hedgerow.test/exporter/")
    assert more["text"]["text"] == "_See 🧵 for more Insights_"
    assert divider == {"type": "divider"}
    assert [button["text"]["text"] for button in buttons["elements"]] == ["View in Hedgerow", "Manage Subscription"]
    assert len(replies) == 6
    assert {reply["thread_ts"] for reply in replies} == {"1700000000.000001"}
    assert replies[-1]["blocks"][0]["text"]["text"].startswith("Showing 6 of 7 Insights. ")
    assert len(set(player.keys)) == 7
    assert player.keys[0] == f"{delivery.idempotency_key}-1"


def test_an_invitation_says_when_the_next_comes(account: Account, player: Listener) -> None:
    """And nobody is called by what people wrote."""
    deliver(run_of(to_slack(account), "target_change", new_to=["C1"], invite_message="<!channel> look"))
    text = player.arrived[0].json["blocks"][0]["text"]["text"]
    assert text.startswith(
        "This channel has been subscribed to the dashboard *Board &amp; more*! 🎉\nThis subscription is sent"
    )
    assert "&lt;!channel&gt; look" in text


def test_an_insight_that_failed_is_told_in_its_place(account: Account, player: Listener) -> None:
    """Instead of the picture."""
    subscription = to_slack(account)
    subscription.insight, subscription.dashboard = make_insight(account, "Broken", BROKEN), None
    subscription.save()
    deliver(run_of(subscription))
    assert "This insight could not be shown: " in player.arrived[0].json["blocks"][1]["text"]["text"]


def test_without_an_integration_nothing_is_tried(account: Account, player: Listener) -> None:
    """The run fails at once, and says why."""
    subscription = to_slack(account)
    Integration.objects.all().delete()
    delivery = deliver(run_of(Subscription.objects.get(pk=subscription.pk)), rounds=2)
    assert delivery.status == "failed"
    assert delivery.error == {"message": "No Slack integration configured", "type": "missing_integration"}
    assert player.arrived == []


@pytest.mark.parametrize("code", ["not_in_channel", "account_inactive", "is_archived", "channel_not_found"])
def test_errors_of_slack_that_will_not_pass_are_final(account: Account, player: Listener, code: str) -> None:
    """One attempt, and the run fails with Slack's reason."""
    player.reply = lambda listener, request: (200, {"ok": False, "error": code})
    delivery = deliver(run_of(to_slack(account)), rounds=3)
    assert delivery.status == "failed"
    assert delivery.error == {"message": code, "type": code}
    assert len(player.arrived) == 1


def test_slack_that_is_busy_is_asked_again_later(account: Account, player: Listener) -> None:
    """Each time with the same key."""
    delivery = run_of(to_slack(account))
    player.reply = lambda listener, request: (429, {"ok": False, "error": "ratelimited"})
    assert deliver(delivery).status == "starting"
    player.reply = slack
    assert deliver(delivery).status == "completed"
    assert player.keys == [f"{delivery.idempotency_key}-1"] * 2


def test_a_thread_that_breaks_off_is_partly_sent(account: Account, player: Listener) -> None:
    """The run is completed, as its main message has arrived."""

    def first_only(listener: Listener, request: Arrived) -> Reply:
        if "thread_ts" in request.json:
            return 200, {"ok": False, "error": "is_archived"}
        return slack(listener, request)

    player.reply = first_only
    delivery = deliver(run_of(to_slack(account, insights=3)))
    assert delivery.status == "completed"
    (result,) = delivery.recipient_results
    assert result["status"] == "partial"
    assert result["error"]["type"] == "partial_thread_failure"
    assert result["error"]["message"] == "2 of 2 messages of the thread failed: is_archived"


def test_a_thread_that_was_interrupted_goes_on_where_it_was(account: Account, player: Listener) -> None:
    """What had been posted is not posted again."""
    delivery = run_of(to_slack(account, insights=3))
    deliver(delivery)
    posted = player.keys
    type(delivery).objects.update(status="starting")
    Sending.objects.update(state="sending", progress={"ts": "1700000000.000001", "posted": 2})
    deliver(delivery)
    assert player.keys == [*posted, posted[2]]
    assert player.arrived[-1].json["thread_ts"] == "1700000000.000001"
