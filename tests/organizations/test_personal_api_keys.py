"""`/api/personal_api_keys/`: made, shown once, rolled, deleted."""

import pytest

from hedgerow.organizations.models import PersonalAPIKey
from hedgerow.projects.models import Project
from tests.accounts import Account, client_with, denied, error, make_account

pytestmark = pytest.mark.django_db
JSON = "application/json"
KEYS = "/api/personal_api_keys/"


@pytest.fixture
def ada() -> Account:
    return make_account()


def make(account: Account, **fields: object) -> dict:
    body = {"label": "ci", "scopes": ["*"], **fields}
    return account.session().post(KEYS, body, content_type=JSON).json()


def test_a_key_is_shown_once_and_only_its_hash_is_kept(ada: Account) -> None:
    made = make(ada)
    value = made["value"]
    assert value.startswith("phx_")
    assert len(value) > 40
    assert made["mask_value"] == f"phx_...{value[-4:]}"
    assert made["user_id"] == ada.user.id
    assert value not in str(PersonalAPIKey.objects.values().get())
    assert ada.session().get(KEYS).json() == [{**made, "value": None}]
    assert client_with(value).get("/api/users/@me/").status_code == 200


def test_a_key_reads_itself_and_nothing_else_here(ada: Account) -> None:
    made = make(ada, scopes=["project:read"])
    client = client_with(made["value"])
    itself = client.get(f"{KEYS}@current").json()
    assert itself["value"] is None
    assert itself["scopes"] == ["project:read"]
    assert itself["scoped_teams"] == itself["scoped_organizations"] == []
    assert client.get(f"{KEYS}{made['id']}/").json()["id"] == made["id"]
    refusal = denied("This action does not support Personal API Key access")
    assert client.get(KEYS).json() == refusal
    assert client.post(f"{KEYS}{made['id']}/roll/").json() == refusal
    assert client.get(f"{KEYS}{make(ada)['id']}/").json() == refusal
    assert ada.session().get(f"{KEYS}@current/").status_code == 404


def test_rolling_stops_the_old_value_at_once(ada: Account) -> None:
    made = make(ada)
    rolled = ada.session().post(f"{KEYS}{made['id']}/roll/").json()
    assert rolled["id"] == made["id"]
    assert rolled["last_rolled_at"] is not None
    assert client_with(made["value"]).get("/api/users/@me/").status_code == 401
    assert client_with(rolled["value"]).get(f"{KEYS}@current/").json()["last_rolled_at"] == rolled["last_rolled_at"]


def test_a_key_can_be_changed_and_deleted(ada: Account) -> None:
    made = make(ada)
    session = ada.session()
    changed = session.patch(f"{KEYS}{made['id']}/", {"label": "new", "scopes": ["query:read"]}, content_type=JSON)
    assert (changed.json()["label"], changed.json()["scopes"], changed.json()["value"]) == ("new", ["query:read"], None)
    assert session.delete(f"{KEYS}{made['id']}/").status_code == 204
    assert client_with(made["value"]).get("/api/users/@me/").status_code == 401


def test_other_peoples_keys_are_missing(ada: Account) -> None:
    made = make(ada)
    stranger = make_account("Strangers").session()
    assert stranger.get(KEYS).json() == []
    for answer in (
        stranger.get(f"{KEYS}{made['id']}/"),
        stranger.delete(f"{KEYS}{made['id']}/"),
        stranger.post(f"{KEYS}{made['id']}/roll/"),
    ):
        assert answer.status_code == 404
    assert client_with(made["value"]).get("/api/users/@me/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"label": ""}, error("blank", "This field may not be blank.", "label")),
        ({"label": "x" * 41}, error("max_length", "Ensure this field has no more than 40 characters.", "label")),
        ({"scopes": []}, error("empty", "This list may not be empty.", "scopes")),
        ({"scopes": "a"}, error("not_a_list", 'Expected a list of items but got type "str".', "scopes")),
        ({"scopes": [None]}, error("null", "This field may not be null.", "scopes__0")),
        ({"scopes": ["nonsense:read"]}, error("invalid_input", "Invalid scope: nonsense:read", "scopes")),
        ({"scopes": ["project:delete"]}, error("invalid_input", "Invalid scope: project:delete", "scopes")),
        (
            {"scoped_teams": [987654321]},
            error(
                "invalid_input",
                "You must be a member of all teams that you are scoping the key to.",
                "scoped_teams",
            ),
        ),
        (
            {"scoped_organizations": ["nonsense"]},
            error("invalid_input", "Invalid organization UUID", "scoped_organizations"),
        ),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(ada: Account, fields: dict, expected: dict) -> None:
    assert make(ada, **fields) == expected
    assert not PersonalAPIKey.objects.exists()


def test_a_key_is_narrowed_only_to_what_one_belongs_to(ada: Account) -> None:
    stranger = make_account("Strangers")
    assert make(ada, scoped_teams=[stranger.project.id])["attr"] == "scoped_teams"
    assert make(ada, scoped_organizations=[str(stranger.organization.id)])["detail"] == (
        "You must be a member of all organizations that you are scoping the key to."
    )
    assert make(ada, scoped_teams=[ada.project.id])["scoped_teams"] == [ada.project.id]


def test_ten_keys_are_enough(ada: Account) -> None:
    for _ in range(10):
        make(ada)
    assert make(ada) == error(
        "invalid_input",
        "You can only have 10 personal API keys. Remove an existing key before creating a new one.",
    )


def test_a_key_tells_what_it_opens_at_present(ada: Account) -> None:
    second = Project.objects.create(organization=ada.organization, name="Second")
    elsewhere = make_account("Elsewhere")
    elsewhere.organization.memberships.create(user=ada.user)

    def opens(**narrowing: object) -> tuple[list[int], list[str]]:
        key = ada.api("query:read", **narrowing).get(f"{KEYS}@current").json()
        return key["effective_projects"], sorted(key["effective_organizations"])

    both = sorted([str(ada.organization.id), str(elsewhere.organization.id)])
    assert opens() == (sorted([ada.project.id, elsewhere.project.id, second.id]), both)
    assert opens(scoped_teams=[second.id]) == ([second.id], [])
    assert opens(scoped_organizations=[both[0]])[1] == [both[0]]
    elsewhere.organization.members_can_use_personal_api_keys = False
    elsewhere.organization.save()
    assert opens() == ([ada.project.id, second.id], [str(ada.organization.id)])
