"""What a personal API key may do: its scopes, projects and organizations, in the order the rules are checked."""

import uuid

import pytest
from django.test import Client
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from hedgerow.api.scopes import allows
from hedgerow.api.views import ProjectView
from hedgerow.organizations.models import PersonalAPIKey
from hedgerow.projects.models import Project
from tests.accounts import Account, client_with, denied, make_account, member_of

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def ada() -> Account:
    return make_account()


def test_a_key_is_accepted_in_header_body_and_query(ada: Account) -> None:
    key = ada.key()
    assert client_with(key).get("/api/users/@me/").status_code == 200
    assert Client().get("/api/users/@me/", {"personal_api_key": key}).status_code == 200
    in_body = Client().patch("/api/users/@me/", {"personal_api_key": key, "first_name": "Ada"}, content_type=JSON)
    assert in_body.status_code == 200
    assert in_body.json()["first_name"] == "Ada"


def test_the_key_of_an_inactive_person_is_refused(ada: Account) -> None:
    client = ada.api()
    ada.user.is_active = False
    ada.user.save()
    assert client.get("/api/users/@me/").status_code == 401


def test_writing_includes_reading_and_reading_not_writing(ada: Account) -> None:
    path = f"/api/projects/{ada.project.id}/"
    reader, writer = ada.api("project:read"), ada.api("project:write")
    assert reader.get(path).status_code == 200
    refused = reader.patch(path, {"name": "x"}, content_type=JSON)
    assert (refused.status_code, refused.json()) == (403, denied("API key missing required scope 'project:write'"))
    assert reader.get("/api/users/@me/").json() == denied("API key missing required scope 'user:read'")
    assert writer.get(path).status_code == 200
    assert writer.patch(path, {"name": "x"}, content_type=JSON).status_code == 200


def test_scopes_include_each_other_only_for_the_same_object() -> None:
    assert allows(["*"], "project:write")
    assert allows(["project:write"], "project:read")
    assert not allows(["project:read"], "project:write")
    assert not allows(["projects:write"], "project:read")


def test_a_key_for_one_project_opens_no_other_and_still_reads_its_user(ada: Account) -> None:
    other = Project.objects.create(organization=ada.organization, name="Other")
    client = ada.api(scoped_teams=[ada.project.id])
    assert client.get(f"/api/projects/{ada.project.id}/").status_code == 200
    assert client.get(f"/api/environments/{other.id}/").json() == denied(
        f"API key does not have access to the requested project: ID {other.id}."
    )
    refused = client.get("/api/organizations/")
    assert refused.status_code == 403
    assert refused.json() == denied("API keys with scoped projects are only supported on project-based endpoints.")
    assert client.get("/api/users/@me/").status_code == 200
    assert [project["id"] for project in client.get("/api/projects/").json()["results"]] == [ada.project.id]


def test_a_key_for_one_organization_opens_no_other(ada: Account) -> None:
    elsewhere = make_account("Elsewhere", "There")
    elsewhere.organization.memberships.create(user=ada.user)
    client = ada.api(scoped_organizations=[str(ada.organization.id)])
    message = f"API key does not have access to the requested organization: ID {elsewhere.organization.id}."
    assert client.get(f"/api/projects/{elsewhere.project.id}/").json() == denied(message)
    assert client.get(f"/api/organizations/{elsewhere.organization.id}/").json() == denied(message)
    assert client.get(f"/api/organizations/{elsewhere.organization.id}/projects/").json() == denied(message)
    assert [item["id"] for item in client.get("/api/organizations/").json()["results"]] == [str(ada.organization.id)]
    assert [item["id"] for item in client.get("/api/projects/").json()["results"]] == [ada.project.id]


def test_an_organization_can_forbid_the_keys_of_members_below_admin(ada: Account) -> None:
    ada.organization.members_can_use_personal_api_keys = False
    ada.organization.save()
    path = f"/api/projects/{ada.project.id}/"
    assert ada.api().get(path).status_code == 200
    assert member_of(ada).api().get(path).json() == denied(
        "Organization 'Acme' does not allow using personal API keys. "
        "Contact an admin to enable personal API keys for this organization."
    )
    assert member_of(ada).session().get(path).status_code == 200


def test_lists_leave_out_what_an_organization_closes_to_keys(ada: Account) -> None:
    member = member_of(ada)
    ada.organization.members_can_use_personal_api_keys = False
    ada.organization.save()
    for path in ("/api/projects/", "/api/environments/", "/api/organizations/"):
        assert member.api().get(path).json()["results"] == []
        assert len(ada.api().get(path).json()["results"]) == 1
        assert len(member.session().get(path).json()["results"]) == 1


def test_a_stranger_does_not_learn_the_name_of_an_organization_closed_to_keys(ada: Account) -> None:
    ada.organization.members_can_use_personal_api_keys = False
    ada.organization.save()
    stranger = make_account("Strangers").api()
    assert stranger.get(f"/api/projects/{ada.project.id}/").json() == denied("You don't have access to the project.")
    assert stranger.get(f"/api/organizations/{ada.organization.id}/members/").json() == denied()


def test_whether_sample_data_is_being_made_needs_no_scope(ada: Account) -> None:
    path = f"/api/projects/{ada.project.id}/is_generating_demo_data/"
    assert ada.api("insight:read").get(path).json() == {"is_generating_demo_data": False}
    assert make_account("Strangers").api().get(path).status_code == 403


def test_what_is_not_open_to_keys_says_so(ada: Account) -> None:
    answer = ada.api().post(
        f"/api/projects/{ada.project.id}/change_organization/",
        {"organization_id": str(ada.organization.id)},
        content_type=JSON,
    )
    assert answer.status_code == 403
    assert answer.json() == denied("This action does not support personal API key access")


def test_another_organizations_project_is_forbidden_and_an_unknown_one_is_missing(ada: Account) -> None:
    stranger = make_account("Strangers", "Theirs")
    for mount in ("projects", "environments"):
        foreign = ada.api().get(f"/api/{mount}/{stranger.project.id}/")
        assert (foreign.status_code, foreign.json()) == (403, denied("You don't have access to the project."))
        for unknown in ("999999", "abc", "9" * 30, "-1", "١"):
            missing = ada.api().get(f"/api/{mount}/{unknown}/")
            assert (missing.status_code, missing.json()["detail"]) == (404, "Project not found.")


def test_another_organization_is_missing_and_below_it_forbidden(ada: Account) -> None:
    stranger = make_account("Strangers", "Theirs").organization.id
    assert ada.api().get(f"/api/organizations/{stranger}/").status_code == 404
    assert ada.api().get(f"/api/organizations/{stranger}/members/").json() == denied()
    assert ada.api().get(f"/api/organizations/{stranger}/projects/").json() == denied()
    for unknown in (str(uuid.uuid4()), "nonsense"):
        missing = ada.api().get(f"/api/organizations/{unknown}/members/")
        assert (missing.status_code, missing.json()["detail"]) == (404, "Organization not found.")


class Which(ProjectView):
    """Tells which project a request is about."""

    scope_object = "project"

    def get(self, request: Request, project_id: str) -> Response:
        return Response(self.project.id)


def test_a_project_token_in_the_query_selects_its_project(ada: Account) -> None:
    second = Project.objects.create(organization=ada.organization, name="Second")
    headers = {"Authorization": f"Bearer {ada.key()}"}

    def ask(**query: str) -> Response:
        request = APIRequestFactory().get("/", query, headers=headers)
        return Which.as_view()(request, project_id=str(ada.project.id))

    assert ask().data == ada.project.id
    assert ask(token=second.api_token).data == second.id
    assert ask(api_key=second.api_token).data == second.id
    wrong = ask(token="phc_unknown")
    assert (wrong.status_code, wrong.data["detail"]) == (401, "Incorrect authentication credentials.")
    foreign = ask(token=make_account("Strangers").project.api_token)
    assert (foreign.status_code, foreign.data["detail"]) == (403, "You don't have access to the project.")


def test_use_of_a_key_is_noted_at_most_once_an_hour(ada: Account) -> None:
    client = ada.api()
    client.get("/api/users/@me/")
    first = PersonalAPIKey.objects.get(user=ada.user).last_used_at
    client.get("/api/users/@me/")
    assert first is not None
    assert PersonalAPIKey.objects.get(user=ada.user).last_used_at == first
