"""The page about one's own account."""

import re
import time
from collections.abc import Callable

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from hedgerow.accounts.models import TwoFactor
from hedgerow.api.sessions import LOGGED_IN_AT
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import PersonalAPIKey
from tests.accounts import PASSWORD, Account, client_with, make_account
from tests.mail.receiving import Mailbox

pytestmark = pytest.mark.django_db
BETTER = "a much better passphrase"


@pytest.fixture
def ada() -> Account:
    return make_account()


def text(client: Client, path: str = "/account") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def test_a_stranger_is_asked_to_sign_in() -> None:
    for path in ("/account", "/account/second-factor", "/account/keys/new", "/account/confirm", "/cli/authorize"):
        assert Client().get(path).headers["Location"].startswith("/login?next=")


def test_name_and_address_are_changed(ada: Account) -> None:
    session = ada.session()
    sent = {"do": "profile", "first_name": "Ada", "last_name": "Byron", "email": "byron@example.org"}
    assert session.post("/account", sent).headers["Location"] == "/account"
    ada.user.refresh_from_db()
    assert (ada.user.first_name, ada.user.last_name, ada.user.email) == ("Ada", "Byron", "byron@example.org")
    other = make_account("Other").user.email
    assert "already an account" in session.post("/account", {**sent, "email": other}).content.decode()


def test_with_mails_a_new_address_waits_and_can_be_dropped(ada: Account, box: Mailbox) -> None:
    session = ada.session()
    sent = {"do": "profile", "first_name": "Ada", "email": "byron@example.org"}
    assert "byron@example.org" in session.post("/account", sent, follow=True).content.decode()
    ada.user.refresh_from_db()
    assert ada.user.pending_email == "byron@example.org"
    session.post("/account", {"do": "keep-email"})
    ada.user.refresh_from_db()
    assert ada.user.pending_email is None


def test_a_new_password_needs_the_old_and_signs_out_the_others(ada: Account) -> None:
    here, there = ada.session(), ada.session()
    wrong = here.post("/account", {"do": "password", "current_password": "x", "password": BETTER})
    assert "not your current password" in wrong.content.decode()
    weak = here.post("/account", {"do": "password", "current_password": PASSWORD, "password": "password"})
    assert 'class="field-error"' in weak.content.decode()
    here.post("/account", {"do": "password", "current_password": PASSWORD, "password": BETTER})
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_where_single_sign_on_is_the_only_way_no_password_is_offered(ada: Account) -> None:
    assert "Change the password" in text(ada.session())
    provider = {"saml_entity_id": "x", "saml_acs_url": "https://idp.example.com", "saml_x509_cert": "x"}
    claim = {"organization": ada.organization, "domain": "example.com", "verified_at": timezone.now()}
    Domain.objects.create(**claim, **provider, sso_enforcement="saml")
    assert "Change the password" not in text(ada.session())


def test_the_second_factor_is_set_up_with_a_picture_and_backup_codes_shown_once(ada: Account) -> None:
    session = ada.session()
    page = text(session, "/account/second-factor")
    assert 'src="data:image/svg+xml' in page
    found = re.search(r"Secret: <code>([A-Z2-7 ]+)</code>", page)
    assert found
    assert found[1] in text(session, "/account/second-factor"), "looking again does not change the secret"
    wrong = session.post("/account/second-factor", {"token": "1"})
    assert "This code is not right" in wrong.content.decode()
    app = pyotp.TOTP(found[1].replace(" ", ""))
    done = session.post("/account/second-factor", {"token": app.now()}).content.decode()
    codes = re.findall(r"<code>(\w{5}-\w{5})</code>", done)
    assert len(codes) == 5
    assert "5 backup codes left" in text(session)
    again = session.post("/account/backup-codes").content.decode()
    assert len(re.findall(r"<code>(\w{5}-\w{5})</code>", again)) == 5 and codes[0] not in again
    session.post("/account", {"do": "switch-off"})
    assert not TwoFactor.objects.exists()


def test_sessions_are_told_by_browser_and_ended(ada: Account) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    there = Client(headers={"User-Agent": firefox})
    there.post("/login", {"email": ada.user.email, "password": PASSWORD})
    here = ada.session()
    page = text(here)
    assert "Firefox on Linux" in page and page.count("This one") == 1
    found = re.search(r'name="session" value="([^"]+)"', page)
    assert found
    here.post("/account", {"do": "end-session", "session": found[1]})
    assert there.get("/account").status_code == 302
    there = ada.session()
    here.post("/account", {"do": "end-others"})
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200


def test_an_old_login_is_asked_for_the_password_before_anything_changes(ada: Account) -> None:
    client = ada.session()
    kept = client.session
    kept[LOGGED_IN_AT] = int(time.time()) - 8000
    kept.save()
    asked = client.post("/account", {"do": "end-others"})
    assert asked.headers["Location"] == "/account/confirm?next=%2Faccount"
    assert "not your password" in client.post("/account/confirm", {"password": "x"}).content.decode()
    done = client.post("/account/confirm", {"password": PASSWORD, "next": "/account"})
    assert done.headers["Location"] == "/account"
    assert client.post("/account", {"do": "end-others"}).headers["Location"] == "/account"


def made_key(client: Client, **fields: object) -> str:
    page = client.post("/account/keys/new", {"label": "ci", **fields}).content.decode()
    found = re.search(r'id="key-value">(phx_\w+)<', page)
    assert found, page
    return found[1]


def test_a_key_is_made_shown_once_and_works_as_far_as_it_goes(ada: Account) -> None:
    session = ada.session()
    value = made_key(session, **{"scope-project": "read", "project": str(ada.project.pk)})
    key = PersonalAPIKey.objects.get(label="ci")
    assert (key.scopes, key.scoped_teams) == (["project:read"], [ada.project.pk])
    api = client_with(value)
    assert api.get(f"/api/projects/{ada.project.pk}/").status_code == 200
    assert api.get(f"/api/projects/{ada.project.pk}/dashboards/").status_code == 403
    assert value not in text(session) and key.mask_value in text(session)


def test_a_key_is_changed_rolled_and_removed(ada: Account) -> None:
    session = ada.session()
    value = made_key(session, everything="on")
    path = f"/account/keys/{PersonalAPIKey.objects.get().pk}"
    assert re.search(r'name="everything" value="on" checked', text(session, path))
    session.post(path, {"label": "build", "scope-query": "read"})
    key = PersonalAPIKey.objects.get()
    assert (key.label, key.scopes) == ("build", ["query:read"])
    rolled = session.post(path, {"do": "roll"}).content.decode()
    found = re.search(r"phx_\w+", rolled)
    assert found and found[0] != value
    assert client_with(value).get("/api/personal_api_keys/@current").status_code == 401
    assert client_with(found[0]).get("/api/personal_api_keys/@current").status_code == 200
    assert session.post(path, {"do": "delete"}).headers["Location"] == "/account"
    assert not PersonalAPIKey.objects.exists()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"label": " ", "everything": "on"}, "Give the key a name."),
        ({}, "Choose at least one thing"),
        ({"everything": "on", "project": "999999"}, "You must be a member of all teams"),
        ({"everything": "on", "project": "x"}, "A valid integer is required."),
        ({"everything": "on", "label": "x" * 41}, "no more than 40 characters"),
    ],
)
def test_what_a_key_cannot_be_is_said(ada: Account, fields: dict[str, str], problem: str) -> None:
    page = ada.session().post("/account/keys/new", {"label": "ci", **fields})
    assert problem in page.content.decode()
    assert not PersonalAPIKey.objects.exists()


def test_scopes_that_have_no_choice_are_kept(ada: Account) -> None:
    ada.key("survey:read", "query:read")
    path, session = f"/account/keys/{PersonalAPIKey.objects.get().pk}", ada.session()
    assert 'name="kept" value="survey:read" checked' in text(session, path)
    session.post(path, {"label": "ci", "scope-query": "read", "kept": "survey:read"})
    assert PersonalAPIKey.objects.get().scopes == ["query:read", "survey:read"]


def test_a_strangers_key_is_not_found(ada: Account) -> None:
    make_account("Other").key()
    path = f"/account/keys/{PersonalAPIKey.objects.get().pk}"
    assert ada.session().get(path).status_code == 404
    assert ada.session().post(path, {"do": "delete"}).status_code == 404


def test_the_account_opens_where_a_second_factor_is_demanded_only_after_it(
    ada: Account, work: Callable[[], None]
) -> None:
    ada.organization.enforce_2fa = True
    ada.organization.save()
    assert ada.session().get("/account").headers["Location"] == "/account/second-factor"
    assert "Your organization wants" in text(ada.session(), "/account/second-factor")
