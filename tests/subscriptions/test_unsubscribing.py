"""Ending a subscription by the link of a mail."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.test import Client
from pytest_django import Settings

from hedgerow.subscriptions import unsubscribing
from hedgerow.subscriptions.models import Subscription
from hedgerow.subscriptions.unsubscribing import receiver_of, unsubscribe_link, unsubscribe_token
from tests.subscriptions.asking import Subscriptions, make_slack

pytestmark = pytest.mark.django_db


def stored(made: dict[str, Any]) -> Subscription:
    """A subscription as it is now."""
    return Subscription.objects.get(pk=made["id"])


def token(made: dict[str, Any], address: str) -> str:
    """The token of a mail to this address."""
    return unsubscribe_token(stored(made), address)


def called(token: str | None) -> tuple[int, Any]:
    """Status and body of the call without an account."""
    answer = Client().get("/api/unsubscribe", query_params={} if token is None else {"token": token})
    return answer.status_code, answer.json()


def signed(**claims: Any) -> str:
    """A token of ours with other claims."""
    known = {"aud": "hedgerow:unsubscribe", "exp": datetime.now(UTC) + timedelta(days=1), "email": "a@example.com"}
    return jwt.encode({**known, **claims}, unsubscribing._key(), "HS256")


GOOD, BAD = (200, {"success": True}), (200, {"success": False})


def test_an_address_is_taken_off(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(target_value="a@example.com,B@example.com,c@example.com")

    assert called(token(made, "b@example.com")) == GOOD
    after = subscriptions.get(made)
    assert (after["target_value"], after["deleted"]) == ("a@example.com,c@example.com", False)
    assert after["next_delivery_date"] == made["next_delivery_date"]
    assert len(subscriptions.runs(made)) == 1  # nobody is invited anew


def test_the_last_address_ends_it(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(target_value="a@example.com")

    assert called(token(made, "a@example.com")) == GOOD
    assert subscriptions.get(made)["deleted"] is True
    assert called(token(made, "a@example.com")) == GOOD


def test_who_is_off_already_stays_so(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(target_value="a@example.com")

    assert called(token(made, "b@example.com")) == GOOD
    assert subscriptions.get(made) == made


def test_a_mail_of_old_does_not_end_what_goes_to_slack_now(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(target_value="a@example.com")
    slack = make_slack(subscriptions.project)
    subscriptions.change(made, target_type="slack", target_value="a@example.com", integration_id=slack.pk)

    assert called(token(made, "a@example.com")) == GOOD
    assert subscriptions.get(made)["deleted"] is False


def test_bad_tokens_do_nothing(subscriptions: Subscriptions, settings: Settings) -> None:
    made = subscriptions.make()
    good = token(made, "a@example.com")
    gone = signed(id=10**9)
    expired = signed(id=made["id"], exp=datetime.now(UTC) - timedelta(seconds=1))
    other_use = signed(id=made["id"], aud="hedgerow:share")
    unsigned = jwt.encode(jwt.decode(good, options={"verify_signature": False}), "", "none")
    for bad in (None, "", "x", "é", good[:-2], good + "x", gone, expired, other_use, unsigned):
        assert called(bad) == BAD
    settings.SECRET_KEY = "another one"
    assert called(good) == BAD
    assert subscriptions.get(made) == made


def test_links_work_for_30_days(subscriptions: Subscriptions) -> None:
    claims = jwt.decode(token(subscriptions.make(), "a@example.com"), options={"verify_signature": False})

    left = datetime.fromtimestamp(claims["exp"], UTC) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)


def test_the_page_asks_first(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(title="Our <numbers>")
    link = unsubscribe_link(stored(made), "a@example.com").removeprefix("http://hedgerow.test")
    asked = Client().get(link)

    assert asked.status_code == 200
    assert "Our &lt;numbers&gt;" in asked.content.decode()
    assert "Stop these mails?" in asked.content.decode()
    assert (asked["Referrer-Policy"], asked["Cache-Control"]) == ("no-referrer", "no-store")
    Client().head(link)
    assert subscriptions.get(made) == made
    done = Client(enforce_csrf_checks=True).post(link)
    assert (done.status_code, "You are unsubscribed" in done.content.decode()) == (200, True)
    assert subscriptions.get(made)["deleted"] is True
    assert "You are unsubscribed" in Client().get(link).content.decode()


def test_a_mail_program_does_it_for_its_user(subscriptions: Subscriptions) -> None:
    """As RFC 8058 says: a POST to the address in the head of the mail, without cookies."""
    made = subscriptions.make(target_value="a@example.com,b@example.com")
    link = unsubscribe_link(stored(made), "a@example.com").removeprefix("http://hedgerow.test")
    answer = Client(enforce_csrf_checks=True).post(
        link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 200
    assert subscriptions.get(made)["target_value"] == "b@example.com"


def test_the_page_of_a_bad_link(subscriptions: Subscriptions) -> None:
    for method in ("get", "post"):
        answer = getattr(Client(), method)("/unsubscribe?token=x")
        assert answer.status_code == 404
        assert "does not work any more" in answer.content.decode()
    assert Client().put("/unsubscribe?token=x").status_code == 405


def test_a_token_is_for_one_subscription(subscriptions: Subscriptions) -> None:
    made, other = subscriptions.make(), subscriptions.make()
    found = receiver_of(token(made, "a@example.com"))

    assert found is not None
    assert (found.subscription.pk, found.address) == (made["id"], "a@example.com")
    assert called(token(made, "a@example.com")) == GOOD
    assert subscriptions.get(other)["deleted"] is False


@pytest.mark.django_db(transaction=True)
def test_it_is_in_the_log(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(target_value="a@example.com,b@example.com")
    called(token(made, "a@example.com"))

    entry = subscriptions.history(made)[0]
    assert (entry["activity"], entry["user"]["is_system"]) == ("updated", True)
    [change] = entry["detail"]["changes"]
    assert (change["field"], change["after"]) == ("target_value", "b@example.com")
