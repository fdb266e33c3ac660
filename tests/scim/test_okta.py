"""What Okta sends, in the forms that its documentation of SCIM 2.0 shows."""

from typing import Any

import pytest

from hedgerow.organizations.models import User
from tests.accounts import Account
from tests.scim.provider import PATCH, USER, Provider

ISAAC = {
    "schemas": [USER],
    "userName": "isaac.brock@acme.example",
    "name": {"givenName": "Isaac", "familyName": "Brock"},
    "emails": [{"primary": True, "value": "isaac.brock@acme.example", "type": "work"}],
    "displayName": "Isaac Brock",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}


@pytest.fixture
def okta(ada: Account) -> Provider:
    return Provider(ada.organization, agent="Okta SCIM Client 1.0.0")


def test_an_application_is_tested_and_somebody_assigned(okta: Provider) -> None:
    assert okta.get("ServiceProviderConfig").json()["patch"] == {"supported": True}
    assert len(okta.get("Users", startIndex=1, count=2).json()["Resources"]) == 1
    known = okta.get("Users", filter='userName eq "isaac.brock@acme.example"', startIndex=1, count=100).json()
    assert (known["totalResults"], known["Resources"]) == (0, [])

    made = okta.post("Users", ISAAC)
    assert made.status_code == 201
    assert {key: made.json()[key] for key in ("userName", "name", "displayName", "externalId", "active")} == {
        key: ISAAC[key] for key in ("userName", "name", "displayName", "externalId", "active")
    }
    assert not User.objects.get(email="isaac.brock@acme.example").has_usable_password()


def test_a_profile_is_pushed_whole(okta: Provider) -> None:
    user_id = okta.post("Users", ISAAC).json()["id"]
    read = okta.get(f"Users/{user_id}").json()
    pushed = okta.put(f"Users/{user_id}", {**read, "name": {"givenName": "Isaac", "familyName": "Bröck"}})
    assert (pushed.status_code, pushed.json()) == (
        200,
        {**read, "name": {"givenName": "Isaac", "familyName": "Bröck"}, "displayName": "Isaac Bröck"},
    )


def test_somebody_is_deactivated_and_activated_again(okta: Provider) -> None:
    user_id = okta.post("Users", ISAAC).json()["id"]
    for active in (False, True):
        changed = okta.patch(f"Users/{user_id}", {"op": "replace", "value": {"active": active}})
        assert (changed.status_code, changed.json()["active"]) == (200, active)
        found = okta.get("Users", filter='userName eq "isaac.brock@acme.example"').json()["Resources"]
        assert [(each["id"], each["active"]) for each in found] == [(user_id, active)], "Okta would make them anew"


def test_groups_are_pushed(okta: Provider) -> None:
    user_id = okta.post("Users", ISAAC).json()["id"]
    group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Test SCIMv2", "members": []}
    assert okta.get("Groups", filter='displayName eq "Test SCIMv2"').json()["totalResults"] == 0
    made = okta.post("Groups", group).json()
    path = f"Groups/{made['id']}"

    def patched(*operations: dict[str, Any]) -> Any:
        answer = okta.client.patch(
            f"{okta.base}/{path}", {"schemas": [PATCH], "Operations": operations}, content_type="application/scim+json"
        )
        assert answer.status_code == 200
        return answer.json()

    member = {"value": user_id, "display": "isaac.brock@acme.example"}
    assert patched({"op": "add", "path": "members", "value": [member]})["members"][0]["value"] == user_id
    renamed = patched({"op": "replace", "value": {"id": made["id"], "displayName": "Renamed"}})
    assert (renamed["displayName"], len(renamed["members"])) == ("Renamed", 1)
    assert patched({"op": "replace", "path": "members", "value": [member]})["members"][0]["value"] == user_id
    assert patched({"op": "remove", "path": f'members[value eq "{user_id}"]'})["members"] == []
    assert okta.delete(path).status_code == 204
