"""Passwords chosen and addresses confirmed by links in mails."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from hedgerow.accounts.models import TwoFactor
from hedgerow.accounts.sealing import seal
from hedgerow.accounts.tokens import reset_token
from hedgerow.domains.models import Domain
from hedgerow.work.models import Job
from tests.accounts import PASSWORD, Account, error, make_account
from tests.mail.receiving import Mailbox, part

pytestmark = pytest.mark.django_db
JSON = "application/json"
ME = "/api/users/@me/"
BETTER = "a much better passphrase"
Work = Callable[[], None]


@pytest.fixture
def ada() -> Account:
    return make_account()


def post(path: str, client: Client | None = None, **body: object) -> tuple[int, dict | None]:
    answer = (client or Client()).post(path, body, content_type=JSON)
    return answer.status_code, answer.json() if answer.content else None


def link_in(box: Mailbox) -> str:
    """The path that the newest mail leads to."""
    found = re.search(r"http://hedgerow\.test(/\S+)", part(box.received[-1][1], "plain"))
    assert found, part(box.received[-1][1], "plain")
    return found[1]


def reset_link(ada: Account, box: Mailbox, work: Work) -> tuple[str, str]:
    assert post("/api/reset/", email=ada.user.email.upper()) == (204, None)
    work()
    _, _, uuid, token = link_in(box).split("/")
    return uuid, token


def test_a_forgotten_password_is_replaced_by_a_link(ada: Account, box: Mailbox, work: Work) -> None:
    elsewhere = ada.session()
    uuid, token = reset_link(ada, box, work)
    assert box.addresses == [ada.user.email]
    assert Client().get(f"/api/reset/{uuid}/?token={token}").status_code == 200
    assert post(f"/api/reset/{uuid}/", token=token, password="short")[1]["code"] == "password_too_short"  # type: ignore[index]
    done = post(f"/api/reset/{uuid}/", token=token, password=BETTER)
    assert done == (200, {"success": True, "email": ada.user.email})
    assert elsewhere.get(ME).status_code == 401
    assert post("/api/login", email=ada.user.email, password=BETTER)[0] == 200
    again = post(f"/api/reset/{uuid}/", token=token, password="yet another passphrase")
    assert again == (400, error("invalid_token", "This reset token is invalid or has expired.", "token"))
    work()
    assert box.received[-1][1]["Subject"] == "Your password has been changed"


def test_nobody_learns_who_has_an_account(box: Mailbox, work: Work) -> None:
    assert post("/api/reset/", email="nobody@example.com") == (204, None)
    work()
    assert not box.received


def test_a_link_works_for_a_day_and_for_one_person(ada: Account, box: Mailbox, work: Work) -> None:
    uuid, token = reset_link(ada, box, work)
    other = make_account("Other").user
    assert Client().get(f"/api/reset/{other.uuid}/?token={token}").status_code == 400
    late = reset_token._make_token_with_timestamp(  # type: ignore[attr-defined]
        ada.user, reset_token._num_seconds(timezone.now().replace(tzinfo=None) - timedelta(days=1, seconds=5)), ""
    )
    assert Client().get(f"/api/reset/{uuid}/?token={late}").status_code == 400
    assert Client().get("/api/reset/nonsense/?token=x").json()["code"] == "invalid_token"


def test_the_records_never_hold_a_link(ada: Account, box: Mailbox) -> None:
    post("/api/reset/", email=ada.user.email)
    assert Job.objects.get().arguments == {"email": ada.user.email}


def test_without_mails_there_is_no_reset(ada: Account) -> None:
    status, body = post("/api/reset/", email=ada.user.email)
    assert status == 400
    assert body and body["code"] == "email_not_available"


def test_where_single_sign_on_is_demanded_there_is_no_reset(ada: Account, box: Mailbox, work: Work) -> None:
    uuid, token = reset_link(ada, box, work)
    Domain.objects.create(
        organization=ada.organization,
        domain="example.com",
        verified_at=timezone.now(),
        sso_enforcement="saml",
        saml_entity_id="x",
        saml_acs_url="https://idp.example.com",
        saml_x509_cert="x",
    )
    refused = error("sso_enforced", "Password reset is disabled because SSO login is enforced for this domain.")
    assert post("/api/reset/", email=ada.user.email) == (400, refused)
    assert post(f"/api/reset/{uuid}/", token=token, password=BETTER) == (400, refused)
    login = post("/api/login", email=ada.user.email, password=PASSWORD)
    assert login == (400, error("sso_enforced", "You can only login with SSO for this account (saml)."))


def test_six_links_a_day_are_enough_for_a_mailbox(ada: Account, box: Mailbox) -> None:
    answers = [post("/api/reset/", email=ada.user.email)[0] for _ in range(7)]
    assert answers == [204] * 6 + [429]


def test_a_link_leads_to_a_page_that_does_nothing_until_it_is_sent(ada: Account, box: Mailbox, work: Work) -> None:
    client = Client()
    assert "a link is on its way" in client.post("/reset", {"email": ada.user.email}).content.decode()
    work()
    path = link_in(box)
    page = client.get(path)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Choose a new password" in page.content.decode()
    assert 'class="field-error"' in client.post(path, {"password": "password"}).content.decode()
    assert client.post(path, {"password": BETTER}).headers["Location"] == "/login"
    assert client.get(path).status_code == 400
    assert "Forgot your password?" in client.get("/login").content.decode()


class TestVerification:
    """New people confirm their address where that is asked for."""

    @pytest.fixture(autouse=True)
    def asked_for(self, box: Mailbox, settings: Settings) -> None:
        update = {"require_email_verification": True, "allow_signup": True}
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update=update)

    def signed_up(self, client: Client | None = None) -> dict:
        body = {"email": "eve@example.org", "password": BETTER, "first_name": "Eve"}
        status, person = post("/api/signup/", client, **body)
        assert status == 201 and person
        return person

    def test_a_new_person_gets_in_by_the_link(self, ada: Account, box: Mailbox, work: Work) -> None:
        client = Client()
        person = self.signed_up(client)
        assert person["redirect_url"] == f"/verify_email/{person['uuid']}"
        assert client.get(ME).status_code == 401
        refused = post("/api/login", email="eve@example.org", password=BETTER)[1]
        assert refused and refused["code"] == "not_verified"
        work()
        token = link_in(box).rsplit("/", 1)[1]
        body = {"uuid": person["uuid"], "token": token}
        assert post("/api/users/verify_email/", client, **body) == (200, {"success": True, "token": token})
        assert client.get(ME).json()["is_email_verified"] is True
        assert post("/api/users/verify_email/", **body)[0] == 400
        assert post("/api/login", email="eve@example.org", password=BETTER)[0] == 200

    def test_the_page_behind_the_link_confirms_by_its_button(self, ada: Account, box: Mailbox, work: Work) -> None:
        self.signed_up()
        work()
        client, path = Client(), link_in(box)
        assert client.get(path).status_code == 200 and client.get(ME).status_code == 401
        assert client.post(path).headers["Location"] == "/"
        assert client.get(ME).status_code == 200
        assert client.post(path).status_code == 400

    def test_the_link_can_be_had_again(self, ada: Account, box: Mailbox, work: Work) -> None:
        person = self.signed_up()
        assert post("/api/users/request_email_verification/", uuid=person["uuid"]) == (200, {"success": True})
        assert post("/api/users/request_email_verification/", uuid="nobody") == (200, {"success": True})
        assert "Another mail" in Client().post(f"/verify_email/{person['uuid']}").content.decode()
        work()
        assert set(box.addresses) == {"eve@example.org"}

    def test_people_from_before_are_not_locked_out(self, ada: Account) -> None:
        assert post("/api/login", email=ada.user.email, password=PASSWORD)[0] == 200


def change_email(ada: Account, email: str) -> dict:
    return ada.session().patch(ME, {"email": email}, content_type=JSON).json()


def test_a_changed_address_counts_once_it_is_confirmed(ada: Account, box: Mailbox, work: Work) -> None:
    before = ada.user.email
    answer = change_email(ada, "new@example.org")
    assert (answer["email"], answer["pending_email"]) == (before, "new@example.org")
    work()
    assert box.addresses == ["new@example.org"]
    token = link_in(box).rsplit("/", 1)[1]
    client = Client()
    assert post("/api/users/verify_email/", client, uuid=str(ada.user.uuid), token=token)[0] == 200
    me = client.get(ME).json()
    assert (me["email"], me["pending_email"], me["is_email_verified"]) == ("new@example.org", None, True)
    work()
    assert box.addresses[-1] == before, "who had the address is told"


def test_a_change_of_the_address_can_be_taken_back(ada: Account, box: Mailbox) -> None:
    change_email(ada, "new@example.org")
    session = ada.session()
    answer = session.patch("/api/users/cancel_email_change_request/", {}, content_type=JSON)
    assert answer.json()["pending_email"] is None
    again = session.patch("/api/users/cancel_email_change_request/", {}, content_type=JSON)
    assert again.json()["code"] == "email_change_request_not_found"


def test_an_address_that_somebody_else_took_meanwhile_stays_theirs(ada: Account, box: Mailbox, work: Work) -> None:
    change_email(ada, "new@example.org")
    work()
    token = link_in(box).rsplit("/", 1)[1]
    other = make_account("Other").user
    other.email = "New@example.org"
    other.save()
    refused = post("/api/users/verify_email/", uuid=str(ada.user.uuid), token=token)[1]
    assert refused and refused["code"] == "unique"


def test_a_link_is_no_way_around_the_second_factor(ada: Account, box: Mailbox, work: Work) -> None:
    change_email(ada, "new@example.org")
    TwoFactor.objects.create(user=ada.user, secret=seal("A" * 32))
    work()
    token = link_in(box).rsplit("/", 1)[1]
    client = Client()
    assert post("/api/users/verify_email/", client, uuid=str(ada.user.uuid), token=token)[0] == 200
    assert client.get(ME).status_code == 401
