"""Invites are sent by mail where mails can be sent."""

import re
from collections.abc import Callable

import pytest

from hedgerow.organizations.models import Invite
from tests.accounts import Account, make_account
from tests.mail.receiving import Mailbox, part

pytestmark = pytest.mark.django_db
JSON = "application/json"
Work = Callable[[], None]


@pytest.fixture
def ada() -> Account:
    return make_account("Fern & Sons")


def invite(ada: Account, **fields: object) -> dict:
    path = f"/api/organizations/{ada.organization.pk}/invites/"
    return ada.api().post(path, {"target_email": "eve@example.org", **fields}, content_type=JSON).json()


def test_an_invite_is_mailed_with_its_message(ada: Account, box: Mailbox, work: Work) -> None:
    made = invite(ada, message="See you <soon>")
    assert made["emailing_attempt_made"] is True
    work()
    assert box.addresses == ["eve@example.org"]
    mail = box.received[0][1]
    assert mail["Subject"] == "Join Fern & Sons on Hedgerow"
    assert f"http://hedgerow.test/signup/{made['id']}" in part(mail, "plain")
    assert "See you &lt;soon&gt;" in part(mail, "html") and ada.user.email in part(mail, "plain")


def test_an_invite_that_is_withdrawn_meanwhile_is_not_sent(ada: Account, box: Mailbox, work: Work) -> None:
    invite(ada)
    Invite.objects.all().delete()
    work()
    assert not box.received


def test_an_invite_is_not_mailed_against_ones_will_or_without_a_mail_server(ada: Account, work: Work) -> None:
    assert invite(ada)["emailing_attempt_made"] is False
    work()


def test_the_inviter_may_hand_the_link_over_instead(ada: Account, box: Mailbox, work: Work) -> None:
    assert invite(ada, send_email=False)["emailing_attempt_made"] is False
    work()
    assert not box.received


def test_several_are_mailed_each_their_own_link(ada: Account, box: Mailbox, work: Work) -> None:
    path = f"/api/organizations/{ada.organization.pk}/invites/bulk/"
    ada.api().post(path, [{"target_email": f"p{n}@example.org"} for n in range(3)], content_type=JSON)
    work()
    links = {re.search(r"/signup/(\S+)", part(mail, "plain"))[1] for _, mail in box.received}  # type: ignore[index]
    assert links == {str(pk) for pk in Invite.objects.values_list("pk", flat=True)}


def test_an_address_is_sent_five_invites_an_hour(ada: Account, box: Mailbox, work: Work) -> None:
    path = f"/api/organizations/{ada.organization.pk}/invites/"

    def ask(address: str, path: str = path, **fields: object) -> int:
        body = {"target_email": address, **fields}
        given = [body] if path.endswith("bulk/") else body
        return int(ada.api().post(path, given, content_type=JSON).status_code)

    assert [ask("eve@example.org") for _ in range(5)] == [201] * 5
    last = Invite.objects.get()
    refused = ada.api().post(path, {"target_email": "Eve@EXAMPLE.org"}, content_type=JSON)
    assert (refused.status_code, refused.json()["type"]) == (429, "throttled_error")
    assert 3590 < int(refused.headers["Retry-After"]) <= 3600
    assert ask("eve@example.org", f"{path}bulk/") == 429
    assert Invite.objects.get() == last, "the invite that was sent last goes on working"
    assert ask("bob@example.org") == ask("eve@example.org", send_email=False) == 201
