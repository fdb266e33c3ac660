"""Projects, under each of their paths."""

import pytest

from hedgerow.api.levels import Level
from hedgerow.projects.models import Project
from tests.accounts import Account, denied, error, make_account, member_of

pytestmark = pytest.mark.django_db
JSON = "application/json"
BASIC = {
    "id", "uuid", "organization", "project_id", "api_token", "name", "completed_snippet_onboarding",
    "has_completed_onboarding_for", "ingested_event", "is_demo", "timezone", "access_control",
}  # fmt: skip


@pytest.fixture
def ada() -> Account:
    return make_account()


@pytest.fixture(params=["projects", "environments", "organization"])
def path(request: pytest.FixtureRequest, ada: Account) -> str:
    mounts = {"organization": f"/api/organizations/{ada.organization.id}/projects"}
    return mounts.get(request.param, f"/api/{request.param}")


def test_a_list_is_brief(ada: Account, path: str) -> None:
    make_account("Strangers")
    page = member_of(ada).api("project:read").get(f"{path}/").json()
    assert page["count"] == 1
    assert set(page["results"][0]) == BASIC
    assert page["results"][0]["id"] == ada.project.id


def test_the_life_of_a_project(ada: Account, path: str) -> None:
    client = ada.api("project:write")
    made = client.post(f"{path}/", {"name": "Blog", "timezone": "Europe/Berlin"}, content_type=JSON)
    assert made.status_code == 201
    project = made.json()
    assert isinstance(project["id"], int)
    assert project["api_token"].startswith("phc_")
    assert project["organization"] == str(ada.organization.id)
    own = f"{path}/{project['id']}/"
    assert client.get(own).json() == project
    changed = client.patch(own, {"timezone": "Asia/Tokyo", "id": 1, "unknown": 2}, content_type=JSON)
    assert changed.status_code == 200
    assert (changed.json()["timezone"], changed.json()["id"]) == ("Asia/Tokyo", project["id"])
    replaced = client.put(own, {"name": "Diary"}, content_type=JSON)
    assert replaced.json()["name"] == "Diary"
    assert client.delete(own).status_code == 204
    gone = client.get(own)
    assert (gone.status_code, gone.json()["detail"]) == (404, "Project not found.")


def test_a_new_project_has_plain_defaults(ada: Account) -> None:
    body = ada.api().get(f"/api/projects/{ada.project.id}/").json()
    expected = {
        "timezone": "UTC",
        "anonymize_ips": False,
        "app_urls": [],
        "data_attributes": ["data-attr"],
        "test_account_filters": [],
        "week_start_day": None,
        "autocapture_opt_out": None,
        "session_recording_opt_in": False,
        "session_recording_sample_rate": None,
        "base_currency": "USD",
        "has_group_types": False,
        "group_types": [],
        "effective_membership_level": 15,
        "user_access_level": "admin",
        "person_on_events_querying_enabled": True,
        "default_modifiers": {},
        "access_control": False,
        "primary_dashboard": None,
        "secret_api_token": None,
    }
    assert {name: body[name] for name in expected} == expected
    assert body["revenue_analytics_config"] == {
        "base_currency": "USD", "events": [], "goals": [], "filter_test_accounts": False,
    }  # fmt: skip


def test_what_is_set_is_echoed_exactly(ada: Account) -> None:
    wanted = {
        "week_start_day": 1,
        "session_recording_sample_rate": "0.50",
        "session_recording_minimum_duration_milliseconds": 2000,
        "app_urls": ["https://shop.example", None],
        "test_account_filters": [{"key": "email", "value": "@acme", "operator": "not_icontains", "type": "person"}],
        "autocapture_opt_out": True,
        "cookieless_server_hash_mode": 2,
        "base_currency": "EUR",
        "session_recording_linked_flag": {"id": 1, "key": "flag"},
        "product_description": "A shop.",
        "experiment_recalculation_time": "12:00:00",
    }
    path = f"/api/environments/{ada.project.id}/"
    changed = ada.api().patch(path, wanted, content_type=JSON).json()
    assert {name: changed[name] for name in wanted} == wanted
    assert ada.api().get(path).json() == changed
    assert changed["revenue_analytics_config"]["base_currency"] == "EUR"


def test_configurations_are_merged_one_level_deep(ada: Account) -> None:
    path, client = f"/api/projects/{ada.project.id}/", ada.api()
    client.patch(path, {"session_replay_config": {"record_canvas": True, "deep": {"a": 1}}}, content_type=JSON)
    changed = client.patch(path, {"session_replay_config": {"deep": {"b": 2}}}, content_type=JSON).json()
    assert changed["session_replay_config"] == {"record_canvas": True, "deep": {"b": 2}}
    changed = client.patch(path, {"revenue_analytics_config": {"goals": [1]}}, content_type=JSON).json()
    changed = client.patch(path, {"revenue_analytics_config": {"events": [2]}}, content_type=JSON).json()
    assert (changed["revenue_analytics_config"]["goals"], changed["revenue_analytics_config"]["events"]) == ([1], [2])
    assert (
        client.patch(path, {"session_replay_config": None}, content_type=JSON).json()["session_replay_config"] is None
    )


@pytest.mark.parametrize(
    ("change", "attr"),
    [
        ({"session_recording_sample_rate": "1.5"}, "session_recording_sample_rate"),
        ({"session_recording_sample_rate": "Infinity"}, "session_recording_sample_rate"),
        ({"session_recording_minimum_duration_milliseconds": 30001}, "session_recording_minimum_duration_milliseconds"),
        ({"week_start_day": 2}, "week_start_day"),
        ({"base_currency": "euro"}, "base_currency"),
        ({"modifiers": []}, "modifiers"),
        (
            {"marketing_analytics_config": {"attribution_window_days": 0}},
            "marketing_analytics_config__attribution_window_days",
        ),
    ],
)
def test_settings_out_of_range_change_nothing(ada: Account, change: dict, attr: str) -> None:
    answer = ada.api().patch(f"/api/projects/{ada.project.id}/", {"name": "New", **change}, content_type=JSON)
    assert (answer.status_code, answer.json()["attr"]) == (400, attr)
    assert Project.objects.get(pk=ada.project.pk).name == "Shop"


def test_members_change_settings_and_only_admins_make_delete_and_reset(ada: Account) -> None:
    member, path = member_of(ada), f"/api/projects/{ada.project.id}/"
    changed = member.api().patch(path, {"name": "Renamed"}, content_type=JSON).json()
    assert (changed["name"], changed["user_access_level"], changed["effective_membership_level"]) == (
        "Renamed", "member", 1,
    )  # fmt: skip
    assert member.api().post("/api/projects/", {"name": "New"}, content_type=JSON).json() == denied(
        "You need to be an organization admin or above to create new projects."
    )
    refusal = denied("You don't have sufficient permissions in the project.")
    assert member.api().delete(path).json() == refusal
    for action in ("reset_token", "rotate_secret_token", "delete_secret_token_backup"):
        assert member.api().patch(f"{path}{action}/").json() == refusal
    ada.organization.members_can_create_projects = True
    ada.organization.save()
    assert member.api().post("/api/projects/", {"name": "New"}, content_type=JSON).status_code == 201


def test_tokens_are_reset_and_rotated(ada: Account) -> None:
    path, client = f"/api/projects/{ada.project.id}/", ada.api()
    before = client.get(path).json()
    assert client.patch(f"{path}reset_token/").json()["api_token"] not in ("", before["api_token"])
    first = client.patch(f"{path}rotate_secret_token/").json()["secret_api_token"]
    assert first.startswith("phs_")
    second = client.patch(f"{path}rotate_secret_token").json()
    assert second["secret_api_token"] != second["secret_api_token_backup"] == first
    assert member_of(ada).api().get(path).json()["secret_api_token"] is None
    dropped = client.patch(f"{path}delete_secret_token_backup/").json()
    assert (dropped["secret_api_token"], dropped["secret_api_token_backup"]) == (second["secret_api_token"], None)


def test_making_a_project_moves_a_session_there_but_not_a_key(ada: Account) -> None:
    ada.api().post("/api/projects/", {"name": "By key"}, content_type=JSON)
    assert ada.api().get("/api/projects/@current/").json()["name"] == "Shop"
    ada.session().post("/api/projects/", {"name": "By hand"}, content_type=JSON)
    assert ada.api().get("/api/projects/@current/").json()["name"] == "By hand"


def test_a_project_moves_only_between_organizations_one_administers(ada: Account) -> None:
    other = make_account("Other")
    path, session = f"/api/projects/{ada.project.id}/change_organization/", ada.session()
    body = {"organization_id": str(other.organization.id)}
    assert session.post(path, body, content_type=JSON).status_code == 403
    other.organization.memberships.create(user=ada.user, level=Level.ADMIN)
    assert session.post(path, body, content_type=JSON).json()["organization"] == str(other.organization.id)
    assert session.post(path, {}, content_type=JSON).json() == error(
        "required", "This field is required.", "organization_id"
    )


def test_a_strangers_project_can_be_neither_read_nor_changed(ada: Account, path: str) -> None:
    stranger = make_account("Strangers", "Theirs")
    for client in (ada.api(), ada.session()):
        for answer in (
            client.get(f"{path}/{stranger.project.id}/"),
            client.patch(f"{path}/{stranger.project.id}/", {"name": "Mine"}, content_type=JSON),
            client.delete(f"{path}/{stranger.project.id}/"),
            client.patch(f"{path}/{stranger.project.id}/reset_token/"),
        ):
            assert answer.status_code in (403, 404)
    unchanged = Project.objects.get(pk=stranger.project.pk)
    assert (unchanged.name, unchanged.api_token) == ("Theirs", stranger.project.api_token)


def test_ids_are_never_given_twice(ada: Account) -> None:
    last = Project.objects.create(organization=ada.organization, name="Last")
    number = last.pk
    last.delete()
    assert Project.objects.create(organization=ada.organization, name="Next").pk > number
