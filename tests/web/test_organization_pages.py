"""The pages of an organization's settings: what each level sees there and may change."""

import re
import time
import uuid
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.api.sessions import LOGGED_IN_AT
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import Membership, Organization
from hedgerow.projects.models import Project
from hedgerow.scim.models import ScimRequest
from tests.accounts import Account, make_account, member_of
from tests.domains.claiming import SAML, verified
from tests.domains.dns_player import PlayedDNS, playing_dns

pytestmark = pytest.mark.django_db

TABS = ("", "/members", "/invites", "/roles", "/domains", "/activity")


@pytest.fixture
def ada() -> Account:
    return make_account()


@pytest.fixture
def dns(settings: Settings) -> Any:
    with playing_dns() as played:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"dns_server": played.address})
        yield played


def address(account: Account, page: str = "") -> str:
    return f"/organization/{account.organization.pk}{page}"


def text(account: Account, page: str = "") -> str:
    answer = account.session().get(address(account, page))
    assert answer.status_code == 200, (page, answer.status_code)
    return str(answer.content.decode())


def send(account: Account, page: str, do: str, **fields: Any) -> Any:
    """The page seen after a form was sent."""
    return account.session().post(address(account, page), {"do": do, **fields}, follow=True)


def refused(account: Account, page: str, do: str, **fields: Any) -> str:
    """What the page says of a form that is refused."""
    answer = account.session().post(address(account, page), {"do": do, **fields})
    assert answer.status_code in (400, 403, 404), answer.status_code
    found = re.search(r'<p class="alert" role="alert">(.*?)</p>', answer.content.decode())
    assert found is not None
    return found[1].replace("&#x27;", "'")


@pytest.mark.parametrize("tab", TABS)
def test_members_see_every_page_and_strangers_none(ada: Account, tab: str) -> None:
    assert member_of(ada).session().get(address(ada, tab)).status_code == 200
    assert make_account("Other").session().get(address(ada, tab)).status_code == 404
    assert Client().get(address(ada, tab)).headers["Location"].startswith("/login?next=")


def test_the_short_address_leads_to_the_organization_one_works_in(ada: Account) -> None:
    assert ada.session().get("/organization").headers["Location"] == address(ada)
    Membership.objects.all().delete()
    assert ada.session().get("/organization").status_code == 404


def test_another_organization_is_made_where_the_server_allows(ada: Account, settings: Settings) -> None:
    session = ada.session()
    assert session.get("/organization/new").status_code == 404
    assert session.post("/organization/new", {"name": "Second"}).status_code == 404
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"allow_signup": True})
    assert "/organization/new" in text(ada)
    assert session.post("/organization/new", {"name": "x" * 65}).status_code == 400
    answer = session.post("/organization/new", {"name": "Second"})
    made = Organization.objects.get(name="Second")
    assert answer.headers["Location"] == f"/organization/{made.pk}"
    assert made.memberships.get().user == ada.user
    assert made.projects.count() == 1


def test_who_has_no_project_is_led_to_the_organization(ada: Account) -> None:
    Project.objects.all().delete()
    assert 'href="/organization"' in ada.session().get("/").content.decode()


def test_changes_need_a_recent_login(ada: Account) -> None:
    session = ada.session()
    stored = session.session
    stored[LOGGED_IN_AT] = int(time.time()) - 7201
    stored.save()
    sent = session.post(address(ada), {"do": "save", "name": "Late"})
    assert sent.headers["Location"].startswith("/account/confirm?next=")
    assert Organization.objects.get(pk=ada.organization.pk).name == "Acme"


def test_an_admin_renames_it_and_turns_switches(ada: Account, django_capture_on_commit_callbacks: Any) -> None:
    admin = member_of(ada, Level.ADMIN)
    with django_capture_on_commit_callbacks(execute=True):
        send(admin, "", "save", name="Acme & Sons", members_can_create_projects="on")
    changed = Organization.objects.get(pk=ada.organization.pk)
    assert changed.name == "Acme & Sons"
    assert changed.members_can_create_projects is True
    assert changed.members_can_invite is False
    entry = ActivityLog.objects.get(scope="Organization")
    assert {each["field"] for each in entry.detail["changes"]} >= {"name", "members_can_invite"}
    assert "Acme &amp; Sons" in text(admin, "/activity")


def test_a_member_changes_nothing_of_it(ada: Account) -> None:
    member = member_of(ada)
    for page, do, fields in (
        ("", "save", {"name": "Mine"}),
        ("", "new-project", {"project": "Mine"}),
        ("", "delete", {"confirm": "Acme"}),
        ("/roles", "new", {"name": "Mine"}),
        ("/domains", "claim", {"domain": "acme.example"}),
    ):
        assert refused(member, page, do, **fields)
    organization = Organization.objects.get(pk=ada.organization.pk)
    assert (organization.name, organization.roles.count(), organization.domains.count()) == ("Acme", 0, 0)
    assert "Delete it for good" not in text(member)


def test_a_project_is_made(ada: Account) -> None:
    answer = ada.session().post(address(ada), {"do": "new-project", "project": "Second shop"})
    project = Project.objects.get(name="Second shop")
    assert project.organization == ada.organization
    assert answer.headers["Location"] == f"/project/{project.pk}/connect"


def test_only_an_owner_who_writes_the_name_deletes_it(ada: Account) -> None:
    assert refused(ada, "", "delete", confirm="acme") == "Write the name of the organization to delete it."
    assert refused(member_of(ada, Level.ADMIN), "", "delete", confirm="Acme")
    ada.session().post(address(ada), {"do": "delete", "confirm": "Acme"})
    assert not Organization.objects.filter(pk=ada.organization.pk).exists()


def test_levels_are_changed_by_the_rules_of_the_api(ada: Account) -> None:
    admin, member = member_of(ada, Level.ADMIN), member_of(ada)
    of_member, of_ada = (ada.organization.memberships.get(user=each.user) for each in (member, ada))
    assert "an admin now" in send(ada, "/members", "level", member=of_member.pk, level=8).content.decode()
    assert refused(admin, "/members", "level", member=of_ada.pk, level=1).startswith("You can only edit others")
    assert refused(admin, "/members", "level", member=of_member.pk, level=15).startswith("You can only make another")
    assert refused(ada, "/members", "level", member=of_ada.pk, level=1) == "You can't change your own access level."
    assert refused(ada, "/members", "level", member=of_member.pk, level=7) == "Choose a level."
    send(ada, "/members", "level", member=of_member.pk, level=15)
    of_member.refresh_from_db()
    assert of_member.level == Level.OWNER, "the organization can be handed over"
    assert "Leave" in text(ada, "/members")
    ada.session().post(address(ada, "/members"), {"do": "leave"})
    assert not ada.organization.memberships.filter(user=ada.user).exists()


def test_members_are_removed_but_not_the_last_owner(ada: Account) -> None:
    member = member_of(ada)
    place = ada.organization.memberships.get(user=member.user).pk
    assert refused(member, "/members", "remove", member=ada.organization.memberships.get(user=ada.user).pk)
    send(ada, "/members", "remove", member=place)
    assert not member.user.memberships.exists()
    assert refused(ada, "/members", "remove", member=place) == "They do not belong to the organization any more."
    assert refused(ada, "/members", "leave") == "Cannot leave the organization as its owner!"


def test_admins_see_which_keys_of_members_reach_the_organization(ada: Account) -> None:
    bob = member_of(ada)
    bob.key(scoped_organizations=[str(ada.organization.pk)])
    bob.key(scoped_organizations=[str(make_account("Other").organization.pk)])
    assert "1 personal API key<" in text(ada, "/members")
    assert "personal API key" not in text(bob, "/members")


def test_a_member_of_another_organization_is_out_of_reach(ada: Account) -> None:
    other = make_account("Other")
    theirs = other.organization.memberships.get(user=other.user)
    assert refused(ada, "/members", "remove", member=theirs.pk)
    assert Membership.objects.filter(pk=theirs.pk).exists()


def test_an_invite_is_made_handed_over_and_taken_back(ada: Account) -> None:
    page = send(ada, "/invites", "invite", email="Bob@Example.COM", level=8).content.decode()
    invite = ada.organization.invites.get()
    assert (invite.target_email, invite.level, invite.created_by) == ("Bob@example.com", 8, ada.user)
    assert f"/signup/{invite.pk}" in page
    assert str(invite.pk) not in text(member_of(ada), "/invites"), "a member would become an admin by it"
    send(ada, "/invites", "withdraw", invite=invite.target_email)
    assert not ada.organization.invites.exists()


def test_what_cannot_be_invited_is_told_and_stays_in_the_form(ada: Account) -> None:
    member = member_of(ada)
    assert refused(ada, "/invites", "invite", email=member.user.email).startswith("A user with this email address")
    assert refused(member, "/invites", "invite", email="x@example.com", level=8).startswith("You cannot invite a user")
    answer = ada.session().post(address(ada, "/invites"), {"do": "invite", "email": "nobody", "first_name": "Bob"})
    assert 'value="Bob"' in answer.content.decode()
    Organization.objects.filter(pk=ada.organization.pk).update(members_can_invite=False)
    assert refused(member, "/invites", "invite", email="x@example.com")
    assert "Invite somebody</h2>" not in text(member, "/invites")


def test_a_role_lives(ada: Account) -> None:
    bob = member_of(ada)
    send(ada, "/roles", "new", name="Support")
    role = ada.organization.roles.get()
    page = f"/roles/{role.pk}"
    assert refused(ada, "/roles", "new", name="support") == "There is already a role with this name."
    send(ada, page, "rename", name="Help")
    send(ada, page, "give", member=ada.organization.memberships.get(user=bob.user).pk)
    assert [given.membership.user for given in role.memberships.all()] == [bob.user]
    assert "Help" in text(ada, "/members")
    send(ada, "/roles", "default", role=role.pk)
    assert member_of(ada).user.memberships.get().roles.get().role == role
    send(ada, page, "take", given=role.memberships.get(membership__user=bob.user).pk)
    assert not role.memberships.filter(membership__user=bob.user).exists()
    assert refused(bob, page, "delete")
    send(ada, page, "delete")
    assert not ada.organization.roles.exists()


def test_things_of_another_organization_are_not_found(ada: Account) -> None:
    other = make_account("Other")
    role = other.organization.roles.create(name="Theirs")
    domain = verified(other.organization, "other.example")
    for page in (f"/roles/{role.pk}", f"/domains/{domain.pk}", f"/roles/{uuid.uuid4()}"):
        assert ada.session().get(address(ada, page)).status_code == 404
        assert ada.session().post(address(ada, page), {"do": "delete"}).status_code == 404


def test_a_domain_is_claimed_and_verified_by_the_dns(ada: Account, dns: PlayedDNS) -> None:
    answer = ada.session().post(address(ada, "/domains"), {"do": "claim", "domain": "Acme.Example"})
    domain = Domain.objects.get()
    page = f"/domains/{domain.pk}"
    assert answer.headers["Location"] == address(ada, page)
    assert refused(ada, "/domains", "claim", domain="acme") == "Please enter a valid domain or subdomain name."
    shown = text(ada, page)
    assert "_posthog-challenge.acme.example." in shown
    assert domain.verification_challenge in shown
    assert "was not found" in send(ada, page, "verify").content.decode()
    assert refused(ada, page, "scim-on") == "This attribute cannot be updated until the domain is verified."
    dns.publish("_posthog-challenge.acme.example", domain.verification_challenge)
    assert "acme.example is verified." in send(ada, page, "verify").content.decode()
    send(ada, page, "give-up")
    assert not Domain.objects.exists()


def test_how_the_people_of_a_domain_sign_in(ada: Account) -> None:
    domain = verified(ada.organization)
    page = f"/domains/{domain.pk}"
    assert refused(ada, page, "people", sso_enforcement="saml") == "Logging in through SAML is not set up."
    send(ada, page, "saml", **SAML)
    send(ada, page, "people", sso_enforcement="saml", jit_provisioning_enabled="on")
    domain.refresh_from_db()
    assert (domain.has_saml, domain.sso_enforcement, domain.jit_provisioning_enabled) == (True, "saml", True)
    assert "SAML only" in text(ada, "/domains")
    send(ada, page, "people", sso_enforcement="")
    domain.refresh_from_db()
    assert (domain.sso_enforcement, domain.jit_provisioning_enabled) == ("", False)
    assert refused(member_of(ada), page, "people", sso_enforcement="saml")


def test_the_scim_token_is_shown_once(ada: Account) -> None:
    domain = verified(ada.organization)
    page = f"/domains/{domain.pk}"
    made = send(ada, page, "scim-on").content.decode()
    found = re.search(r'id="scim-token">([^<]+)<', made)
    assert found is not None
    assert Domain.objects.get().is_scim_token(found[1])
    shown = text(ada, page)
    assert f"/scim/v2/{domain.pk}" in shown
    assert found[1] not in shown
    again = re.search(r'id="scim-token">([^<]+)<', send(ada, page, "scim-token").content.decode())
    assert again is not None
    assert Domain.objects.get().is_scim_token(again[1])
    assert not Domain.objects.get().is_scim_token(found[1])
    send(ada, page, "scim-off")
    assert not Domain.objects.get().has_scim


def test_admins_see_what_scim_asked(ada: Account) -> None:
    domain = verified(ada.organization)
    asked: dict[str, Any] = {"request_method": "GET", "identity_provider": "okta", "duration_ms": 3}
    path = f"/scim/v2/{domain.pk}"
    ScimRequest.objects.create(**asked, domain=domain, request_path=f"{path}/Users", response_status=200)
    body = {"detail": "Invalid <user> data"}
    ScimRequest.objects.create(
        **asked, domain=domain, request_path=f"{path}/Groups", response_status=400, response_body=body
    )
    page = f"/domains/{domain.pk}/scim"
    assert f"{path}/Users" in text(ada, page)
    assert "Invalid &lt;user&gt; data" in text(ada, page)
    narrowed = text(ada, f"{page}?refused")
    assert f"{path}/Groups" in narrowed
    assert f"{path}/Users" not in narrowed
    assert member_of(ada).session().get(address(ada, page)).status_code == 404
    assert make_account("Other").session().get(address(ada, page)).status_code == 404


def test_what_an_identity_provider_has_to_know_is_a_file_for_admins(ada: Account) -> None:
    file = ada.session().get(address(ada, "/saml"))
    assert file.headers["Content-Type"].startswith("text/xml")
    assert b"/complete/saml/" in file.content
    assert member_of(ada).session().get(address(ada, "/saml")).status_code == 302


def test_unknown_changes_are_refused(ada: Account) -> None:
    assert ada.session().post(address(ada), {"do": "everything"}).status_code == 400
