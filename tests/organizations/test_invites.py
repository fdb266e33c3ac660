"""Inviting people, and joining by an invite."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from hedgerow.organizations.models import Invite, User
from tests.accounts import PASSWORD, Account, denied, error, make_account, member_of

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def ada() -> Account:
    return make_account()


def path(account: Account) -> str:
    return f"/api/organizations/{account.organization.id}/invites/"


def invite(account: Account, email: str = "Eve@Example.COM", **fields: object) -> dict:
    return account.api().post(path(account), {"target_email": email, **fields}, content_type=JSON).json()


def test_an_invited_person_signs_up_and_is_a_member(ada: Account) -> None:
    made = invite(ada, level=8)
    assert made["target_email"] == "Eve@example.com"
    assert (made["is_expired"], made["emailing_attempt_made"]) == (False, False)
    assert made["created_by"]["email"] == ada.user.email
    client = Client()
    seen = client.get(f"/api/signup/{made['id']}/").json()
    assert (seen["organization_name"], seen["target_email"]) == ("Acme", "E*****e@example.com")
    joined = client.post(f"/api/signup/{made['id']}/", {"first_name": "Eve", "password": PASSWORD}, content_type=JSON)
    assert joined.status_code == 201
    assert joined.json()["redirect_url"] == "/"
    me = client.get("/api/users/@me/").json()
    assert (me["email"], me["organization"]["membership_level"]) == ("Eve@example.com", 8)
    assert ada.api().get(path(ada)).json()["count"] == 0


def test_a_person_with_an_account_accepts_when_logged_in(ada: Account) -> None:
    eve = make_account("Elsewhere")
    made = invite(ada, eve.user.email)
    anonymous = Client().post(
        f"/api/signup/{made['id']}/", {"first_name": "Eve", "password": PASSWORD}, content_type=JSON
    )
    assert anonymous.json() == error(
        "invalid_input",
        f"There already exists an account with email address {eve.user.email}. Please log in instead.",
    )
    assert ada.session().post(f"/api/signup/{made['id']}/").json()["code"] == "invalid_recipient"
    assert eve.session().post(f"/api/signup/{made['id']}/").status_code == 201
    assert eve.api().get("/api/users/@me/").json()["organization"]["id"] == str(ada.organization.id)


def test_an_invite_ends_after_three_days_or_when_it_is_deleted(ada: Account) -> None:
    made = invite(ada)
    Invite.objects.update(created_at=timezone.now() - timedelta(days=3, seconds=1))
    assert Client().get(f"/api/signup/{made['id']}/").json() == error(
        "expired", "This invite has expired. Please ask your admin for a new one."
    )
    assert ada.api().get(path(ada)).json()["results"][0]["is_expired"] is True
    assert ada.api().delete(f"{path(ada)}{made['id']}/").status_code == 204
    for gone in (made["id"], "nonsense"):
        assert Client().get(f"/api/signup/{gone}/").json() == error(
            "invalid_input", "The provided invite ID is not valid."
        )


def test_who_may_invite_whom(ada: Account) -> None:
    eve = member_of(ada)
    assert invite(ada, eve.user.email.upper())["detail"] == (
        "A user with this email address already belongs to the organization."
    )
    assert invite(eve, level=8) == denied("You cannot invite a user with a higher permission level than your own.")
    ada.organization.members_can_invite = False
    ada.organization.save()
    assert invite(eve)["code"] == "permission_denied"
    assert "id" in invite(ada)


def test_an_invite_may_name_only_projects_of_the_organization(ada: Account) -> None:
    foreign = make_account("Other").project.id
    assert invite(ada, private_project_access=[{"id": foreign, "level": "member"}]) == error(
        "invalid_input",
        "Project does not exist on this organization, or it is private and you do not have access to it.",
        "private_project_access",
    )


def test_a_new_invite_replaces_or_combines_the_older_one(ada: Account) -> None:
    invite(ada, level=8)
    assert invite(ada)["level"] == 1
    invite(ada, level=8)
    assert invite(ada, combine_pending_invites=True)["level"] == 8
    assert ada.api().get(path(ada)).json()["count"] == 1


def test_many_at_once_are_all_or_none(ada: Account) -> None:
    def bulk(body: object) -> tuple[int, dict]:
        answer = ada.api().post(f"{path(ada)}bulk/", body, content_type=JSON)
        return answer.status_code, answer.json()

    status, made = bulk([{"target_email": "a@example.com"}, {"target_email": "b@example.com"}])
    assert (status, len(made)) == (201, 2)
    assert bulk([{"target_email": "c@example.com"}, {"target_email": ada.user.email}])[0] == 400
    assert Invite.objects.count() == 2
    assert bulk([{"target_email": f"{n}@example.com"} for n in range(21)])[1] == error(
        "max_length", "A maximum of 20 invites can be sent in a single request."
    )
    assert bulk({})[1] == error("invalid_input", "This endpoint needs an array of data for bulk invite creation.")


def test_invites_of_another_organization_stay_hidden(ada: Account) -> None:
    made = invite(ada)
    stranger = make_account("Strangers")
    assert stranger.api().get(path(ada)).status_code == 403
    assert stranger.api().get(path(stranger)).json()["count"] == 0
    assert stranger.api().delete(f"{path(stranger)}{made['id']}/").status_code == 404
    assert User.objects.filter(email__iexact="eve@example.com").count() == 0


def test_an_invite_lets_into_private_projects(ada: Account) -> None:
    admins_only = {"access_level": "none"}
    controls = f"/api/projects/{ada.project.id}/access_controls/"
    assert ada.api().put(controls, admins_only, content_type="application/json").status_code == 200
    eve = member_of(ada)
    unseen = invite(eve, "bob@example.com", private_project_access=[{"id": ada.project.id, "level": "member"}])
    assert unseen["attr"] == "private_project_access"
    made = invite(
        ada, target_email="bob@example.com", private_project_access=[{"id": ada.project.id, "level": "admin"}]
    )
    answer = Client().post(
        f"/api/signup/{made['id']}/", {"first_name": "Bob", "password": PASSWORD}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    bob = Account(User.objects.get(email="bob@example.com"), ada.organization, ada.project)
    told = bob.api().get(f"/api/projects/{ada.project.id}/").json()
    assert told["user_access_level"] == "admin"


def test_nobody_sees_an_invite_by_which_they_would_rise(ada: Account) -> None:
    above, own = invite(ada, "boss@example.com", level=8), invite(ada, "peer@example.com")
    bob = member_of(ada).api()
    assert [each["id"] for each in bob.get(path(ada)).json()["results"]] == [own["id"]]
    assert bob.delete(f"{path(ada)}{above['id']}/").status_code == 404
    assert ada.api().get(path(ada)).json()["count"] == 2
