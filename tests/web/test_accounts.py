"""First steps, signing in and out."""

import re
from typing import Any

import pytest
from django.test import Client

from hedgerow.organizations.lockout import MOST_FAILURES, count_failure
from hedgerow.organizations.models import Invite, User
from hedgerow.projects.models import Project
from tests.web.visiting import PASSWORD, Visitor

pytestmark = pytest.mark.django_db

FIRST = {
    "email": "grace@example.com",
    "password": PASSWORD,
    "organization": "Fernworks",
    "project": "Website",
}


def sign_in(client: Client, **fields: Any) -> Any:
    return client.post("/login", {"email": "ada@example.com", "password": PASSWORD, **fields})


def test_a_new_server_asks_for_the_first_account() -> None:
    client = Client()
    assert client.get("/").headers["Location"] == "/setup"
    assert client.get("/login").headers["Location"] == "/setup"
    assert "Create account and project" in client.get("/setup").content.decode()


def test_the_first_account_is_signed_in_and_shown_how_to_connect() -> None:
    client = Client()
    response = client.post("/setup", FIRST)
    project = Project.objects.get(name="Website")
    assert response.headers["Location"] == f"/project/{project.pk}/connect"
    page = client.get(response.headers["Location"]).content.decode()
    assert project.api_token in page and "grace@example.com" in page


def test_a_weak_password_is_refused_with_a_reason() -> None:
    response = Client().post("/setup", FIRST | {"password": "password"})
    assert 'class="field-error"' in response.content.decode()
    assert not User.objects.exists()


def test_nobody_can_set_up_a_second_time(visitor: Visitor) -> None:
    response = Client().post("/setup", FIRST)
    assert response.headers["Location"] == "/"
    assert not User.objects.filter(email="grace@example.com").exists()


def test_signing_in_leads_to_where_one_was_going(visitor: Visitor) -> None:
    client, wanted = Client(), f"/project/{visitor.project.pk}/insights/funnels?q=anything"
    door = client.get(wanted).headers["Location"]
    assert door.startswith("/login?next=")
    assert sign_in(client, next=wanted).headers["Location"] == wanted
    assert client.get(wanted).status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example.com/", "//evil.example.com", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(visitor: Visitor, elsewhere: str) -> None:
    assert sign_in(Client(), next=elsewhere).headers["Location"] == "/"


def test_a_wrong_password_says_no_more_than_that(visitor: Visitor) -> None:
    known = sign_in(Client(), password="wrong").content.decode()
    unknown = sign_in(Client(), email="nobody@example.com").content.decode()
    assert "There is no account with this e-mail and password." in known
    assert "There is no account with this e-mail and password." in unknown


def test_guessing_passwords_is_stopped(visitor: Visitor) -> None:
    client = Client(REMOTE_ADDR="192.0.2.77")
    for _ in range(MOST_FAILURES - 1):
        count_failure("ada@example.com", "192.0.2.77")
    assert "There is no account" in sign_in(client, password="wrong").content.decode()
    assert "Too many failed login attempts" in sign_in(client).content.decode()


def test_signing_out_ends_it(visitor: Visitor) -> None:
    visitor.client.get("/logout", headers={"Sec-Fetch-Site": "cross-site"})
    assert visitor.get("insights/trends").status_code == 200
    assert visitor.client.post("/logout").headers["Location"] == "/login"
    assert visitor.get("insights/trends").status_code == 302


def test_a_link_signs_out_when_it_is_ours(visitor: Visitor) -> None:
    assert visitor.client.get("/logout", headers={"Sec-Fetch-Site": "same-origin"}).headers["Location"] == "/login"
    assert visitor.get("insights/trends").status_code == 302


def test_a_form_that_is_too_old_is_answered_by_a_page_that_leads_on(visitor: Visitor) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(visitor.user)
    for path, again in (("/login", "/login"), ("/logout", "/")):
        refused = strict.post(path, {})
        assert refused.status_code == 403
        assert "Please try again" in refused.content.decode() and f'href="{again}"' in refused.content.decode()
        assert "default-src 'none'" in refused.headers["Content-Security-Policy"]


def test_posting_to_an_unknown_address_is_not_found() -> None:
    assert Client(enforce_csrf_checks=True).post("/no/such/page", {}).status_code == 404


def test_the_cursor_stands_in_the_password_after_a_wrong_one(visitor: Visitor) -> None:
    page = sign_in(Client(), password="wrong").content.decode()
    assert re.findall(r"<input[^>]*name=.(\w+).[^>]*autofocus", page) == ["password"]


def invite(visitor: Visitor, email: str = "eve@example.com") -> str:
    made = Invite.objects.create(organization=visitor.project.organization, target_email=email)
    return f"/signup/{made.pk}"


def test_an_invited_person_joins_by_the_link(visitor: Visitor) -> None:
    path, client = invite(visitor), Client()
    assert "eve@example.com" in client.get(path).content.decode()
    weak = client.post(path, {"first_name": "Eve", "password": "password"})
    assert 'class="field-error"' in weak.content.decode()
    assert client.post(path, {"first_name": "Eve", "password": PASSWORD}).headers["Location"] == "/"
    assert client.get(f"/project/{visitor.project.pk}/insights/trends").status_code == 200
    assert "cannot be used" in Client().get(path).content.decode()


def test_who_is_signed_in_joins_with_one_press_and_only_as_themselves(visitor: Visitor) -> None:
    eve = User.objects.create_user("eve@example.com", PASSWORD)
    client = Client()
    client.force_login(eve)
    refused = client.post(invite(visitor, "bob@example.com"))
    assert refused.status_code == 400 and "intended for another" in refused.content.decode()
    path = invite(visitor)
    assert "signed in as eve@example.com" in client.get(path).content.decode()
    assert client.post(path).headers["Location"] == "/"
    assert visitor.project.organization.memberships.filter(user=eve).exists()


@pytest.mark.parametrize("address", ["nonsense", "01a1fd5b-6895-7667-b4d1-cf6024e30a5e", "%00"])
def test_an_unknown_invite_is_a_page(visitor: Visitor, address: str) -> None:
    assert Client().get(f"/signup/{address}").status_code == 400


def test_fields_longer_than_the_records_are_refused_in_words() -> None:
    long = f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'w' * 60}.{'v' * 60}.example.com"
    page = Client().post("/setup", FIRST | {"email": long, "password": PASSWORD * 9}).content.decode()
    assert page.count('class="field-error"') == 2
    assert not User.objects.exists()


def test_forms_need_the_token_of_the_page(visitor: Visitor) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403
    token = strict.get("/login").content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert sign_in(strict, csrfmiddlewaretoken=token).status_code == 302
