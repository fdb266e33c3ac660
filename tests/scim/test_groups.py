"""`/scim/v2/:domain_id/Groups`: groups of an identity provider are roles of the organization."""

from typing import Any

import pytest

from hedgerow.access.models import Role
from hedgerow.access.roles import create_role
from hedgerow.organizations.models import User
from tests.accounts import Account, make_account, member_of
from tests.scim.provider import Provider

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.fixture
def people(ada: Account) -> list[User]:
    """Three members of the organization."""
    return [member_of(ada).user for _ in range(3)]


def make(provider: Provider, name: str, *people: User, **fields: Any) -> Any:
    members = [{"value": str(user.pk)} for user in people]
    answer = provider.post("Groups", {"schemas": [GROUP], "displayName": name, "members": members, **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()


def holders(name: str) -> set[User]:
    return set(User.objects.filter(memberships__roles__role__name=name))


def test_the_life_of_a_group(ada: Account, provider: Provider, people: list[User]) -> None:
    one, two, three = people
    stranger = make_account("Elsewhere").user
    body = make(provider, "Staff", one, stranger, externalId="g-1")
    where = f"{provider.base}/Groups/{body['id']}"
    assert body == {
        "schemas": [GROUP],
        "id": body["id"],
        "externalId": "g-1",
        "meta": {"resourceType": "Group", "location": where},
        "displayName": "Staff",
        "members": [{"value": str(one.pk), "$ref": f"{provider.base}/Users/{one.pk}", "display": one.email}],
    }
    path = f"Groups/{body['id']}"
    assert provider.get(path).json() == body
    assert [role["name"] for role in ada.session().get("/api/organizations/@current/roles/").json()["results"]] == [
        "Staff"
    ]
    assert provider.get(f"Users/{one.pk}").json()["groups"] == [
        {"value": body["id"], "$ref": where, "display": "Staff"}
    ]

    assert make(provider, "Staff", two)["id"] == body["id"], "the name tells which one is meant"
    assert holders("Staff") == {two}
    replaced = provider.put(path, {"displayName": "Crew", "members": [{"value": str(three.pk)}]})
    assert (replaced.status_code, replaced.json()["displayName"], holders("Crew")) == (200, "Crew", {three})
    assert provider.put(path, {"displayName": "Crew"}).json()["members"] == []

    assert (provider.delete(path).status_code, Role.objects.count()) == (204, 0)
    gone = provider.get(path)
    assert (gone.status_code, gone.json()["detail"]) == (404, "Group not found")


def test_the_forms_of_patch(provider: Provider, people: list[User]) -> None:
    one, two, three = people
    ids = {user: str(user.pk) for user in people}
    path = f"Groups/{make(provider, 'Staff', one)['id']}"

    def patched(*operations: dict[str, Any]) -> set[User]:
        answer = provider.patch(path, *operations)
        assert answer.status_code == 200, answer.content
        return holders("Staff")

    add_two = {"op": "Add", "path": "members", "value": [{"value": ids[two]}, {"value": "nobody"}, {"value": "0"}]}
    assert patched(add_two) == {one, two}
    assert patched(add_two) == {one, two}
    assert patched({"op": "add", "value": {"members": [{"value": ids[three]}]}}) == {one, two, three}
    assert patched({"op": "remove", "path": f'members[value eq "{ids[one]}"]'}) == {two, three}
    assert patched({"op": "Remove", "path": "members", "value": [{"value": ids[two]}]}) == {three}
    assert patched({"op": "replace", "path": "members", "value": [{"value": ids[one]}, {"value": ids[two]}]}) == {
        one,
        two,
    }
    both = f'members[value eq "{ids[one]}" or value eq "{ids[two]}"]'
    assert patched({"op": "remove", "path": both}, {"op": "add", "path": "members", "value": {"value": ids[one]}}) == {
        one
    }
    assert patched({"op": "remove", "path": "members"}) == set()
    renamed = provider.patch(path, {"op": "replace", "value": {"id": path[7:], "displayName": "Crew"}})
    assert renamed.json()["displayName"] == "Crew"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "displayName"},
        {"op": "replace", "path": "displayName", "value": ""},
        {"op": "replace", "path": "displayName", "value": "x" * 201},
        {"op": "replace", "path": "members", "value": 7},
        {"op": "remove"},
    ],
)
def test_bad_patches_change_nothing(provider: Provider, people: list[User], operation: dict[str, Any]) -> None:
    body = make(provider, "Staff", people[0])
    answer = provider.patch(f"Groups/{body['id']}", {"op": "remove", "path": "members"}, operation)
    assert (answer.status_code, answer.json()["detail"]) == (400, "Failed to update group")
    assert provider.get(f"Groups/{body['id']}").json() == body


def test_bad_groups_are_refused(provider: Provider) -> None:
    for body in ({}, [], {"displayName": ""}, {"displayName": 7}, {"displayName": "Staff", "members": "x\0"}):
        answer = provider.post("Groups", body)
        if body == {"displayName": "Staff", "members": "x\0"}:
            assert answer.json()["members"] == []
        else:
            assert (answer.status_code, answer.json()["detail"]) == (400, "Invalid group data")
    clash = provider.post("Groups", {"displayName": "STAFF"})
    assert (clash.status_code, clash.json()["scimType"]) == (409, "uniqueness")


def test_filters(provider: Provider, people: list[User]) -> None:
    staff, crew = make(provider, "Staff", people[0], externalId="g-1"), make(provider, "Crew", *people)

    def found(text: str) -> list[str]:
        listed = provider.get("Groups", filter=text, excludedAttributes="members").json()
        assert listed["totalResults"] == len(listed["Resources"])
        return [group["displayName"] for group in listed["Resources"]]

    assert found('displayName eq "staff"') == ["Staff"]
    assert found('displayName co "r"') == ["Crew"]
    assert found('externalId eq "g-1"') == ["Staff"]
    assert found(f'members eq "{people[0].pk}"') == ["Staff", "Crew"]
    assert found(f'id eq "{crew["id"]}" and members[value eq "{people[1].pk}"]') == ["Crew"]
    assert found(f'id eq "{staff["id"]}" and members eq "{people[1].pk}"') == []
    assert found('id eq "x"') == []
    assert found("displayName is Staff") == []


def test_roles_of_other_organizations_are_out_of_reach(provider: Provider) -> None:
    theirs = create_role(make_account("Elsewhere").organization, "Staff", None)
    path = f"Groups/{theirs.pk}"
    assert {
        provider.get(path).status_code,
        provider.put(path, {"displayName": "x"}).status_code,
        provider.patch(path, {"op": "replace", "path": "displayName", "value": "x"}).status_code,
        provider.delete(path).status_code,
    } == {404}
    assert make(provider, "Staff")["id"] != str(theirs.pk)
    assert provider.get("Groups").json()["totalResults"] == 1
