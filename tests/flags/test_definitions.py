"""What server SDKs ask in order to evaluate flags by themselves: there are none, and the answer can be kept."""

import pytest
from django.test import Client

from hedgerow.groups.models import GroupTypeMapping
from tests.accounts import Account, make_account

pytestmark = pytest.mark.django_db
PATH = "/api/feature_flag/local_evaluation"


@pytest.fixture
def ada() -> Account:
    return make_account()


def test_definitions(ada: Account) -> None:
    GroupTypeMapping.objects.create(project=ada.project, group_type="company", group_type_index=0)
    response = ada.api("feature_flag:read").get(PATH, {"token": ada.project.api_token, "send_cohorts": ""})
    assert response.status_code == 200
    assert response.json() == {"flags": [], "group_type_mapping": {"0": "company"}, "cohorts": {}}
    assert response["Cache-Control"] == "private, must-revalidate"


def test_without_a_token_it_is_the_callers_current_project(ada: Account) -> None:
    assert ada.api("feature_flag:read").get(PATH + "/").status_code == 200


def test_definitions_that_are_known_are_not_sent_again(ada: Account) -> None:
    api = ada.api("feature_flag:read")
    etag = api.get(PATH)["ETag"]
    for known in (etag, etag.removeprefix("W/"), etag.removeprefix("W/").strip('"')):
        again = api.get(PATH, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    GroupTypeMapping.objects.create(project=ada.project, group_type="company", group_type_index=0)
    assert api.get(PATH, headers={"If-None-Match": etag}).status_code == 200


def test_the_secret_token_of_the_project_opens_its_definitions(ada: Account) -> None:
    ada.project.secret_api_token, ada.project.secret_api_token_backup = "phs_new", "phs_old"
    ada.project.save()
    GroupTypeMapping.objects.create(project=ada.project, group_type="company", group_type_index=0)
    for token in ("phs_new", "phs_old"):
        secret = {"Authorization": f"Bearer {token}"}
        assert Client().get(PATH, headers=secret).json()["group_type_mapping"] == {"0": "company"}
        assert Client().get(PATH, {"token": ada.project.api_token}, headers=secret).status_code == 200
        assert Client().get(PATH, {"token": make_account().project.api_token}, headers=secret).status_code == 403
        other = Client().get(f"/api/projects/{ada.project.pk}/", headers=secret)
        assert (other.status_code, other.json()["code"]) == (401, "authentication_failed")


def test_what_may_be_asked_is_no_secret(ada: Account) -> None:
    head = Client().head(PATH, {"token": ada.project.api_token})
    assert (head.status_code, head.content) == (200, b"")
    options = Client().options(PATH)
    assert (options.status_code, options.content, options["Allow"]) == (204, b"", "GET, OPTIONS, HEAD")
    for send in (Client().post, Client().put, Client().delete):
        other = send(PATH)
        assert (other.status_code, other.json()["code"], other["Allow"]) == (
            405,
            "method_not_allowed",
            "GET, OPTIONS, HEAD",
        )


def test_who_may_not_ask(ada: Account) -> None:
    nobody = Client().get(PATH, {"token": ada.project.api_token})
    assert nobody.status_code == 401
    assert nobody.json() == {
        "type": "authentication_error",
        "code": "not_authenticated",
        "detail": "Authentication credentials were not provided.",
        "attr": None,
    }
    secret = Client().get(PATH, headers={"Authorization": "Bearer phs_unknown"})
    assert (secret.status_code, secret.json()["code"]) == (401, "authentication_failed")
    assert secret.json()["detail"] == "Secret API token is invalid."
    project_token = Client().get(PATH, headers={"Authorization": f"Bearer {ada.project.api_token}"})
    assert (project_token.status_code, project_token.json()["code"]) == (401, "authentication_failed")
    assert ada.api("project:read").get(PATH).status_code == 403
    other = make_account()
    assert ada.api("feature_flag:read").get(PATH, {"token": other.project.api_token}).status_code == 403


def test_no_flag_carries_configuration(ada: Account) -> None:
    path = "/api/projects/@current/feature_flags/beta/remote_config"
    assert ada.api("feature_flag:read").get(path, {"token": ada.project.api_token}).status_code == 404
    assert ada.api("project:read").get(path).status_code == 403
    assert Client().get(path).status_code == 401
