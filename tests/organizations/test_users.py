"""`/api/users/`: a person sees and changes themselves."""

import pytest

from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from tests.accounts import PASSWORD, Account, denied, error, make_account

pytestmark = pytest.mark.django_db
JSON = "application/json"
ME = "/api/users/@me/"


@pytest.fixture
def ada() -> Account:
    return make_account()


def change(account: Account, **fields: object) -> tuple[int, dict]:
    answer = account.session().patch(ME, fields, content_type=JSON)
    return answer.status_code, answer.json()


def test_me_has_what_clients_cannot_do_without(ada: Account) -> None:
    me = ada.api().get(ME).json()
    assert isinstance(me["distinct_id"], str)
    assert me["email"] == ada.user.email
    assert me["team"]["id"] == me["team"]["project_id"] == ada.project.id
    assert me["team"]["organization"] == me["organization"]["id"] == str(ada.organization.id)
    assert me["team"]["api_token"].startswith("phc_")
    assert [item["id"] for item in me["organizations"]] == [str(ada.organization.id)]
    assert me["organization"]["membership_level"] == 15
    assert me["has_password"] is True
    assert me["is_2fa_enabled"] is False
    assert me["sensitive_session_expires_at"] is None
    assert not {"password", "current_password", "set_current_team"} & set(me)


def test_a_session_knows_until_when_it_is_recent(ada: Account) -> None:
    assert ada.session().get(ME).json()["sensitive_session_expires_at"].endswith("Z")


def test_settings_are_echoed(ada: Account) -> None:
    wanted = {"first_name": "Ada", "theme_mode": "dark", "role_at_organization": "data", "hedgehog_config": {"a": 1}}
    status, body = change(ada, **wanted)
    assert status == 200
    assert {name: body[name] for name in wanted} == wanted


def test_one_may_choose_where_to_work(ada: Account) -> None:
    second = Project.objects.create(organization=ada.organization, name="Second")
    assert change(ada, set_current_team=second.id)[1]["team"]["id"] == second.id
    assert ada.api().get("/api/projects/@current/").json()["id"] == second.id
    other = make_account("Other")
    other.organization.memberships.create(user=ada.user)
    body = change(ada, set_current_organization=str(other.organization.id))[1]
    assert (body["organization"]["id"], body["team"]["id"]) == (str(other.organization.id), other.project.id)


def test_one_may_not_work_where_one_does_not_belong(ada: Account) -> None:
    stranger = make_account("Strangers")
    assert change(ada, set_current_team=stranger.project.id) == (
        400,
        error("does_not_exist", f"Object with id={stranger.project.id} does not exist.", "set_current_team"),
    )
    assert change(ada, set_current_organization=str(stranger.organization.id)) == (
        400,
        error(
            "does_not_exist",
            f"Object with id={stranger.organization.id} does not exist.",
            "set_current_organization",
        ),
    )
    stranger.organization.memberships.create(user=ada.user)
    both = {"set_current_team": ada.project.id, "set_current_organization": str(stranger.organization.id)}
    assert change(ada, **both)[1] == error(
        "invalid_input",
        "Team must belong to the same organization in set_current_organization.",
        "set_current_team",
    )


def test_a_new_password_needs_the_old_one_and_some_strength(ada: Account) -> None:
    assert change(ada, password="a much better passphrase")[1] == error(
        "required", "This field is required when updating your password.", "current_password"
    )
    assert change(ada, password="a much better passphrase", current_password="wrong")[1] == error(
        "incorrect_password", "Your current password is incorrect.", "current_password"
    )
    assert change(ada, password="short", current_password=PASSWORD)[1]["code"] == "password_too_short"
    weak = change(ada, password="password123", current_password=PASSWORD)[1]
    assert (weak["code"], weak["attr"]) == ("password_too_weak", "password")


def test_an_e_mail_belongs_to_one_person(ada: Account) -> None:
    other = make_account("Other").user
    assert change(ada, email=other.email.upper())[1] == error(
        "unique", "There is already an account with this email address.", "email"
    )
    assert change(ada, email="new@example.com")[1]["email"] == "new@example.com"


def test_a_key_changes_neither_the_e_mail_nor_the_password(ada: Account) -> None:
    refused = denied("Email and password cannot be changed with a personal API key.")
    first = {"password": "a much better passphrase"}
    attempts = ({"email": "new@example.com"}, {**first, "current_password": PASSWORD}, {"password": "x"})
    for fields in attempts:
        answer = ada.api().patch(ME, fields, content_type=JSON)
        assert (answer.status_code, answer.json()) == (403, refused)
    ada.user.set_unusable_password()
    ada.user.save()
    for path in (ME, f"/api/users/{ada.user.uuid}/"):
        assert ada.api().patch(path, first, content_type=JSON).status_code == 403
    ada.user.refresh_from_db()
    assert not ada.user.has_usable_password()
    same = ada.api().patch(ME, {"email": ada.user.email, "first_name": "Ada"}, content_type=JSON)
    assert (same.status_code, same.json()["first_name"]) == (200, "Ada")
    assert change(ada, **first)[0] == 200


def test_only_staff_make_staff_and_see_others(ada: Account) -> None:
    other = make_account("Other").user
    assert change(ada, is_staff=True)[0] == 403
    refused = ada.api().get(f"/api/users/{other.uuid}/")
    assert refused.json() == denied("As a non-staff user you're only allowed to access the `@me` user instance.")
    assert [user["id"] for user in ada.api().get("/api/users/").json()["results"]] == [ada.user.id]
    User.objects.filter(pk=ada.user.pk).update(is_staff=True)
    assert ada.api().get(f"/api/users/{other.uuid}/").json()["email"] == other.email
    assert ada.api().get("/api/users/").json()["count"] == 2
    found = ada.api().get("/api/users/", {"email": other.email}).json()["results"]
    assert [user["id"] for user in found] == [other.id]


def test_an_account_can_be_deleted_once_it_belongs_nowhere(ada: Account) -> None:
    session = ada.session()
    refused = session.delete(ME)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "Cannot delete user with organization memberships.",
    )
    ada.organization.delete()
    assert session.delete(ME).status_code == 204
    assert not User.objects.filter(pk=ada.user.pk).exists()
