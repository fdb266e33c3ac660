"""Pages of subscriptions: the dialog, what it makes, the lists, and the history of deliveries."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.integrations.models import Integration
from hedgerow.integrations.secrets import encrypted
from hedgerow.organizations.models import Organization
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.models import Delivery, Subscription
from hedgerow.subscriptions.webhooks import signing_secret
from tests.integrations.slack_player import playing_slack
from tests.web.visiting import Visitor

TRENDS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "paid"}]}
FRIDAYS = {
    "target": "email",
    "emails": "ada@example.com\ngrace@example.com",
    "interval": "1",
    "frequency": "weekly",
    "day": ["friday"],
    "start-day": "2024-01-05",
    "start-time": "09:00",
    "end": "never",
}


@pytest.fixture
def insight(visitor: Visitor) -> Insight:
    return Insight.objects.create(project=visitor.project, name="Payments", query=TRENDS, created_by=visitor.user)


@pytest.fixture
def board(visitor: Visitor, insight: Insight) -> Dashboard:
    board = Dashboard.objects.create(project=visitor.project, name="Shop", created_by=visitor.user)
    Tile.objects.create(dashboard=board, insight=insight)
    return board


def subscribe(visitor: Visitor, kind: str, object_id: Any, **fields: Any) -> Any:
    """What the form answers when it is sent."""
    path = f"/project/{visitor.project.pk}/subscriptions/new/{kind}/{object_id}"
    return visitor.client.post(path, {**FRIDAYS, **fields}, headers={"HX-Request": "true"})


def made(visitor: Visitor, insight: Insight, **fields: Any) -> Subscription:
    """A subscription made through the form."""
    response = subscribe(visitor, "insight", insight.short_id, **fields)
    assert "HX-Redirect" in response, response.content.decode()
    return Subscription.objects.order_by("-pk")[0]


def change(visitor: Visitor, subscription: Subscription, what: str) -> str:
    """The page after something was done to a subscription."""
    path = f"/project/{visitor.project.pk}/subscriptions/{subscription.pk}/change"
    response = visitor.client.post(path, {"do": what, "back": ""}, follow=True)
    assert response.status_code == 200, response.status_code
    subscription.refresh_from_db()
    return str(response.content.decode())


def preview(visitor: Visitor, **fields: Any) -> str:
    path = f"/project/{visitor.project.pk}/subscriptions/preview"
    return str(visitor.client.post(path, {**FRIDAYS, **fields}).content.decode())


def test_an_insight_is_sent_every_friday_to_two_people(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight, message="Have a look")
    assert subscription.insight == insight
    assert subscription.target_value == "ada@example.com,grace@example.com"
    assert (subscription.frequency, subscription.byweekday) == ("weekly", ["friday"])
    assert subscription.start_date == datetime(2024, 1, 5, 9, tzinfo=UTC)
    delivery = Delivery.objects.get()
    assert delivery.trigger_type == "target_change"
    assert delivery.invite_message == "Have a look"


def test_times_are_those_of_the_project(visitor: Visitor, insight: Insight) -> None:
    visitor.project.timezone = "Europe/Berlin"
    visitor.project.save()
    subscription = made(visitor, insight, end="day", until="2126-07-01")
    assert subscription.start_date == datetime(2024, 1, 5, 8, tzinfo=UTC)
    assert subscription.until_date == datetime(2126, 7, 1, 21, 59, 59, tzinfo=UTC), "the last day counts to its end"


def test_the_form_offers_the_insights_of_a_dashboard(visitor: Visitor, board: Dashboard, insight: Insight) -> None:
    page = visitor.text(f"subscriptions/of/dashboard/{board.pk}")
    assert "Subscribe to Shop" in page
    assert re.search(rf'value="{insight.pk}" checked', page)
    refused = subscribe(visitor, "dashboard", board.pk).content.decode()
    assert "Select at least one insight for this subscription." in refused
    assert "HX-Redirect" in subscribe(visitor, "dashboard", board.pk, insights=[insight.pk])
    assert Subscription.objects.get().dashboard_export_insights == [insight.pk]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"emails": ""}, "Receivers: This field may not be blank."),
        ({"emails": "nobody"}, "is not a valid email address"),
        ({"interval": "0"}, "Repeat every: Ensure this value is greater than or equal to 1."),
        ({"start-day": ""}, "Choose the day and the time from which on it is sent."),
        ({"end": "day", "until": ""}, "Choose the last day."),
        ({"end": "count", "count": ""}, "Say after how many times it ends."),
        ({"end": "day", "until": "2001-01-01"}, "reached its end date"),
        ({"target": "webhook", "url": "http://localhost/"}, "Invalid webhook URL"),
        ({"target": "slack", "channel": "C1"}, "A Slack integration is required"),
        ({"sub-title": "x" * 101}, "Title: Ensure this field has no more than 100 characters."),
    ],
)
def test_what_is_wrong_is_told_in_the_form_which_keeps_what_was_written(
    visitor: Visitor, insight: Insight, fields: dict[str, str], told: str
) -> None:
    page = subscribe(visitor, "insight", insight.short_id, **{"message": "Kept <words>", **fields}).content.decode()
    assert 'role="alert"' in page
    assert told in page
    assert "Kept &lt;words&gt;" in page
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Sent every week on Friday"),
        ({"interval": "2", "day": ["monday", "thursday"]}, "Sent every 2 weeks on Monday and Thursday"),
        ({"frequency": "monthly", "day": ["monday"], "position": "-1"}, "Sent every month on the last Monday"),
        ({"frequency": "monthly", "day": [], "position": "1"}, "Sent every month"),
        ({"interval": "x"}, "Repeat every: A valid integer is required."),
        ({"start-day": "1999-01-01", "end": "count", "count": "3"}, "With this it is never sent."),
    ],
)
def test_the_recurrence_is_told_while_it_is_chosen(visitor: Visitor, fields: dict[str, Any], told: str) -> None:
    assert told in preview(visitor, **fields)


def test_the_next_three_dates_are_shown(visitor: Visitor) -> None:
    page = preview(visitor)
    first, second, third = map(datetime.fromisoformat, re.findall(r'<time datetime="([^"]*)"', page))
    assert (second - first, third - second) == (timedelta(weeks=1), timedelta(weeks=1))
    assert f"Fri {first.day} {first:%b %Y} 09:00" in page
    tomorrow = timezone.now() + timedelta(days=1)
    ends = preview(visitor, frequency="daily", day=[], end="count", count="2", **{"start-day": f"{tomorrow:%Y-%m-%d}"})
    assert ends.count("<time") == 2
    assert "Then it ends." in ends


def test_changing_the_title_moves_no_date_and_invites_nobody(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight)
    odd, planned = datetime(2024, 1, 5, 9, 0, 17, tzinfo=UTC), datetime(2126, 1, 4, tzinfo=UTC)
    Subscription.objects.update(start_date=odd, next_delivery_date=planned)
    path = f"/project/{visitor.project.pk}/subscriptions/{subscription.pk}/edit"
    assert "grace@example.com" in visitor.client.get(path).content.decode()
    response = visitor.client.post(path, {**FRIDAYS, "sub-title": "For all"}, headers={"HX-Request": "true"})
    assert "HX-Redirect" in response, response.content.decode()
    subscription.refresh_from_db()
    assert subscription.title == "For all"
    assert (subscription.start_date, subscription.next_delivery_date) == (odd, planned)
    assert Delivery.objects.count() == 1


def test_a_subscription_is_paused_and_goes_on(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight)
    page = change(visitor, subscription, "pause")
    assert not subscription.enabled
    assert "Payments is paused." in page
    assert "Undo" in page
    assert "not sent" in change(visitor, subscription, "test")
    change(visitor, subscription, "resume")
    assert subscription.enabled


def test_a_deleted_subscription_is_brought_back(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight)
    page = change(visitor, subscription, "delete")
    assert subscription.deleted
    assert 'value="restore"' in page
    assert "No subscriptions yet" in visitor.text("subscriptions")
    change(visitor, subscription, "restore")
    assert not subscription.deleted
    assert "Payments" in visitor.text("subscriptions")


def test_one_test_at_a_time(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight)
    assert "A test is on its way" in change(visitor, subscription, "test")
    assert "A test is being sent already." in change(visitor, subscription, "test")
    assert Delivery.objects.filter(trigger_type="manual").count() == 1


def test_the_list_is_searched_and_narrowed(visitor: Visitor, insight: Insight) -> None:
    made(visitor, insight, **{"sub-title": "Weekly money"})
    assert "Weekly money" in visitor.text("subscriptions", search="MONEY weekly")
    assert "Weekly money" in visitor.text("subscriptions", search="payments", target_type="email", mine="on")
    for asked in ({"search": "nothing"}, {"target_type": "slack"}, {"resource_type": "dashboard"}):
        assert "No such subscription" in visitor.text("subscriptions", **asked)
    assert "Weekly money" in visitor.text("subscriptions", target_type="pigeon", ordering="colour")


def test_the_dialog_lists_those_that_there_are(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight)
    page = visitor.text(f"subscriptions/of/insight/{insight.short_id}")
    assert "Subscriptions to Payments" in page
    assert "sent every week on Friday" in page
    assert f"/subscriptions/{subscription.pk}/edit" in page
    assert f"/subscriptions/new/insight/{insight.short_id}" in page


def test_the_history_tells_who_got_what(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight)
    assert "every 2s" in visitor.text(f"subscriptions/{subscription.pk}"), "what is on its way is looked at again"
    entry = {"id": insight.pk, "short_id": insight.short_id, "name": "Payments", "query_results": None}
    broken = {**entry, "name": "Broken", "query_error": {"type": "QueryError", "message": "No such table"}}
    refused = {"message": "The mailbox is full.", "type": "SMTPError"}
    Delivery.objects.update(
        status="completed",
        finished_at=timezone.now(),
        content_snapshot={"dashboard": None, "total_insight_count": 4, "insights": [entry, broken]},
        recipient_results=[
            {"recipient": "ada@example.com", "status": "success"},
            {"recipient": "grace@example.com", "status": "failed", "error": refused},
        ],
        change_summary="Twice as many as before.",
    )
    page = visitor.text(f"subscriptions/{subscription.pk}")
    for words in ("Delivered", "Invitation", "The mailbox is full.", "No such table", "and 2 more", "Twice as many"):
        assert words in page
    assert "every 2s" not in page
    assert "There is none like this." in visitor.text(f"subscriptions/{subscription.pk}", show="failed")


def test_long_histories_have_pages(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight)
    began = timezone.now() - timedelta(days=100)
    Delivery.objects.bulk_create(
        Delivery(
            subscription=subscription,
            idempotency_key=f"{subscription.pk}-{number}",
            trigger_type="scheduled",
            target_type="email",
            target_value="ada@example.com",
            status="completed",
            created_at=began + timedelta(days=number),
        )
        for number in range(60)
    )
    assert visitor.text(f"subscriptions/{subscription.pk}").count("<article") == 50
    assert visitor.text(f"subscriptions/{subscription.pk}", offset=50).count("<article") == 11


def test_addresses_in_messages_lead_to_the_page(visitor: Visitor, board: Dashboard, insight: Insight) -> None:
    of_insight = made(visitor, insight)
    subscribe(visitor, "dashboard", board.pk, insights=[insight.pk])
    of_board = Subscription.objects.get(dashboard=board)
    project = f"/project/{visitor.project.pk}"
    for path, subscription in (
        (f"/insights/{insight.short_id}/subscriptions", of_insight),
        (f"/dashboard/{board.pk}/subscriptions", of_board),
    ):
        for start in ("", project):
            response = visitor.client.get(f"{start}{path}/{subscription.pk}", {"utm_source": "posthog"})
            assert response.headers["Location"] == f"{project}/subscriptions/{subscription.pk}"
    for wrong in (
        f"/insights/nope/subscriptions/{of_insight.pk}",
        f"/dashboard/{board.pk}/subscriptions/{of_insight.pk}",
    ):
        assert visitor.client.get(wrong).status_code == 404
        assert visitor.client.get(project + wrong).status_code == 404


def test_what_belongs_to_another_project_is_not_there(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight)
    elsewhere = Project.objects.create(organization=Organization.objects.create(name="Other"), name="Elsewhere")
    stranger = Visitor(elsewhere, visitor.events.store, "mallory@example.com")
    for page in (f"subscriptions/{subscription.pk}", f"subscriptions/{subscription.pk}/edit"):
        assert stranger.get(page).status_code == 404
    assert stranger.get(f"subscriptions/of/insight/{insight.short_id}").status_code == 404
    assert stranger.client.get(f"/insights/{insight.short_id}/subscriptions/{subscription.pk}").status_code == 404


def test_a_token_that_opens_nothing_is_told(visitor: Visitor) -> None:
    path = f"/project/{visitor.project.pk}/subscriptions/slack"
    assert "Put the token of a Slack bot here." in visitor.client.post(path, FRIDAYS).content.decode()


def test_the_channels_of_a_workspace_are_offered(visitor: Visitor, insight: Insight, settings: Settings) -> None:
    """As Slack lists them when the form is there; where it does not, the form says why."""
    project = f"/project/{visitor.project.pk}/subscriptions"
    with playing_slack(settings):
        part = visitor.client.post(f"{project}/slack", {**FRIDAYS, "target": "slack", "bot-token": "xoxb-1-a"})
        workspace = Integration.objects.get()
        assert 'list="channels"' in part.content.decode() and f"{project}/channels" in part.content.decode()
        offered = visitor.text("subscriptions/channels", integration=workspace.pk)
        assert re.findall(r'<option value="([^"]*)">([^<]*)<', offered) == [
            ("C3|#board", "#board (private)"),
            ("C1|#general", "#general"),
            ("C2|#sales", "#sales"),
        ]
        fields = {"target": "slack", "integration": workspace.pk, "channel": "C2|#sales"}
        assert made(visitor, insight, **fields).target_value == "C2|#sales"
        Integration.objects.update(secrets=encrypted("revoked"))
        assert "invalid_auth" in visitor.text("subscriptions/channels", integration=workspace.pk)
    assert "cannot be reached" in visitor.text("subscriptions/channels", integration=workspace.pk)
    elsewhere = Project.objects.create(organization=Organization.objects.create(name="Other"), name="Elsewhere")
    stranger = Visitor(elsewhere, visitor.events.store, "mallory@example.com")
    assert stranger.get("subscriptions/channels", integration=workspace.pk).status_code == 404
    assert visitor.get("subscriptions/channels", integration="x").status_code == 404


def test_who_receives_webhooks_is_told_the_secret_of_their_signatures(visitor: Visitor, insight: Insight) -> None:
    subscription = made(visitor, insight, target="webhook", url="https://93.184.216.34/reports")
    page = visitor.text(f"subscriptions/{subscription.pk}")
    assert signing_secret(subscription) in page
    assert "X-Hedgerow-Signature" in page
    assert "whsec_" not in visitor.text(f"subscriptions/{made(visitor, insight).pk}")
