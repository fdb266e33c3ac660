"""People's sessions: what a write needs besides the cookie."""

import time

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from hedgerow.api.sessions import LOGGED_IN_AT, RECENT_SECONDS
from hedgerow.organizations import lockout
from hedgerow.organizations.models import LoginFailures
from tests.accounts import PASSWORD, denied, error, make_account

pytestmark = pytest.mark.django_db
JSON = "application/json"


def log_in(client: Client, email: str, password: str = PASSWORD) -> int:
    return client.post("/api/login", {"email": email, "password": password}, content_type=JSON).status_code


def test_a_write_needs_the_csrf_token_and_a_read_does_not() -> None:
    ada = make_account()
    client = Client(enforce_csrf_checks=True)
    assert log_in(client, ada.user.email) == 200
    assert client.get("/api/users/@me/").status_code == 200
    refused = client.patch("/api/users/@me/", {"first_name": "Ada"}, content_type=JSON)
    assert refused.status_code == 403
    assert refused.json()["code"] == "permission_denied"
    assert refused.json()["detail"].startswith("CSRF Failed: ")
    token = client.cookies["posthog_csrftoken"].value
    accepted = client.patch("/api/users/@me/", {"first_name": "Ada"}, content_type=JSON, headers={"X-CSRFToken": token})
    assert accepted.status_code == 200


def test_a_key_never_needs_a_csrf_token() -> None:
    ada = make_account()
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {ada.key()}"})
    assert client.patch("/api/users/@me/", {"first_name": "Ada"}, content_type=JSON).status_code == 200


def test_an_old_session_must_log_in_again_for_sensitive_changes_only() -> None:
    client = make_account().session()
    session = client.session
    session[LOGGED_IN_AT] = int(time.time()) - RECENT_SECONDS - 1
    session.save()
    body = {"label": "ci", "scopes": ["*"]}
    refused = client.post("/api/personal_api_keys/", body, content_type=JSON)
    assert refused.status_code == 403
    assert refused.json() == error(
        "sensitive_action_required_reauth",
        "This action requires you to be recently authenticated.",
        type="authentication_error",
    )
    assert client.get("/api/personal_api_keys/").status_code == 200
    assert client.patch("/api/users/@me/", {"theme_mode": "dark"}, content_type=JSON).status_code == 200


def test_a_session_is_not_limited_by_scopes() -> None:
    ada = make_account()
    assert ada.session().get(f"/api/projects/{ada.project.id}/").status_code == 200


def test_cookies_are_secure_when_the_request_came_by_https() -> None:
    ada = make_account()
    body = {"email": ada.user.email, "password": PASSWORD}
    plain = Client().post("/api/login", body, content_type=JSON)
    secure = Client(headers={"X-Forwarded-Proto": "https"}).post("/api/login", body, content_type=JSON)
    assert not plain.cookies["sessionid"]["secure"]
    assert secure.cookies["sessionid"]["secure"]
    assert secure.cookies["sessionid"]["httponly"]


def test_login_takes_e_mail_in_any_case_and_tells_nothing_about_accounts() -> None:
    ada = make_account()
    assert log_in(Client(), ada.user.email.upper()) == 200
    wrong = {"email": ada.user.email, "password": "wrong"}
    unknown = {"email": "nobody@example.com", "password": "wrong"}
    for body in (wrong, unknown):
        answer = Client().post("/api/login", body, content_type=JSON)
        assert answer.status_code == 400
        assert answer.json() == error("invalid_credentials", "Invalid email or password.")
    precheck = Client().post("/api/login/precheck", {"email": "nobody@example.com"}, content_type=JSON)
    assert precheck.json() == {"sso_enforcement": None, "saml_available": False}


def test_login_names_the_missing_field() -> None:
    assert Client().post("/api/login", {}, content_type=JSON).json() == error(
        "required", "This field is required.", "email"
    )
    assert Client().post("/api/login/", {"email": "x"}, content_type=JSON).json() == error(
        "invalid_input", "Enter a valid email address.", "email"
    )


def test_login_takes_no_forms_so_that_no_other_site_can_send_one() -> None:
    ada = make_account()
    answer = Client().post("/api/login", {"email": ada.user.email, "password": PASSWORD})
    assert answer.status_code == 415


def test_guessing_passwords_closes_the_account_to_the_guesser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "MOST_FAILURES", 3)
    ada = make_account()
    guesser = Client(headers={"X-Forwarded-For": "203.0.113.9"})
    for _ in range(3):
        assert log_in(guesser, ada.user.email, "guess") == 400
    locked = guesser.post("/api/login", {"email": ada.user.email, "password": PASSWORD}, content_type=JSON)
    assert locked.status_code == 403
    assert locked.json() == {
        **denied("Too many failed login attempts. Please try again in 10 minutes."),
        "code": "too_many_failed_attempts",
    }
    assert log_in(Client(), ada.user.email) == 200


def test_failures_outlive_the_process_and_end_ten_minutes_after_the_last() -> None:
    for _ in range(lockout.MOST_FAILURES):
        lockout.count_failure("Ada@example.com", "203.0.113.9")
    cache.clear()  # all that a process remembers by itself
    with pytest.raises(lockout.TooManyFailedAttempts):
        lockout.require_unlocked("ada@example.com", "203.0.113.9")
    lockout.require_unlocked("ada@example.com", "203.0.113.10")
    LoginFailures.objects.update(last_at=timezone.now() - lockout.LOCKED_FOR)
    lockout.require_unlocked("ada@example.com", "203.0.113.9")
    lockout.count_failure("eve@example.com", "203.0.113.9")
    assert LoginFailures.objects.count() == 1, "what is over is not kept"


def test_logging_in_starts_a_new_session() -> None:
    ada = make_account()
    client = Client()
    client.cookies["sessionid"] = "chosenbysomebodyelse0000000000000"
    assert log_in(client, ada.user.email) == 200
    assert client.cookies["sessionid"].value != "chosenbysomebodyelse0000000000000"


def test_a_new_password_ends_the_other_sessions() -> None:
    ada = make_account()
    here, elsewhere = ada.session(), ada.session()
    change = {"password": "a much better passphrase", "current_password": PASSWORD}
    assert here.patch("/api/users/@me/", change, content_type=JSON).status_code == 200
    assert here.get("/api/users/@me/").status_code == 200
    assert elsewhere.get("/api/users/@me/").status_code == 401
