"""Roles of an organization and who has them."""

import pytest
from django.http import HttpResponse

from hedgerow.access.models import RoleMembership
from tests.accounts import Account, denied, error, make_account, member_of

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"


def roles(account: Account, rest: str = "") -> str:
    return f"/api/organizations/{account.organization.pk}/roles/{rest}"


def post(account: Account, path: str, body: dict[str, str]) -> HttpResponse:
    return account.api().post(path, body, content_type=JSON)


def test_the_life_of_a_role(ada: Account, eve: Account) -> None:
    made = post(ada, roles(ada), {"name": "Sales"})
    role = made.json()
    assert made.status_code == 201
    assert set(role) == {"id", "name", "created_at", "created_by", "members", "is_default"}
    assert (role["created_by"], role["members"], role["is_default"]) == (None, [], False)
    assert post(ada, roles(ada), {"name": "SALES"}).json() == error(
        "unique", "There is already a role with this name.", "name"
    )
    own = roles(ada, f"{role['id']}/")
    assert ada.api().patch(own, {"name": "sales"}, content_type=JSON).json()["name"] == "sales"
    assert post(ada, roles(ada), {}).json() == error("required", "This field is required.", "name")
    assert eve.api().get(own).status_code == 200
    insufficient = denied("Your organization access level is insufficient.")
    assert eve.api().patch(own, {"name": "Mine"}, content_type=JSON).json() == insufficient
    assert post(eve, roles(ada), {"name": "Mine"}).json() == insufficient
    assert make_account("Other").api().get(own).status_code == 403
    assert ada.api().delete(own).status_code == 204
    assert ada.api().get(own).status_code == 404
    assert ada.api().get(roles(ada, "no-uuid/")).status_code == 404


def test_members_are_given_a_role_once(ada: Account, eve: Account) -> None:
    role = post(ada, roles(ada), {"name": "Sales"}).json()["id"]
    path = roles(ada, f"{role}/role_memberships/")
    given = post(ada, path, {"user_uuid": str(eve.user.uuid)})
    row = given.json()
    assert given.status_code == 201
    assert (row["role_id"], row["user"]["email"]) == (role, eve.user.email)
    assert row["organization_member"]["level"] == 1
    again = post(ada, path, {"user_uuid": str(eve.user.uuid)})
    assert again.json() == error("invalid_input", "User is already part of the role.")
    stranger = make_account("Other")
    assert post(ada, path, {"user_uuid": str(stranger.user.uuid)}).json() == error(
        "invalid_input", "User does not exist."
    )
    unknown = roles(ada, f"{stranger.organization.pk}/role_memberships/")
    assert post(ada, unknown, {"user_uuid": str(eve.user.uuid)}).json() == error(
        "invalid_input", "Role does not exist."
    )
    assert post(eve, path, {"user_uuid": str(eve.user.uuid)}).status_code == 403
    assert [each["id"] for each in eve.api().get(path).json()["results"]] == [row["id"]]
    assert ada.api().get(roles(ada, f"{role}/")).json()["members"][0]["id"] == row["id"]
    assert ada.api().delete(f"{path}{row['id']}/").status_code == 204
    assert ada.api().get(f"{path}{row['id']}/").status_code == 404


def test_who_leaves_loses_their_roles_and_a_place_to_work_in(ada: Account, eve: Account) -> None:
    role = post(ada, roles(ada), {"name": "Sales"}).json()["id"]
    post(ada, roles(ada, f"{role}/role_memberships/"), {"user_uuid": str(eve.user.uuid)})
    elsewhere = make_account("Elsewhere")
    elsewhere.organization.memberships.create(user=eve.user)
    eve.user.work_in(ada.project)
    gone = ada.api().delete(f"/api/organizations/{ada.organization.pk}/members/{eve.user.uuid}/")
    assert gone.status_code == 204
    assert RoleMembership.objects.count() == 0
    eve.user.refresh_from_db()
    assert eve.user.current_organization == elsewhere.organization
    assert eve.user.project == elsewhere.project


def test_who_joins_gets_the_default_role(ada: Account) -> None:
    first, second = (post(ada, roles(ada), {"name": name}).json()["id"] for name in ("First", "Second"))
    organization = f"/api/organizations/{ada.organization.pk}/"
    for role in (first, second):
        told = ada.api().patch(organization, {"default_role_id": role}, content_type=JSON).json()
        assert told["default_role_id"] == role
    told = {each["id"]: each["is_default"] for each in ada.api().get(roles(ada)).json()["results"]}
    assert told == {first: False, second: True}
    eve = member_of(ada)
    assert str(RoleMembership.objects.get(membership__user=eve.user).role_id) == second
    foreign = post(make_account("Other"), roles(make_account("Third")), {"name": "Spies"})
    assert foreign.status_code == 403
    wrong = ada.api().patch(organization, {"default_role_id": str(ada.organization.pk)}, content_type=JSON)
    assert wrong.json()["code"] == "does_not_exist"
    assert ada.api().patch(organization, {"default_role_id": None}, content_type=JSON).json()["default_role_id"] is None
    member_of(ada)
    assert RoleMembership.objects.count() == 1
