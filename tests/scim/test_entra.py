"""What Microsoft Entra ID sends, in the forms that its documentation of SCIM shows, with and without its switch
`aadOptscim062020` for standard operations."""

import pytest

from tests.accounts import Account
from tests.scim.provider import USER, Provider

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TEST_USER = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "Test_User_ab6490ee@acme.example",
    "active": True,
    "displayName": "Test User",
    "emails": [{"primary": True, "type": "work", "value": "test.user@acme.example"}],
    "meta": {"resourceType": "User"},
    "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
    "roles": [],
    ENTERPRISE: {"department": "Sales", "manager": {"value": "7"}},
}


@pytest.fixture
def entra(ada: Account) -> Provider:
    return Provider(ada.organization, agent="Microsoft Entra Provisioning")


def test_the_connection_is_tested_with_somebody_who_cannot_be_there(entra: Provider) -> None:
    answer = entra.get("Users", filter='userName eq "5c5c6d6e-7f7f-4e4e-9d9d-1a1a2b2b3c3c"')
    assert (answer.status_code, answer.json()["totalResults"], answer.json()["Resources"]) == (200, 0, [])
    assert [each["id"] for each in entra.get("Schemas").json()["Resources"]] == [
        *(USER, "urn:ietf:params:scim:schemas:core:2.0:Group")
    ]


def test_somebody_is_made_found_and_changed(entra: Provider) -> None:
    made = entra.post("Users", TEST_USER)
    assert (made.status_code, made.json()["externalId"]) == (201, TEST_USER["externalId"])
    user_id = made.json()["id"]
    for text in (
        'userName eq "test_user_ab6490ee@ACME.example"',
        'externalId eq "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"',
        'emails[type eq "work"].value eq "test.user@acme.example"',
    ):
        assert [each["id"] for each in entra.get("Users", filter=text).json()["Resources"]] == [user_id], text

    changed = entra.patch(
        f"Users/{user_id}",
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "updated.user@acme.example"},
        {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Marketing"},
        {"op": "Replace", "path": "displayName", "value": "Updated User"},
    ).json()
    assert (changed["emails"], changed["name"]["familyName"]) == (
        [{"value": "updated.user@acme.example", "primary": True}],
        "updatedFamilyName",
    )
    renamed = entra.patch(f"Users/{user_id}", {"op": "Replace", "path": "userName", "value": "renamed@acme.example"})
    assert renamed.json()["userName"] == "renamed@acme.example"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": "active", "value": False},
        {"op": "replace", "value": {"active": "False", "name.givenName": "Gone"}},
        {"op": "replace", "value": {"active": False, f"{ENTERPRISE}:department": "None"}},
    ],
)
def test_somebody_is_disabled_and_in_the_end_deleted(entra: Provider, operation: dict[str, object]) -> None:
    user_id = entra.post("Users", TEST_USER).json()["id"]
    assert entra.patch(f"Users/{user_id}", operation).json()["active"] is False
    assert entra.patch(f"Users/{user_id}", {"op": "Add", "path": "active", "value": "True"}).json()["active"] is True
    assert entra.delete(f"Users/{user_id}").status_code == 204
    assert entra.get(f"Users/{user_id}").status_code == 404


def test_groups(entra: Provider) -> None:
    user_id, other_id = (entra.make(f"{name}@acme.example")["id"] for name in ("one", "two"))
    made = entra.post(
        "Groups",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "displayName",
            "meta": {"resourceType": "Group"},
        },
    ).json()
    path = f"Groups/{made['id']}"
    found = entra.get("Groups", excludedAttributes="members", filter='displayName eq "displayName"').json()
    assert [(each["id"], "members" in each) for each in found["Resources"]] == [(made["id"], False)]

    both = [{"$ref": None, "value": user_id}, {"$ref": None, "value": other_id}]
    assert len(entra.patch(path, {"op": "Add", "path": "members", "value": both}).json()["members"]) == 2
    left = entra.patch(path, {"op": "Remove", "path": "members", "value": both[:1]}).json()
    assert [each["value"] for each in left["members"]] == [other_id]
    has = entra.get("Groups", filter=f'id eq "{made["id"]}" and members eq "{other_id}"', attributes="id").json()
    assert [list(each) for each in has["Resources"]] == [["schemas", "id"]]
    renamed = entra.patch(path, {"op": "Replace", "path": "displayName", "value": "1879db59-3bdf-4490"})
    assert renamed.json()["displayName"] == "1879db59-3bdf-4490"
    assert entra.delete(path).status_code == 204
