"""Accounts for people whom an identity provider vouches for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.domains.provisioning import JitNotEnabled, person_for
from hedgerow.organizations.models import Invite, Organization, User
from tests.accounts import Account, make_account, member_of
from tests.domains.claiming import verified


def levels(user: User) -> dict[str, int]:
    """The user's level in each organization, by name."""
    return dict(user.memberships.values_list("organization__name", "level"))


def arrive(email: str = "grace@acme.example", **names: Any) -> User:
    """Somebody the identity provider vouches for."""
    return person_for(email, **{"first_name": "Grace", "last_name": "Hopper", "provider": "saml"} | names)


def invite(organization: Organization, level: Level = Level.ADMIN, days_ago: int = 0) -> None:
    """Invite the one who will arrive."""
    made = Invite.objects.create(organization=organization, target_email="Grace@acme.example", level=level)
    Invite.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=days_ago))


def test_somebody_new_becomes_a_member_of_the_domains_organization(ada: Account) -> None:
    verified(ada.organization, jit_provisioning_enabled=True)
    grace = arrive()
    assert (grace.email, grace.first_name, grace.last_name) == ("grace@acme.example", "Grace", "Hopper")
    assert (grace.has_usable_password(), grace.is_email_verified, grace.is_staff) == (False, True, False)
    assert levels(grace) == {"Acme": Level.MEMBER}
    assert grace.project == ada.project
    assert arrive("GRACE@ACME.example") == grace
    assert User.objects.filter(email__iexact="grace@acme.example").count() == 1


@pytest.mark.parametrize("jit", [False, True])
def test_an_open_invite_is_used_first(ada: Account, jit: bool) -> None:
    verified(ada.organization, jit_provisioning_enabled=jit)
    invite(ada.organization)
    assert levels(arrive()) == {"Acme": Level.ADMIN}
    assert Invite.objects.count() == 0


def test_the_invite_of_the_domains_organization_goes_before_others(ada: Account) -> None:
    other = make_account("Other").organization
    verified(ada.organization)
    invite(ada.organization)
    invite(other)
    assert levels(arrive()) == {"Acme": Level.ADMIN}
    assert [each.organization for each in Invite.objects.all()] == [other]


def test_an_invite_of_another_organization_is_as_good(ada: Account) -> None:
    invite(ada.organization)
    assert levels(arrive()) == {"Acme": Level.ADMIN}


def test_an_invite_that_is_too_old_is_none(ada: Account) -> None:
    invite(ada.organization, days_ago=4)
    with pytest.raises(JitNotEnabled):
        arrive()


def test_nobody_gets_an_account_where_the_domain_does_not_make_any(ada: Account) -> None:
    domain = verified(ada.organization)
    with pytest.raises(JitNotEnabled) as refused:
        arrive()
    assert refused.value.domain == domain
    with pytest.raises(JitNotEnabled) as unknown:
        arrive("grace@unknown.example")
    assert unknown.value.domain is None
    assert not User.objects.filter(first_name="Grace").exists()


def test_somebody_with_an_account_joins(ada: Account) -> None:
    verified(ada.organization, jit_provisioning_enabled=True)
    grace = make_account("Elsewhere").user
    User.objects.filter(pk=grace.pk).update(email="Grace@Acme.example", first_name="Amazing")
    found = arrive()
    assert (found, found.first_name) == (grace, "Amazing")
    assert levels(grace) == {"Elsewhere": Level.OWNER, "Acme": Level.MEMBER}


def test_who_made_an_account_for_somebody_elses_address_does_not_follow_them_in(ada: Account) -> None:
    verified(ada.organization, jit_provisioning_enabled=True)
    mallory = make_account("Elsewhere")
    User.objects.filter(pk=mallory.user.pk).update(email="grace@acme.example")
    session, api = mallory.session(), mallory.api()
    assert arrive() == mallory.user
    assert [client.get("/api/users/@me/").status_code for client in (session, api)] == [401, 401]
    assert User.objects.get(pk=mallory.user.pk).has_usable_password() is False


def test_who_has_shown_that_the_address_is_theirs_keeps_password_and_keys(ada: Account) -> None:
    verified(ada.organization, jit_provisioning_enabled=True)
    grace = make_account("Elsewhere")
    User.objects.filter(pk=grace.user.pk).update(email="grace@acme.example", is_email_verified=True)
    session, api = grace.session(), grace.api()
    assert levels(arrive()) == {"Elsewhere": Level.OWNER, "Acme": Level.MEMBER}
    assert [client.get("/api/users/@me/").status_code for client in (session, api)] == [200, 200]
    assert User.objects.get(pk=grace.user.pk).has_usable_password() is True


def test_members_keep_password_and_keys(ada: Account) -> None:
    verified(ada.organization, "example.com", jit_provisioning_enabled=True)
    api = ada.api()
    arrive(ada.user.email)
    assert api.get("/api/users/@me/").status_code == 200
    assert User.objects.get(pk=ada.user.pk).has_usable_password() is True


def test_somebody_with_an_account_stays_out_where_the_domain_does_not_take_people_in(ada: Account) -> None:
    verified(ada.organization)
    grace = make_account("Elsewhere").user
    User.objects.filter(pk=grace.pk).update(email="grace@acme.example")
    assert arrive() == grace
    assert levels(grace) == {"Elsewhere": Level.OWNER}


def test_a_members_level_stays(ada: Account) -> None:
    verified(ada.organization, jit_provisioning_enabled=True)
    grace = member_of(ada, Level.ADMIN).user
    User.objects.filter(pk=grace.pk).update(email="grace@acme.example")
    arrive()
    assert levels(grace) == {"Acme": Level.ADMIN}


def test_somebody_whose_account_is_closed_joins_nothing(ada: Account) -> None:
    verified(ada.organization, jit_provisioning_enabled=True)
    grace = User.objects.create(email="grace@acme.example", is_active=False)
    assert arrive() == grace
    assert levels(grace) == {}


@pytest.mark.parametrize("email", ["grace@acme-ıt.example", "ſam@acme-it.example"])
def test_letters_of_other_scripts_are_nobodys(ada: Account, email: str) -> None:
    """PostgreSQL finds ı as I and ſ as S when it ignores case."""
    verified(ada.organization, "acme-it.example", jit_provisioning_enabled=True)
    with pytest.raises(JitNotEnabled):
        arrive(email)
    impostor = User.objects.create(email=email, is_email_verified=True)
    Invite.objects.create(organization=ada.organization, target_email=email, level=Level.ADMIN)
    real = arrive(email.replace("ı", "i").replace("ſ", "s"))
    assert real != impostor
    assert (levels(real), levels(impostor)) == ({"Acme": Level.MEMBER}, {})


def test_long_names_are_cut(ada: Account) -> None:
    verified(ada.organization, jit_provisioning_enabled=True)
    grace = arrive(first_name="g" * 200, last_name="h" * 200)
    assert (len(grace.first_name), len(grace.last_name)) == (128, 150)


@pytest.mark.django_db(transaction=True)
def test_somebody_who_arrives_by_several_requests_at_once_gets_one_account() -> None:
    verified(make_account().organization, jit_provisioning_enabled=True)

    def arrive_by_a_request(number: int) -> int:
        try:
            return arrive().pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as requests:
        accounts = set(requests.map(arrive_by_a_request, range(4)))
    assert len(accounts) == 1
    assert levels(User.objects.get(email="grace@acme.example")) == {"Acme": Level.MEMBER}


@pytest.mark.django_db(transaction=True)
def test_joining_is_in_the_log() -> None:
    ada = make_account()
    verified(ada.organization, jit_provisioning_enabled=True)
    grace = arrive()
    entry = ActivityLog.objects.get(scope="OrganizationMembership")
    assert (entry.activity, entry.user, entry.organization) == ("created", grace, ada.organization)
    assert {each["field"]: each["after"] for each in entry.detail["changes"]} == {"level": 1, "provider": "saml"}
