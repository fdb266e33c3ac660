"""`/api/projects/:id/project_secret_api_keys/`: what a project's secret key is, opens, and does not open."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hedgerow.api.levels import Level
from hedgerow.project_secret_keys.models import ProjectSecretAPIKey
from tests.accounts import Account, client_with, make_account, member_of

pytestmark = pytest.mark.django_db
JSON = "application/json"
LOCAL_EVALUATION = "/api/feature_flag/local_evaluation"


@pytest.fixture
def ada() -> Account:
    return make_account()


def keys(account: Account) -> str:
    return f"/api/projects/{account.project.pk}/project_secret_api_keys/"


def make(account: Account, **fields: object) -> dict:
    body = {"label": "ci", "scopes": ["feature_flag:read"], **fields}
    answer = account.session().post(keys(account), body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_life_of_a_key(ada: Account) -> None:
    made = make(ada)
    value, path = made["value"], f"{keys(ada)}{made['id']}/"
    assert value.startswith("phs_")
    assert made == {
        "id": made["id"],
        "label": "ci",
        "value": value,
        "mask_value": f"phs_...{value[-4:]}",
        "created_at": made["created_at"],
        "created_by": ada.user.pk,
        "last_used_at": None,
        "last_rolled_at": None,
        "scopes": ["feature_flag:read"],
    }
    assert value not in str(ProjectSecretAPIKey.objects.values().get())
    session = ada.session()
    assert session.get(path).json() == {**made, "value": None}
    assert session.get(keys(ada)).json()["results"] == [{**made, "value": None}]

    assert client_with(value).get(LOCAL_EVALUATION).status_code == 200
    assert client_with(value).get(LOCAL_EVALUATION, {"token": ada.project.api_token}).status_code == 200
    assert session.get(path).json()["last_used_at"] is not None

    changed = session.patch(path, {"label": "deploy"}, content_type=JSON).json()
    assert (changed["label"], changed["value"], changed["scopes"]) == ("deploy", None, ["feature_flag:read"])
    assert client_with(value).get(LOCAL_EVALUATION).status_code == 200

    rolled = session.post(f"{path}roll/").json()
    assert rolled["id"] == made["id"]
    assert rolled["value"] != value
    assert rolled["last_rolled_at"] is not None
    assert client_with(value).get(LOCAL_EVALUATION).status_code == 401
    assert client_with(rolled["value"]).get(LOCAL_EVALUATION).status_code == 200

    assert session.delete(path).status_code == 204
    assert client_with(rolled["value"]).get(LOCAL_EVALUATION).status_code == 401
    assert session.get(path).status_code == 404


def test_it_opens_nothing_else(ada: Account) -> None:
    client = client_with(make(ada, scopes=["feature_flag:read", "account:read", "loop:write"])["value"])
    for path in (keys(ada), f"/api/projects/{ada.project.pk}/", f"/api/projects/{ada.project.pk}/dashboards/"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert answer.json()["detail"] == "This action does not support project secret API key access"
    query = client.post(
        f"/api/projects/{ada.project.pk}/query/", {"query": {"kind": "HogQLQuery", "query": "select 1"}}, JSON
    )
    assert query.status_code == 403
    assert client.get("/api/users/@me/").status_code == 403


def test_it_opens_its_own_project_only_and_needs_its_scope(ada: Account) -> None:
    eve = make_account()
    value = make(ada)["value"]
    other = client_with(value).get(LOCAL_EVALUATION, {"token": eve.project.api_token})
    assert other.status_code == 403
    assert other.json()["detail"] == (f"API key does not have access to the requested project: ID {eve.project.pk}.")
    elsewhere = client_with(value).get(f"/api/projects/{eve.project.pk}/feature_flags/colour/remote_config/")
    assert elsewhere.status_code == 403
    mine = client_with(value).get("/api/projects/@current/feature_flags/colour/remote_config/")
    assert mine.status_code == 404
    account = client_with(make(ada, label="accounts", scopes=["account:read"])["value"])
    answer = account.get(LOCAL_EVALUATION)
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "API key missing required scope 'feature_flag:read'",
    )


@pytest.mark.parametrize(
    ("body", "code", "attr", "detail"),
    [
        ({}, "required", "label", "This field is required."),
        ({"label": ""}, "blank", "label", "This field may not be blank."),
        ({"label": "x" * 41}, "max_length", "label", "Ensure this field has no more than 40 characters."),
        ({"label": "a"}, "required", "scopes", "This field is required."),
        ({"label": "a", "scopes": []}, "empty", "scopes", "This list may not be empty."),
        ({"label": "a", "scopes": "a"}, "not_a_list", "scopes", 'Expected a list of items but got type "str".'),
        ({"label": "a", "scopes": [None]}, "null", "scopes__0", "This field may not be null."),
        ({"label": "a", "scopes": ["pie:eat"]}, "invalid_input", "scopes", "Invalid scope: pie:eat"),
        (
            {"label": "a", "scopes": ["*"]},
            "invalid_input",
            "scopes",
            "Wildcard scope '*' is not allowed for project API keys. Please specify explicit scopes.",
        ),
        (
            {"label": "a", "scopes": ["project:write"]},
            "invalid_input",
            "scopes",
            "Scope 'project:write' can not be assigned to a project secret API key. "
            "Allowed scopes: account:read, endpoint:read, experiment:read, feature_flag:read, loop:write",
        ),
        (
            {"label": "taken", "scopes": ["account:read"]},
            "invalid_input",
            "label",
            "Project secret API key with label 'taken' already exists.",
        ),
    ],
)
def test_what_is_wrong_is_said_and_makes_nothing(ada: Account, body: dict, code: str, attr: str, detail: str) -> None:
    make(ada, label="taken")
    answer = ada.session().post(keys(ada), body, content_type=JSON)
    assert answer.status_code == 400
    assert answer.json() == {"type": "validation_error", "code": code, "detail": detail, "attr": attr}
    assert ProjectSecretAPIKey.objects.count() == 1


def test_labels_are_unique_in_a_project(ada: Account) -> None:
    make(ada, label="first")
    second = make(ada, label="second")
    again = ada.session().patch(f"{keys(ada)}{second['id']}/", {"label": "first"}, content_type=JSON)
    assert (again.status_code, again.json()["attr"]) == (400, "label")
    assert ada.session().patch(f"{keys(ada)}{second['id']}/", {"label": "second"}, JSON).status_code == 200
    make(make_account(), label="first")


def test_a_project_has_fifty_at_most(ada: Account) -> None:
    for number in range(50):
        ProjectSecretAPIKey.objects.create(project=ada.project, label=str(number), secure_value=str(number))
    more = ada.session().post(keys(ada), {"label": "one more", "scopes": ["account:read"]}, content_type=JSON)
    assert more.status_code == 400
    assert more.json()["detail"].startswith("You can only have 50 project secret API keys.")
    page = ada.session().get(keys(ada), {"limit": 20}).json()
    assert (page["count"], len(page["results"]), page["previous"]) == (50, 20, None)


def test_members_look_and_admins_manage(ada: Account) -> None:
    made = make(ada)
    for bob in (member_of(ada).session(), member_of(ada).api("project:write")):
        assert bob.get(keys(ada)).json()["count"] == 1
        for answer in (
            bob.post(keys(ada), {"label": "b", "scopes": ["account:read"]}, content_type=JSON),
            bob.post(f"{keys(ada)}{made['id']}/roll/"),
            bob.delete(f"{keys(ada)}{made['id']}/"),
        ):
            assert answer.status_code == 403
            assert answer.json()["detail"] == "You don't have sufficient permissions in the project."
    admin = member_of(ada, Level.ADMIN)
    assert admin.api("project:write").post(f"{keys(ada)}{made['id']}/roll/").status_code == 200
    assert admin.api("project:read").post(f"{keys(ada)}{made['id']}/roll/").status_code == 403


def test_a_key_of_another_project_is_not_found(ada: Account) -> None:
    theirs = make(make_account())
    for method in ("get", "patch", "delete"):
        assert getattr(ada.session(), method)(f"{keys(ada)}{theirs['id']}/").status_code == 404
    assert ada.session().post(f"{keys(ada)}{theirs['id']}/roll/").status_code == 404


def test_an_old_login_must_be_renewed_to_change_keys(ada: Account) -> None:
    client = ada.session()
    session = client.session
    session["logged_in_at"] = int((timezone.now() - timedelta(hours=3)).timestamp())
    session.save()
    answer = client.post(keys(ada), {"label": "late", "scopes": ["account:read"]}, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "sensitive_action_required_reauth")
    assert client.get(keys(ada)).status_code == 200


def test_it_survives_who_made_it(ada: Account) -> None:
    bob = member_of(ada, Level.ADMIN)
    value = make(bob)["value"]
    bob.user.delete()
    assert client_with(value).get(LOCAL_EVALUATION).status_code == 200
    assert ada.session().get(keys(ada)).json()["results"][0]["created_by"] is None


def test_bodies_that_are_none(ada: Account) -> None:
    session = ada.session()
    assert session.post(keys(ada), "{", content_type=JSON).json()["code"] == "parse_error"
    assert session.post(keys(ada), "<a/>", content_type="text/xml").status_code == 415
    assert Client().get(keys(ada)).status_code == 401
