"""`/api/organizations/:id/members/`: who belongs to it and at which level."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.http import HttpResponse

from hedgerow.api.levels import Level
from hedgerow.organizations.models import Membership
from tests.accounts import Account, denied, error, make_account, member_of

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def ada() -> Account:
    return make_account()


def path(account: Account, target: Account | None = None) -> str:
    members = f"/api/organizations/{account.organization.id}/members/"
    return f"{members}{target.user.uuid}/" if target else members


def set_level(actor: Account, target: Account, level: int) -> HttpResponse:
    return actor.api().patch(path(actor, target), {"level": level}, content_type=JSON)


def test_members_are_listed_newest_first(ada: Account) -> None:
    eve = member_of(ada)
    rows = ada.api("organization_member:read").get(path(ada)).json()["results"]
    assert [row["user"]["email"] for row in rows] == [eve.user.email, ada.user.email]
    assert [row["level"] for row in rows] == [1, 15]
    assert rows[0]["user"]["uuid"] == str(eve.user.uuid)
    oldest_first = ada.api().get(path(ada), {"order": "joined_at"}).json()["results"]
    assert oldest_first == rows[::-1]
    found = ada.api().get(path(ada), {"email": eve.user.email}).json()["results"]
    assert found == rows[:1]


def test_inactive_people_are_not_listed(ada: Account) -> None:
    eve = member_of(ada)
    eve.user.is_active = False
    eve.user.save()
    assert ada.api().get(path(ada)).json()["count"] == 1


def test_levels_are_changed_only_from_above(ada: Account) -> None:
    admin, member, other = member_of(ada, Level.ADMIN), member_of(ada), member_of(ada)
    promoted = set_level(ada, member, 8)
    assert (promoted.status_code, promoted.json()["level"]) == (200, 8)
    assert set_level(ada, ada, 1).json() == denied("You can't change your own access level.")
    assert set_level(admin, other, 15).json() == denied(
        "You can only make another member owner if you're this organization's owner."
    )
    assert set_level(other, member, 8).json() == denied(
        "You can only change access level of others to lower or equal to your current one."
    )
    assert set_level(other, member, 1).json() == denied("You can only edit others if you are an admin.")
    assert set_level(admin, ada, 1).json() == denied("You can only edit others with level lower or equal to you.")
    assert set_level(ada, other, 7).json()["code"] == "invalid_choice"


def test_members_leave_or_are_removed_but_never_the_last_owner(ada: Account) -> None:
    eve, bob = member_of(ada), member_of(ada)
    assert eve.api().delete(path(ada, bob)).status_code == 403
    assert ada.api().delete(path(ada, bob)).status_code == 204
    assert eve.api().delete(path(ada) + "@me/").status_code == 204
    alone = ada.api().delete(path(ada) + "@me/")
    assert alone.status_code == 400
    assert alone.json() == error("invalid_input", "Cannot leave the organization as its owner!")
    assert Membership.objects.filter(organization=ada.organization).count() == 1
    assert ada.api().delete(path(ada, eve)).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_the_same_moment_one_stays(ada: Account) -> None:
    for _ in range(3):
        owners = [member_of(ada, Level.OWNER), member_of(ada, Level.OWNER)]
        Membership.objects.filter(organization=ada.organization).exclude(
            user__in=[each.user for each in owners]
        ).delete()
        ready = Barrier(2)

        def leave(owner: Account, ready: Barrier = ready) -> int:
            client = owner.api()
            ready.wait(10)
            try:
                return int(client.delete(f"{path(ada)}@me/").status_code)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(leave, owners)) == [204, 400]
        assert Membership.objects.get(organization=ada.organization).level == Level.OWNER


def test_the_keys_of_who_has_left_open_nothing_there(ada: Account) -> None:
    eve = member_of(ada)
    client = eve.api()
    ada.api().delete(path(ada, eve))
    assert client.get(f"/api/projects/{ada.project.id}/").status_code == 403
    assert client.get("/api/projects/").json()["results"] == []


def test_one_may_ask_which_keys_reach_the_organization(ada: Account) -> None:
    eve = member_of(ada)
    eve.key(scoped_teams=[ada.project.id])
    eve.key(scoped_teams=[ada.project.id + 1])
    eve.key(scoped_organizations=[str(make_account("Other").organization.id)])
    body = ada.api().get(path(ada, eve) + "scoped_api_keys/").json()
    assert body == {
        "has_keys": True,
        "has_keys_active_last_week": False,
        "keys": [{"name": "test", "last_used_at": None}],
    }
