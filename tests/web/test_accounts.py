"""First steps, signing in and out."""

from typing import Any

import pytest
from django.test import Client

from hedgerow.organizations.lockout import MOST_FAILURES, count_failure
from hedgerow.organizations.models import User
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
    client, wanted = Client(), f"/project/{visitor.project.pk}/trends?display=ActionsBar"
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
    assert visitor.client.get("/logout").status_code == 405
    assert visitor.client.post("/logout").headers["Location"] == "/login"
    assert visitor.get("trends").status_code == 302


def test_forms_need_the_token_of_the_page(visitor: Visitor) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403
    token = strict.get("/login").content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert sign_in(strict, csrfmiddlewaretoken=token).status_code == 302
