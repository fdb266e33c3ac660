"""Where a person is signed in, and ending that."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from hedgerow.accounts.jobs import tidy_accounts
from hedgerow.accounts.models import LoginSession
from hedgerow.accounts.sessions import end_sessions, sessions_of
from hedgerow.organizations.models import User
from hedgerow.work.jobs import Attempt
from tests.accounts import PASSWORD, Account, make_account

pytestmark = pytest.mark.django_db
JSON = "application/json"
ME = "/api/users/@me/"


@pytest.fixture
def ada() -> Account:
    return make_account()


def signed_in(user: User, agent: str = "Firefox", address: str = "203.0.113.7") -> Client:
    client = Client(headers={"User-Agent": agent, "X-Forwarded-For": address})
    assert client.post("/api/login", {"email": user.email, "password": PASSWORD}, content_type=JSON).status_code == 200
    return client


def test_a_person_sees_where_they_are_signed_in(ada: Account) -> None:
    signed_in(ada.user, "Firefox")
    here = signed_in(ada.user, "Safari", "203.0.113.8")
    rows = here.get(f"{ME}sessions/").json()["results"]
    told = [(row["user_agent"], row["address"], row["method"], row["is_current"]) for row in rows]
    assert told == [("Safari", "203.0.113.8", "password", True), ("Firefox", "203.0.113.7", "password", False)]


def test_the_session_key_itself_is_told_nobody(ada: Account) -> None:
    client = signed_in(ada.user)
    assert client.cookies["sessionid"].value not in client.get(f"{ME}sessions/").content.decode()


def test_a_session_can_be_ended_from_another(ada: Account) -> None:
    there, here = signed_in(ada.user), signed_in(ada.user)
    row = next(row for row in here.get(f"{ME}sessions/").json()["results"] if not row["is_current"])
    assert here.delete(f"{ME}sessions/{row['id']}/").status_code == 204
    assert there.get(ME).status_code == 401
    assert here.get(ME).status_code == 200
    assert here.delete(f"{ME}sessions/{row['id']}/").status_code == 404


def test_a_strangers_session_is_not_found(ada: Account) -> None:
    stranger = make_account("Strangers").user
    signed_in(stranger)
    theirs = sessions_of(stranger).get()
    assert signed_in(ada.user).delete(f"{ME}sessions/{theirs.pk}/").status_code == 404
    assert sessions_of(stranger).exists()


def test_signing_out_ends_the_session_in_the_list(ada: Account) -> None:
    client = signed_in(ada.user)
    client.post("/logout")
    assert not sessions_of(ada.user).exists()


def test_all_sessions_can_be_ended_at_once(ada: Account) -> None:
    first, second = signed_in(ada.user), signed_in(ada.user)
    assert end_sessions(ada.user, but=second.cookies["sessionid"].value) == 1
    assert (first.get(ME).status_code, second.get(ME).status_code) == (401, 200)
    end_sessions(ada.user)
    assert second.get(ME).status_code == 401


def test_a_new_password_leaves_this_session_alone_in_the_list(ada: Account) -> None:
    there, here = signed_in(ada.user), signed_in(ada.user)
    change = {"password": "a much better passphrase", "current_password": PASSWORD}
    assert here.patch(ME, change, content_type=JSON).status_code == 200
    assert there.get(ME).status_code == 401
    rows = here.get(f"{ME}sessions/").json()["results"]
    assert [row["is_current"] for row in rows] == [True]


def test_when_a_session_was_last_used_is_noted_every_five_minutes(ada: Account) -> None:
    client = signed_in(ada.user)
    long_ago = timezone.now() - timedelta(hours=1)
    LoginSession.objects.update(last_seen_at=long_ago)
    cache.clear()
    client.get(ME)
    seen = LoginSession.objects.get().last_seen_at
    assert seen > long_ago
    client.get(ME)
    assert LoginSession.objects.get().last_seen_at == seen


def test_what_is_over_is_removed(ada: Account) -> None:
    signed_in(ada.user)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not sessions_of(ada.user).exists()
    tidy_accounts(Attempt(number=1, is_last=False, tag="test"))
    assert not LoginSession.objects.exists() and not Session.objects.exists()


def test_signing_in_again_starts_a_new_session_and_ends_the_old(ada: Account) -> None:
    client = signed_in(ada.user)
    before = client.cookies["sessionid"].value
    assert (
        client.post("/api/login", {"email": ada.user.email, "password": PASSWORD}, content_type=JSON).status_code == 200
    )
    assert client.cookies["sessionid"].value != before
    assert sessions_of(ada.user).count() == 1
