"""The first person of an instance, and who may come after."""

from typing import Any

import pytest
from django.test import Client

from hedgerow.organizations.models import User
from tests.accounts import PASSWORD, error

pytestmark = pytest.mark.django_db
JSON = "application/json"
ADA = {"first_name": "Ada", "email": "ada@example.com", "password": PASSWORD, "organization_name": "Acme"}


def sign_up(client: Client | None = None, **changes: object) -> Any:
    return (client or Client()).post("/api/signup/", {**ADA, **changes}, content_type=JSON)


def test_the_first_person_owns_the_instance_and_is_logged_in() -> None:
    assert Client().get("/_preflight/").json()["initiated"] is False
    client = Client()
    answer = sign_up(client)
    assert answer.status_code == 201
    assert answer.json()["email"] == "ada@example.com"
    assert answer.json()["redirect_url"] == "/"
    me = client.get("/api/users/@me/").json()
    assert me["is_staff"] is True
    assert me["organization"]["name"] == "Acme"
    assert me["organization"]["membership_level"] == 15
    assert me["team"]["name"] == "Default project"
    state = Client().get("/_preflight").json()
    assert (state["initiated"], state["can_create_org"], state["cloud"]) == (True, False, False)


def test_sign_up_is_closed_after_the_first_unless_allowed(settings: Any) -> None:
    sign_up()
    second = sign_up(email="eve@example.com")
    assert second.status_code == 403
    assert second.json()["detail"].startswith("New organizations cannot be created in this instance.")
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"allow_signup": True})
    assert sign_up(email="eve@example.com", organization_name="").status_code == 201
    eve = User.objects.get(email="eve@example.com")
    assert (eve.is_staff, eve.organization.name) == (False, "Ada's Organization")  # type: ignore[union-attr]
    assert sign_up(email="EVE@example.com").json() == error(
        "unique", "There is already an account with this email address.", "email"
    )


@pytest.mark.parametrize(
    ("changes", "code", "attr"),
    [
        ({"password": "short"}, "password_too_short", "password"),
        ({"password": "password1"}, "password_too_weak", "password"),
        ({"password": None}, "null", "password"),
        ({"email": "nonsense"}, "invalid_input", "email"),
        ({"first_name": ""}, "blank", "first_name"),
    ],
)
def test_a_sign_up_that_makes_no_sense_makes_nobody(changes: dict, code: str, attr: str) -> None:
    answer = sign_up(**changes)
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["attr"]) == (code, attr)
    assert not User.objects.exists()
