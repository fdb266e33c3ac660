"""`/scim/v2/:domain_id/Users`: how an identity provider makes, finds, changes and removes people."""

from typing import Any

import pytest
from django.test import Client

from hedgerow.access.models import RoleMembership
from hedgerow.access.roles import create_role, give_role
from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.domains.provisioning import person_for
from hedgerow.organizations.models import Invite, Membership, User
from tests.accounts import Account, add_member, make_account
from tests.domains.claiming import verified
from tests.scim.provider import ERROR, LIST, USER, Provider


def problem(status: int, detail: str, **more: str) -> dict[str, Any]:
    return {"schemas": [ERROR], "status": str(status), **more, "detail": detail}


def members(account: Account) -> set[str]:
    rows = account.session().get("/api/organizations/@current/members/").json()["results"]
    return {row["user"]["email"] for row in rows}


def test_the_life_of_a_person(ada: Account, provider: Provider) -> None:
    made = provider.post(
        "Users",
        {
            "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "externalId": "00u1",
            "userName": "Bo@acme.example",
            "name": {"givenName": "Bo", "familyName": "Berg"},
            "emails": [{"value": "other@acme.example"}, {"primary": True, "value": "bo@acme.example", "type": "work"}],
            "active": True,
        },
    )
    assert made.status_code == 201
    assert made.headers["Content-Type"] == "application/scim+json"
    body = made.json()
    where = f"{provider.base}/Users/{body['id']}"
    assert made.headers["Location"] == where
    assert body == {
        "schemas": [USER],
        "id": body["id"],
        "externalId": "00u1",
        "meta": {"resourceType": "User", "location": where},
        "userName": "Bo@acme.example",
        "name": {"givenName": "Bo", "familyName": "Berg"},
        "displayName": "Bo Berg",
        "emails": [{"value": "bo@acme.example", "primary": True}],
        "active": True,
        "groups": [],
    }
    assert "bo@acme.example" in members(ada)
    bo = User.objects.get(email="bo@acme.example")
    assert (bo.has_usable_password(), bo.is_email_verified, bo.organization) == (False, True, ada.organization)

    again = provider.post("Users", {"userName": "Bo@acme.example", "emails": [{"value": "BO@ACME.example"}]})
    assert (again.status_code, again.json()) == (409, problem(409, "User already exists", scimType="uniqueness"))

    off = provider.patch(f"Users/{bo.pk}", {"op": "Replace", "path": "active", "value": "False"})
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert "bo@acme.example" not in members(ada)
    assert provider.get(f"Users/{bo.pk}").json()["active"] is False

    on = provider.patch(f"Users/{bo.pk}", {"op": "replace", "value": {"active": True}})
    assert on.json()["active"] is True
    assert Membership.objects.get(user=bo).level == Level.MEMBER

    gone = provider.delete(f"Users/{bo.pk}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert provider.get(f"Users/{bo.pk}").json() == problem(404, "User not found")
    assert User.objects.filter(pk=bo.pk, is_active=True).exists()


def test_the_activity_log_tells_what_was_done(
    ada: Account, provider: Provider, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        bo = provider.make("bo@acme.example")
        provider.put(f"Users/{bo['id']}", {"userName": "bob", "emails": bo["emails"]})
        provider.patch(f"Users/{bo['id']}", {"op": "replace", "path": "active", "value": False})
        provider.delete(f"Users/{bo['id']}")
    noted = ActivityLog.objects.filter(organization=ada.organization, scope="User", activity__startswith="scim_")
    told = [(entry.activity, entry.detail["changes"]) for entry in noted.order_by("created_at", "pk")]
    change = {"type": "User", "action": "changed", "before": True, "after": False}
    assert told == [
        ("scim_provisioned", None),
        ("scim_replaced", [change | {"field": "user_name", "before": "bo@acme.example", "after": "bob"}]),
        ("scim_updated", [change | {"field": "active"}]),
        ("scim_deprovisioned", None),
    ]


def test_somebody_removed_is_signed_out_and_their_keys_are_useless_here(ada: Account, provider: Provider) -> None:
    bo = Account(add_member(ada.organization, Level.ADMIN, email="bo@acme.example"), ada.organization, ada.project)
    elsewhere = make_account("Elsewhere")
    Membership.objects.create(organization=elsewhere.organization, user=bo.user)
    session, key = bo.session(), bo.api()
    give_role(
        create_role(ada.organization, "Staff", None), bo.user.memberships.get(organization=ada.organization), None
    )
    Invite.objects.create(organization=ada.organization, target_email="bo@acme.example", level=Level.ADMIN)
    path = f"/api/projects/{ada.project.pk}/dashboards/"
    assert [session.get(path).status_code, key.get(path).status_code] == [200, 200]

    provider.patch(f"Users/{bo.user.pk}", {"op": "remove", "path": "active"})

    assert [session.get(path).status_code, key.get(path).status_code] == [401, 403]
    assert key.get(f"/api/projects/{elsewhere.project.pk}/dashboards/").status_code == 200
    assert not RoleMembership.objects.exists()
    assert not Invite.objects.exists(), "they could come back by it"

    provider.domain.jit_provisioning_enabled = True
    provider.domain.save()
    person_for("bo@acme.example", first_name="", last_name="", provider="google-oauth2")
    assert not ada.organization.memberships.filter(user=bo.user).exists(), "another provider vouched for them"


def test_a_member_is_adopted_and_keeps_their_level(ada: Account, provider: Provider) -> None:
    bo = add_member(ada.organization, Level.ADMIN, email="bo@elsewhere.example", first_name="B", last_name="Berg")
    body = provider.make("bo@elsewhere.example", name={"givenName": "Bo"})
    assert (body["id"], body["name"]) == (str(bo.pk), {"givenName": "Bo"})
    assert Membership.objects.get(user=bo).level == Level.ADMIN


def test_an_account_whose_address_nobody_has_proven_is_left_to_the_owner_of_the_address(
    ada: Account, provider: Provider
) -> None:
    squatter = make_account("Squat")
    User.objects.filter(pk=squatter.user.pk).update(email="bo@acme.example", is_email_verified=False)
    session, key = squatter.session(), squatter.api()

    assert provider.make("bo@acme.example")["id"] == str(squatter.user.pk)

    squatter.user.refresh_from_db()
    assert not squatter.user.has_usable_password()
    assert [client.get("/api/users/@me/").status_code for client in (session, key)] == [401, 401]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"userName": "bo@acme.example"},
        {"emails": []},
        {"emails": "bo"},
        {"emails": [{"value": "bo"}]},
        {"emails": [{"value": 7}]},
        {"emails": [7]},
        {"emails": [{"value": "bo@elsewhere.example"}]},
        {"emails": [{"value": "bo@sub.acme.example"}]},
        {"emails": [{"value": "ıda@acme.example"}]},
        {"emails": [{"value": "bo\0@acme.example"}]},
        {"emails": [{"value": "bo@acme.example"}], "userName": 7},
        {"emails": [{"value": "bo@acme.example"}], "name": "Bo"},
        {"emails": [{"value": "bo@acme.example"}], "name": {"givenName": "B\0"}},
        {"emails": [{"value": "bo@acme.example"}], "active": "perhaps"},
    ],
)
def test_bad_people_are_refused(provider: Provider, body: Any) -> None:
    before = User.objects.count()
    answer = provider.post("Users", body)
    assert (answer.status_code, answer.json()["detail"]) == (400, "Invalid user data")
    assert User.objects.count() == before


def test_somebody_of_another_organization_with_a_foreign_address_is_out_of_reach(
    ada: Account, provider: Provider
) -> None:
    stranger = make_account("Elsewhere")
    body = {"emails": [{"value": stranger.user.email}]}
    assert provider.post("Users", body).status_code == 400
    for answer in (
        provider.get(f"Users/{stranger.user.pk}"),
        provider.put(f"Users/{stranger.user.pk}", body),
        provider.patch(f"Users/{stranger.user.pk}", {"op": "replace", "path": "name.givenName", "value": "X"}),
        provider.delete(f"Users/{stranger.user.pk}"),
    ):
        assert (answer.status_code, answer.json()) == (404, problem(404, "User not found"))
    assert provider.get("Users", filter=f'userName eq "{stranger.user.email}"').json()["totalResults"] == 0


def test_who_has_left_with_another_address_is_out_of_reach(ada: Account, provider: Provider) -> None:
    bo = User.objects.get(pk=provider.make("bo@acme.example")["id"])
    provider.patch(f"Users/{bo.pk}", {"op": "replace", "path": "active", "value": False})
    User.objects.filter(pk=bo.pk).update(email="bo@home.example")
    assert provider.get(f"Users/{bo.pk}").status_code == 404
    assert "home.example" not in provider.get("Users").content.decode()


def test_the_last_owner_stays(ada: Account, provider: Provider) -> None:
    for answer in (
        provider.delete(f"Users/{ada.user.pk}"),
        provider.patch(f"Users/{ada.user.pk}", {"op": "replace", "path": "active", "value": False}),
        provider.put(f"Users/{ada.user.pk}", {"emails": [{"value": ada.user.email}], "active": False}),
    ):
        assert (answer.status_code, answer.json()) == (400, problem(400, "Failed to update user"))
    assert Membership.objects.get(user=ada.user).level == Level.OWNER


def test_put_replaces_all(ada: Account, provider: Provider) -> None:
    verified(ada.organization, "acme.test")
    bo = provider.make("bo@acme.example", name={"givenName": "Bo", "familyName": "Berg"}, externalId="1")
    path = f"Users/{bo['id']}"

    body = provider.put(path, {"userName": "bob", "emails": [{"value": "bob@acme.test"}], "name": {"givenName": "Bob"}})
    assert body.status_code == 200
    assert {key: body.json().get(key) for key in ("userName", "name", "externalId", "emails", "active")} == {
        "userName": "bob",
        "name": {"givenName": "Bob"},
        "externalId": None,
        "emails": [{"value": "bob@acme.test", "primary": True}],
        "active": True,
    }
    for taken_or_foreign in (ada.user.email, "bob@elsewhere.example"):
        assert provider.put(path, {"emails": [{"value": taken_or_foreign}]}).status_code == 400
    assert provider.put(path, {"userName": "bob"}).json() == problem(400, "Invalid user data", scimType="invalidValue")
    assert User.objects.get(pk=bo["id"]).email == "bob@acme.test"


def test_two_people_cannot_have_one_user_name(provider: Provider) -> None:
    provider.make("bo@acme.example", userName="bo")
    cy = provider.make("cy@acme.example")
    taken = provider.patch(f"Users/{cy['id']}", {"op": "replace", "path": "userName", "value": "BO"})
    assert (taken.status_code, taken.json()["scimType"]) == (409, "uniqueness")


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ({"op": "replace", "path": "userName", "value": "bob"}, {"userName": "bob"}),
        (
            {"op": "add", "path": "name.familyName", "value": "Borg"},
            {"name": {"givenName": "Bo", "familyName": "Borg"}},
        ),
        ({"op": "replace", "path": "name", "value": {"givenName": "Bob"}}, {"displayName": "Bob Berg"}),
        ({"op": "replace", "value": {"name.givenName": "Bob"}}, {"displayName": "Bob Berg"}),
        ({"op": "Add", "value": {"name": {"familyName": "Borg"}}}, {"displayName": "Bo Borg"}),
        ({"op": "replace", "value": {f"{USER}:name.givenName": "Bob"}}, {"displayName": "Bob Berg"}),
        ({"op": "remove", "path": "name.givenName"}, {"name": {"familyName": "Berg"}}),
        ({"op": "remove", "path": "name"}, {"displayName": None}),
        ({"op": "replace", "path": 'emails[type eq "work"].value', "value": "b@acme.example"}, "b@acme.example"),
        ({"op": "replace", "path": "emails", "value": [{"value": "b@acme.example"}]}, "b@acme.example"),
        ({"op": "replace", "path": 'emails[type eq "home"].value', "value": "b@acme.example"}, "bo@acme.example"),
        ({"op": "add", "path": "externalId", "value": "7"}, {"externalId": "7"}),
        ({"op": "replace", "path": "nickName", "value": "B"}, {"displayName": "Bo Berg"}),
        ({"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": "1"}, {"displayName": "Bo Berg"}),
        (
            {
                "op": "add",
                "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
                "value": "x",
            },
            {"displayName": "Bo Berg"},
        ),
    ],
)
def test_the_forms_of_patch(provider: Provider, operation: dict[str, Any], told: Any) -> None:
    bo = provider.make("bo@acme.example", name={"givenName": "Bo", "familyName": "Berg"})
    answer = provider.patch(f"Users/{bo['id']}", operation)
    assert answer.status_code == 200, answer.content
    wanted = {"emails": [{"value": told, "primary": True}]} if isinstance(told, str) else told
    assert {key: answer.json().get(key) for key in wanted} == wanted


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "emails"},
        {"op": "remove"},
        {"op": "remove", "path": "userName"},
        {"op": "shout", "path": "active", "value": True},
        {"op": "replace", "path": "active", "value": 7},
        {"op": "replace", "path": "emails", "value": []},
        {"op": "replace", "path": "emails[", "value": "b@acme.example"},
        {"op": "replace", "path": "emails", "value": "b@elsewhere.example"},
        {"op": "replace", "path": 7, "value": "x"},
        {"op": "replace", "value": "x"},
    ],
)
def test_bad_patches_change_nothing(provider: Provider, operation: dict[str, Any]) -> None:
    bo = provider.make("bo@acme.example")
    answer = provider.patch(f"Users/{bo['id']}", {"op": "add", "path": "userName", "value": "bob"}, operation)
    assert (answer.status_code, answer.json()["detail"]) == (400, "Failed to update user")
    assert provider.get(f"Users/{bo['id']}").json() == bo


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('userName eq "BO@Acme.example"', ["bo"]),
        ('USERNAME EQ "bo@acme.example"', ["bo"]),
        ('userName ne "bo@acme.example"', ["ada", "cy"]),
        ('emails.value eq "bo@acme.example"', ["bo"]),
        ('emails[type eq "work"].value eq "bo@acme.example"', ["bo"]),
        ('emails[type eq "work" and value sw "cy"]', ["cy"]),
        ('emails co "acme.example" and name.familyName eq "berg"', ["bo"]),
        ('name.givenName ew "y" or name.familyName sw "Ber"', ["bo", "cy"]),
        ('not (userName co "ACME")', ["ada"]),
        ("active eq false", ["cy"]),
        ('active eq "True" and userName co "acme"', ["bo"]),
        ('externalId eq "e-7"', ["cy"]),
        ('userName gt "c"', ["cy"]),
        ("name.familyName pr and active eq true", ["bo"]),
        ('userName eq "ada@x" or userName eq "bo@acme.example" and active eq false', []),
        ('userName eq "bó@acme.example"', []),
        ('userName eq "\' OR 1=1 --"', []),
        ("userName eq", []),
        ("height gt 7", []),
        ("userName eq 7", []),
        ('userName eq "a' + "\\u0000" + '"', []),
        ("(" * 21 + "active pr" + ")" * 21, []),
        (f'userName eq "{"x" * 1000}"', []),
    ],
)
def test_filters(ada: Account, provider: Provider, text: str, found: list[str]) -> None:
    User.objects.filter(pk=ada.user.pk).update(email="ada@elsewhere.example")
    provider.make("bo@acme.example", name={"givenName": "Bo", "familyName": "Berg"})
    provider.make("cy@acme.example", name={"givenName": "Cy"}, externalId="e-7", active=False)
    body = provider.get("Users", filter=text).json()
    assert [each["userName"].partition("@")[0] for each in body["Resources"]] == found
    assert body["totalResults"] == body["itemsPerPage"] == len(found)


def test_pages(ada: Account, provider: Provider) -> None:
    made = [provider.make(f"p{number}@acme.example")["id"] for number in range(3)]
    page = provider.get("Users", startIndex=2, count=2).json()
    assert page | {"Resources": [each["id"] for each in page["Resources"]]} == {
        "schemas": [LIST],
        "totalResults": 4,
        "startIndex": 2,
        "itemsPerPage": 2,
        "Resources": made[:2],
    }
    assert provider.get("Users", count=0).json() == page | {"startIndex": 1, "itemsPerPage": 0, "Resources": []}
    assert provider.get("Users", startIndex=9).json()["Resources"] == []
    for query, detail in (
        ({"startIndex": "x"}, "Invalid startIndex value"),
        ({"startIndex": "0"}, "Invalid startIndex (must be >= 1)"),
        ({"count": "x"}, "Invalid count value"),
        ({"count": "-1"}, "Invalid count (must be >= 0)"),
    ):
        assert provider.get("Users", **query).json() == problem(400, detail, scimType="invalidValue")


def test_a_part_of_a_person(provider: Provider) -> None:
    bo = provider.make("bo@acme.example", name={"givenName": "Bo", "familyName": "Berg"})
    path = f"Users/{bo['id']}"
    assert list(provider.get(path, attributes="userName,name.givenName").json()) == [
        "schemas",
        "id",
        "userName",
        "name",
    ]
    assert "emails" not in provider.get(path, excludedAttributes="emails").json()
    assert provider.get(path, attributes="[").status_code == 400


def test_only_the_domains_token_opens(ada: Account, provider: Provider) -> None:
    other = Provider(make_account("Elsewhere").organization, "elsewhere.example")
    path = f"{provider.base}/Users"
    nobody = Client().get(path)
    assert (nobody.status_code, nobody.json()) == (401, problem(401, "No bearer token provided"))
    assert nobody.headers["WWW-Authenticate"] == "Bearer"
    refused = problem(403, "Authentication failed")
    for token in ("wrong", other.token, ada.key()):
        assert Client(headers={"Authorization": f"Bearer {token}"}).get(path).json() == refused
    assert ada.session().get(path).status_code == 401
    assert provider.client.get("/scim/v2/nowhere/Users").json() == refused
    provider.domain.verified_at = None
    provider.domain.save()
    assert provider.get("Users").json() == refused


def test_other_bodies_methods_and_paths(provider: Provider) -> None:
    users = f"{provider.base}/Users"
    broken = provider.client.post(users, "{", content_type="application/json")
    assert (broken.status_code, broken.json()["schemas"]) == (400, [ERROR])
    assert provider.client.post(users, "<a/>", content_type="text/xml").status_code == 415
    assert provider.client.put(users, {}, content_type="application/json").status_code == 405
    assert provider.get("nothing").json() == problem(404, "Not found")
    assert provider.post(".search", {}).json() == problem(501, "Not implemented")
    assert provider.client.get(f"{users}/", headers={"Accept": "text/html"}).headers["Content-Type"] == (
        "application/scim+json"
    )
