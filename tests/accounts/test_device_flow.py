"""A command-line program is let in by a person in a browser."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hedgerow.accounts.device_flow import SCOPES, forget_over_codes
from hedgerow.accounts.models import DeviceCode
from hedgerow.organizations.models import PersonalAPIKey
from tests.accounts import Account, client_with, make_account, member_of

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def ada() -> Account:
    return make_account()


def post(path: str, client: Client | None = None, **body: object) -> tuple[int, dict]:
    answer = (client or Client()).post(f"/api/cli-auth/{path}/", body, content_type=JSON)
    return answer.status_code, answer.json()


def authorize(account: Account, user_code: str, project_id: int | None = None) -> tuple[int, dict]:
    project = account.project.pk if project_id is None else project_id
    return post("authorize", account.session(csrf=True), user_code=user_code, project_id=project)


def test_from_a_code_to_a_key_that_works(ada: Account) -> None:
    started = post("device-code")[1]
    assert started["verification_uri_complete"] == f"http://hedgerow.test/cli/authorize?code={started['user_code']}"
    assert (started["expires_in"], started["interval"]) == (600, 5)
    poll = {"device_code": started["device_code"]}
    assert post("poll", **poll) == (202, {"status": "pending"})
    status, made = authorize(ada, started["user_code"].lower())
    assert (status, made["status"]) == (200, "success")
    status, answer = post("poll", **poll)
    assert (status, answer["status"], answer["project_id"]) == (200, "authorized", str(ada.project.pk))
    assert answer["label"] == made["label"] and answer["label"].startswith("CLI - Shop - ")
    assert len(answer["label"]) <= 40
    mine = client_with(answer["personal_api_key"]).get("/api/personal_api_keys/@current").json()
    assert (mine["scopes"], mine["scoped_teams"]) == (SCOPES, [ada.project.pk])
    status, again = post("poll", **poll)
    assert (status, again["status"], again["error"]) == (400, "expired", "expired_token")


def test_the_key_is_not_readable_in_the_records(ada: Account) -> None:
    started = post("device-code")[1]
    authorize(ada, started["user_code"])
    code = DeviceCode.objects.get()
    assert "phx_" not in code.sealed_key and code.device_code_hash != started["device_code"]


def test_why_a_program_is_not_let_in(ada: Account) -> None:
    assert authorize(ada, "NONE-SUCH")[1]["error"] == "invalid_code"
    started = post("device-code")[1]
    stranger = make_account("Other").project.pk
    assert authorize(ada, started["user_code"], stranger)[1]["error"] == "invalid_project"
    DeviceCode.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert authorize(ada, started["user_code"]) == (
        400,
        {"error": "expired", "error_description": "This code is too old. Start the program again."},
    )
    fresh = post("device-code")[1]
    authorize(ada, fresh["user_code"])
    assert authorize(ada, fresh["user_code"])[1]["error"] == "already_authorized"
    ada.organization.members_can_use_personal_api_keys = False
    ada.organization.save()
    another = post("device-code")[1]
    status, refused = authorize(member_of(ada), another["user_code"])
    assert (status, refused["error"]) == (403, "access_denied")


def test_nobody_lets_in_a_program_without_a_session(ada: Account) -> None:
    started = post("device-code")[1]
    body = {"user_code": started["user_code"], "project_id": ada.project.pk}
    assert post("authorize", **body)[0] == 401
    assert post("authorize", ada.api(), **body)[0] == 401
    form = ada.session().post("/api/cli-auth/authorize/", body)
    assert form.status_code == 415, "another site could send a form"


def test_a_key_that_is_not_fetched_in_a_minute_is_removed(ada: Account) -> None:
    started = post("device-code")[1]
    authorize(ada, started["user_code"])
    DeviceCode.objects.update(authorized_at=timezone.now() - timedelta(seconds=61))
    assert post("poll", device_code=started["device_code"])[1]["error"] == "expired_token"
    forget_over_codes()
    assert not PersonalAPIKey.objects.exists() and not DeviceCode.objects.exists()


def test_the_page_lets_a_program_in(ada: Account) -> None:
    started = post("device-code")[1]
    session = ada.session()
    page = session.get(f"/cli/authorize?code={started['user_code']}").content.decode()
    assert f'value="{started["user_code"]}"' in page and "Shop" in page
    wrong = session.post("/cli/authorize", {"code": "X", "project": ada.project.pk}).content.decode()
    assert "There is no program with this code." in wrong
    done = session.post("/cli/authorize", {"code": started["user_code"], "project": ada.project.pk}).content.decode()
    assert "CLI - Shop" in done
    assert post("poll", device_code=started["device_code"])[0] == 200
