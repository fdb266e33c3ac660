"""A domain's people log in as the domain says, and as before once it is lifted."""

from typing import Any

import pytest
from django.test import Client

from hedgerow.domains.changing import lift_enforcement
from hedgerow.domains.models import Domain
from tests.accounts import PASSWORD, Account, add_member, error, make_account
from tests.domains.claiming import SAML, verified

EMAIL = "grace@acme.example"


def ways(email: str = EMAIL) -> Any:
    """What somebody who wants to log in is told."""
    answer = Client().post("/api/login/precheck", {"email": email}, content_type="application/json")
    assert answer.status_code == 200
    return answer.json()


def log_in() -> Any:
    """Log in with the password."""
    return Client().post("/api/login", {"email": EMAIL, "password": PASSWORD}, content_type="application/json")


@pytest.fixture
def grace(ada: Account) -> Account:
    """An owner with an address of the domain."""
    grace = make_account("Grace's", project="Ships")
    grace.user.email = EMAIL
    grace.user.save()
    return grace


def test_enforcement_closes_all_ways_but_one_until_it_is_lifted(ada: Account, grace: Account) -> None:
    key, domain = grace.api(), verified(ada.organization)
    assert ways() == ways("nobody@unknown.example") == {"sso_enforcement": None, "saml_available": False}
    Domain.objects.filter(pk=domain.pk).update(**SAML)
    assert ways() == {"sso_enforcement": None, "saml_available": True}
    assert log_in().status_code == 200

    Domain.objects.filter(pk=domain.pk).update(sso_enforcement="saml")
    assert ways("Somebody@ACME.example") == {"sso_enforcement": "saml", "saml_available": True}
    refused = log_in()
    assert refused.status_code == 400
    assert refused.json() == error("sso_enforced", "You can only login with SSO for this account (saml).")
    me = key.get("/api/users/@me/")
    assert (me.status_code, me.json()["has_sso_enforcement"]) == (200, True)

    lift_enforcement("acme.example")
    assert ways() == {"sso_enforcement": None, "saml_available": True}
    assert log_in().status_code == 200


def test_a_domain_that_is_gone_enforces_nothing(ada: Account, grace: Account) -> None:
    domain = verified(ada.organization, sso_enforcement="saml", **SAML)
    assert log_in().status_code == 400
    path = f"/api/organizations/@current/domains/{domain.pk}/"
    assert ada.session().delete(path).status_code == 204
    assert ways() == {"sso_enforcement": None, "saml_available": False}
    assert log_in().status_code == 200


def test_a_password_is_no_way_in_for_the_invited_either(ada: Account) -> None:
    verified(ada.organization, sso_enforcement="saml", **SAML)
    invite = ada.session().post(
        "/api/organizations/@current/invites/", {"target_email": EMAIL}, content_type="application/json"
    )
    body = {"first_name": "Grace", "password": PASSWORD}
    answer = Client().post(f"/api/signup/{invite.json()['id']}/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "sso_enforced"


def test_other_domains_people_are_not_bound(ada: Account) -> None:
    verified(ada.organization, sso_enforcement="saml", **SAML)
    add_member(ada.organization, email="bo@other.example")
    body = {"email": "bo@other.example", "password": PASSWORD}
    assert Client().post("/api/login", body, content_type="application/json").status_code == 200


def test_letters_of_other_scripts_are_no_way_around(ada: Account) -> None:
    verified(ada.organization, "acme-it.example", sso_enforcement="saml", **SAML)
    add_member(ada.organization, email="bo@acme-it.example")
    body = {"email": "bo@acme-ıt.example", "password": PASSWORD}  # PostgreSQL takes ı for i, comparing in upper case
    assert Client().post("/api/login", body, content_type="application/json").status_code == 400
