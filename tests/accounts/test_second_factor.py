"""The second factor: setting it up, being asked for it, and what happens when the app is not at hand."""

from datetime import timedelta

import pyotp
import pytest
from django.test import Client
from django.utils import timezone

from hedgerow.accounts import second_factor
from hedgerow.accounts.dropping import drop_second_factor
from hedgerow.accounts.login import MOST_WRONG_CODES
from hedgerow.accounts.models import RememberedDevice, TwoFactor
from hedgerow.organizations.models import LoginFailures
from tests.accounts import PASSWORD, Account, denied, error, make_account

pytestmark = pytest.mark.django_db
JSON = "application/json"
ME = "/api/users/@me/"


@pytest.fixture
def ada() -> Account:
    return make_account()


class App:
    """An authenticator app; each code it gives is a new one, as if 30 seconds had passed."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)

    def code(self) -> str:
        return self.totp.now()


def set_up(account: Account, session: Client | None = None) -> App:
    """Switch the second factor on, and forget that its first code has been used."""
    client = session or account.session()
    app = App(client.get(f"{ME}two_factor_start_setup/").json()["secret"])
    answer = client.post(f"{ME}two_factor_validate/", {"token": app.code()}, content_type=JSON)
    assert answer.json() == {"success": True}
    TwoFactor.objects.update(last_used_step=0)
    return app


def log_in(client: Client, account: Account, password: str = PASSWORD) -> tuple[int, dict]:
    answer = client.post("/api/login", {"email": account.user.email, "password": password}, content_type=JSON)
    return answer.status_code, answer.json()


def give(client: Client, code: str) -> tuple[int, dict]:
    answer = client.post("/api/login/token", {"token": code}, content_type=JSON)
    return answer.status_code, answer.json()


def test_a_code_is_asked_for_after_the_password(ada: Account) -> None:
    app = set_up(ada)
    client = Client()
    assert log_in(client, ada) == (401, error("2fa_required", "2FA is required.", type="server_error"))
    assert client.get(ME).status_code == 401
    assert give(client, "000000") == (400, error("2fa_invalid", "Invalid authentication code"))
    assert give(client, app.code()) == (200, {"success": True})
    assert client.get(ME).json()["is_2fa_enabled"] is True


def test_a_wrong_password_does_not_tell_that_there_is_a_second_factor(ada: Account) -> None:
    set_up(ada)
    assert log_in(Client(), ada, "wrong")[1]["code"] == "invalid_credentials"


def test_a_code_without_the_password_is_worth_nothing(ada: Account) -> None:
    app = set_up(ada)
    expired = error("2fa_expired", "Login attempt has expired. Re-enter username/password.")
    assert give(Client(), app.code()) == (400, expired)


def test_a_half_login_ends_after_ten_minutes_and_with_a_new_password(ada: Account) -> None:
    app = set_up(ada)
    client = Client()
    log_in(client, ada)
    session = client.session
    session["half_login"] = {**session["half_login"], "until": timezone.now().timestamp() - 1}
    session.save()
    assert give(client, app.code())[1]["code"] == "2fa_expired"
    log_in(client, ada)
    ada.user.set_password("another good passphrase")
    ada.user.save()
    assert give(client, app.code())[1]["code"] == "2fa_expired"


def test_a_code_works_once(ada: Account) -> None:
    app = set_up(ada)
    code = app.code()
    first, second = Client(), Client()
    for client in (first, second):
        log_in(client, ada)
    assert give(first, code)[0] == 200
    assert give(second, code)[1]["code"] == "2fa_invalid"


def test_clocks_may_differ_by_half_a_minute(ada: Account) -> None:
    app = set_up(ada)
    now = timezone.now()
    for seconds, status in ((-90, 400), (-30, 200), (30, 200), (90, 400)):
        client = Client()
        log_in(client, ada)
        assert give(client, app.totp.at(now + timedelta(seconds=seconds)))[0] == status, seconds


def test_each_backup_code_works_once_however_it_is_written(ada: Account) -> None:
    set_up(ada)
    codes = ada.session().post(f"{ME}two_factor_backup_codes/").json()["backup_codes"]
    assert len(set(codes)) == 5
    for code, status in ((codes[0], 200), (codes[0], 400), (codes[1].upper().replace("-", " "), 200)):
        client = Client()
        log_in(client, ada)
        assert give(client, code)[0] == status, code
    status = ada.session().get(f"{ME}two_factor_status/").json()
    assert status == {"is_enabled": True, "backup_codes": ["*****-*****"] * 3, "method": "TOTP"}


def test_fresh_backup_codes_replace_the_old_and_need_an_app(ada: Account) -> None:
    session = ada.session()
    refused = session.post(f"{ME}two_factor_backup_codes/")
    assert (refused.status_code, refused.json()["code"]) == (400, "2fa_not_enabled")
    set_up(ada)
    old = session.post(f"{ME}two_factor_backup_codes/").json()["backup_codes"]
    session.post(f"{ME}two_factor_backup_codes/")
    client = Client()
    log_in(client, ada)
    assert give(client, old[0])[0] == 400


def test_guessing_codes_is_stopped_wherever_it_comes_from(ada: Account) -> None:
    app = set_up(ada)
    for number in range(MOST_WRONG_CODES):
        guesser = Client(headers={"X-Forwarded-For": f"203.0.113.{number}"})
        log_in(guesser, ada)
        assert give(guesser, "123")[1]["code"] == "2fa_invalid"
    client = Client()
    log_in(client, ada)
    assert give(client, app.code()) == (400, error("2fa_too_many_attempts", "Too many attempts."))
    LoginFailures.objects.update(last_at=timezone.now() - timedelta(minutes=10, seconds=1))
    assert give(client, app.code())[0] == 200


def test_a_remembered_browser_is_not_asked_again_for_thirty_days(ada: Account) -> None:
    app = set_up(ada)
    client = Client()
    log_in(client, ada)
    give(client, app.code())
    cookie = client.cookies["remembered_device"]
    assert cookie["httponly"] and cookie["max-age"] == 30 * 24 * 3600
    client.get("/logout")
    assert log_in(client, ada) == (200, {"success": True})
    other = make_account("Other")
    set_up(other)
    client.get("/logout")
    assert log_in(client, other)[0] == 401, "it is remembered for its person alone"
    RememberedDevice.objects.update(expires_at=timezone.now())
    assert log_in(client, ada)[0] == 401


def test_a_new_app_forgets_the_browsers_of_the_old_one(ada: Account) -> None:
    app = set_up(ada)
    client = Client()
    log_in(client, ada)
    give(client, app.code())
    set_up(ada, ada.session())
    client.get("/logout")
    assert log_in(client, ada)[0] == 401


def test_the_setup_has_to_be_confirmed_in_ten_minutes_with_a_right_code(ada: Account) -> None:
    session = ada.session()
    nothing = session.post(f"{ME}two_factor_validate/", {"token": "123456"}, content_type=JSON)
    assert nothing.json() == error("setup_expired", "The setup has expired. Please start again.")
    secret = session.get(f"{ME}start_2fa_setup/").json()["secret"]
    wrong = session.post(f"{ME}two_factor_validate/", {"token": "12345"}, content_type=JSON)
    assert wrong.json()["code"] == "token_invalid"
    kept = session.session
    kept["two_factor_setup"] = {**kept["two_factor_setup"], "until": timezone.now().timestamp() - 1}
    kept.save()
    late = session.post(f"{ME}validate_2fa/", {"token": pyotp.TOTP(secret).now()}, content_type=JSON)
    assert late.json()["code"] == "setup_expired"
    assert session.get(f"{ME}two_factor_status/").json() == {"is_enabled": False, "backup_codes": [], "method": None}


def test_switching_it_off_takes_everything_with_it(ada: Account) -> None:
    set_up(ada)
    session = ada.session()
    session.post(f"{ME}two_factor_backup_codes/")
    assert session.post(f"{ME}two_factor_disable/").json() == {"success": True}
    assert log_in(Client(), ada)[0] == 200
    assert not ada.user.backup_codes.exists()


def test_an_operator_switches_off_a_lost_one(ada: Account) -> None:
    set_up(ada)
    assert drop_second_factor("nobody@example.com") is None
    assert drop_second_factor(ada.user.email.upper()) == ada.user
    assert log_in(Client(), ada)[0] == 200


def test_secrets_are_not_readable_in_the_records(ada: Account) -> None:
    app = set_up(ada)
    codes = ada.session().post(f"{ME}two_factor_backup_codes/").json()["backup_codes"]
    stored = TwoFactor.objects.get().secret
    assert app.totp.secret not in stored
    hashes = set(ada.user.backup_codes.values_list("code_hash", flat=True))
    assert not hashes & set(codes)


def test_keys_cannot_touch_it(ada: Account) -> None:
    api = ada.api()
    for method, path in (("GET", "start_setup"), ("POST", "validate"), ("POST", "backup_codes"), ("POST", "disable")):
        refused = api.generic(method, f"{ME}two_factor_{path}/")
        assert refused.json() == denied("This action does not support personal API key access"), path
    assert api.get(f"{ME}two_factor_status/").status_code == 200


def test_staff_cannot_set_up_somebody_elses(ada: Account) -> None:
    boss = make_account("Boss")
    boss.user.is_staff = True
    boss.user.save()
    path = f"/api/users/{ada.user.uuid}/two_factor_disable/"
    assert boss.session().post(path).status_code == 403


class TestAnOrganizationThatWantsIt:
    """`enforce_2fa` of an organization."""

    @pytest.fixture(autouse=True)
    def wants_it(self, ada: Account) -> None:
        ada.organization.enforce_2fa = True
        ada.organization.save()

    def test_who_has_none_may_only_set_one_up(self, ada: Account) -> None:
        session = ada.session()
        refused = session.get(f"/api/projects/{ada.project.id}/")
        assert (refused.status_code, refused.json()["code"]) == (403, "two_factor_setup_required")
        assert session.patch(ME, {"first_name": "A"}, content_type=JSON).status_code == 403
        assert session.get(ME).status_code == 200
        set_up(ada, session)
        assert session.get(f"/api/projects/{ada.project.id}/").status_code == 200

    def test_keys_go_on_working(self, ada: Account) -> None:
        assert ada.api().get(f"/api/projects/{ada.project.id}/").status_code == 200

    def test_who_came_by_single_sign_on_is_not_asked(self, ada: Account) -> None:
        session = ada.session()
        kept = session.session
        kept["login_method"] = "saml"
        kept.save()
        assert session.get(f"/api/projects/{ada.project.id}/").status_code == 200

    def test_pages_lead_to_the_setup(self, ada: Account) -> None:
        answer = ada.session().get(f"/project/{ada.project.id}/events")
        assert answer.headers["Location"] == "/account/second-factor"


def test_the_pages_ask_for_the_code_too(ada: Account) -> None:
    app = set_up(ada)
    client = Client()
    assert client.get("/login/code").headers["Location"] == "/login?next=%2F"
    first = client.post("/login", {"email": ada.user.email, "password": PASSWORD, "next": "/events"})
    step = first.headers["Location"]
    assert step == "/login/code?next=%2Fevents"
    assert "authenticator app" in client.get(step).content.decode()
    assert "This code is not right." in client.post(step, {"token": "1", "next": "/events"}).content.decode()
    done = client.post(step, {"token": app.code(), "next": "/events"})
    assert done.headers["Location"] == "/events"
    assert "remembered_device" not in client.cookies
    assert client.get(ME).status_code == 200


def test_a_page_remembers_the_browser_when_asked_to(ada: Account) -> None:
    app = set_up(ada)
    client = Client()
    client.post("/login", {"email": ada.user.email, "password": PASSWORD})
    client.post("/login/code", {"token": app.code(), "remember": "on"})
    assert "remembered_device" in client.cookies


def test_the_setup_is_named_after_the_person_in_the_app(ada: Account) -> None:
    address = second_factor.setup_address(ada.user, pyotp.random_base32())
    assert address.startswith("otpauth://totp/Hedgerow:") and "issuer=Hedgerow" in address
