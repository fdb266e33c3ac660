"""Reports and invitations as they arrive by mail."""

import re
from datetime import UTC, datetime

import pytest

from hedgerow.subscriptions.models import Delivery, Subscription
from hedgerow.subscriptions.unsubscribing import receiver_of
from tests.accounts import Account
from tests.mail.receiving import Mailbox, part
from tests.subscriptions.making import BROKEN, deliver, make_dashboard, make_insight, run_of, subscribe

pytestmark = pytest.mark.usefixtures("event_store")
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_report_shows_its_charts_in_the_mail(account: Account, box: Mailbox) -> None:
    """Each picture comes with the mail and stands where its insight is."""
    dashboard = make_dashboard(account, make_insight(account, "Signups"), make_insight(account, "Orders"))
    delivery = deliver(run_of(subscribe(account, dashboard=dashboard)))
    ((_, mail),) = box.received
    assert mail["Subject"] == "Hedgerow Dashboard report - Board"
    images = [found for found in mail.walk() if found.get_content_type() == "image/png"]
    html = part(mail, "html")
    for image in images:
        assert image.get_content().startswith(PNG)
        assert f"cid:{image['Content-ID'][1:-1]}" in html
    assert len(images) == 2
    assert re.fullmatch(rf"<{delivery.pk.hex}\.[0-9a-f]{{16}}@hedgerow\.test>", mail["Message-ID"])


def test_the_text_says_the_same_as_the_html(account: Account, box: Mailbox) -> None:
    """Names, links, and the way out."""
    insight = make_insight(account)
    subscription = subscribe(account, insight=insight, title="Numbers & more")
    deliver(run_of(subscription))
    mail = box.received[0][1]
    text, html = part(mail, "plain"), part(mail, "html")
    place = f"http://hedgerow.test/project/{account.project.pk}/insights/{insight.short_id}"
    campaign = "utm_source=posthog&utm_campaign=subscription_report&utm_medium=email"
    assert f"View in Hedgerow: {place}?{campaign}" in text
    assert f"Manage this subscription: {place}/subscriptions/{subscription.pk}?{campaign}" in text
    assert "Numbers & more" in text
    assert "Numbers &amp; more" in html
    assert f'href="{place}?{campaign.replace("&", "&amp;")}"' in html
    assert "/exporter/" in text


def test_every_receiver_has_a_way_out_of_their_own(account: Account, box: Mailbox) -> None:
    """In the mail, and in the headers by which mail programs offer it."""
    subscription = subscribe(account, target_value="ada@example.com,bob@example.com")
    deliver(run_of(subscription))
    for address, mail in box.received:
        (link,) = re.findall(r"Unsubscribe: (\S+)", part(mail, "plain"))
        assert mail["List-Unsubscribe"] == f"<{link}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        receiver = receiver_of(link.split("token=")[1])
        assert receiver is not None
        assert (receiver.subscription, receiver.address) == (subscription, address)


def test_an_invitation_says_who_invites_and_when_it_comes(account: Account, box: Mailbox) -> None:
    """With the words of the person who invites."""
    account.user.first_name = "Grace"
    account.user.save()
    following = datetime(2026, 11, 27, 9, tzinfo=UTC)
    target = f"ada@example.com,{account.user.email}"
    subscription = subscribe(account, target_value=target, next_delivery_date=following)
    deliver(run_of(subscription, "target_change", new_to=target.split(","), invite_message="Have a <look>!"))
    (_, invited), (_, oneself) = box.received
    assert invited["Subject"] == "Grace subscribed you to a Hedgerow Insight"
    assert oneself["Subject"] == "You have been subscribed to a Hedgerow Insight"
    sentence = "This subscription is sent every day. The next subscription will be sent on Friday November 27, 2026."
    assert sentence in part(invited, "plain")
    assert sentence in part(invited, "html")
    assert "“Have a <look>!”" in part(invited, "plain")
    assert "Have a &lt;look&gt;!" in part(invited, "html")


def test_what_people_wrote_is_text_in_the_mail(account: Account, box: Mailbox) -> None:
    """Names make no HTML, and no headers."""
    insight = make_insight(account, 'Sign<script>alert("x")</script>\nBcc: eve@example.com')
    deliver(run_of(subscribe(account, insight=insight, title="<b>bold</b>")))
    ((address, mail),) = box.received
    assert address == "ada@example.com"
    assert mail["Bcc"] is None
    assert "<script>" not in part(mail, "html")
    assert "<b>bold" not in part(mail, "html")


def test_an_insight_without_a_picture_has_a_card_that_says_why(account: Account, box: Mailbox) -> None:
    """In the place of the picture."""
    deliver(run_of(subscribe(account, insight=make_insight(account, "Broken", BROKEN))))
    mail = box.received[0][1]
    assert "This insight could not be shown." in part(mail, "html")
    assert "nothing_there" in part(mail, "html")
    assert not [found for found in mail.walk() if found.get_content_type() == "image/png"]


def test_what_has_changed_stands_at_the_top(account: Account, box: Mailbox) -> None:
    """Where the organization allows summaries; it is kept with the run."""
    account.organization.is_ai_data_processing_approved = True
    account.organization.save()
    subscription = subscribe(account, summary_enabled=True)
    first = deliver(run_of(subscription))
    assert first.change_summary == "Signups: 1, x."
    second = deliver(run_of(subscription))
    assert second.change_summary == "Signups: 1, x. Nothing has changed since the last report."
    assert second.change_summary in part(box.received[1][1], "plain")
    account.organization.is_ai_data_processing_approved = None
    account.organization.save()
    assert deliver(run_of(subscription)).change_summary is None
    assert Delivery.objects.filter(subscription=Subscription.objects.get()).count() == 3
