"""What the owner of an address's domain says about logging in, and what lets people in again."""

import os
from unittest.mock import patch

import pytest
from click.testing import CliRunner
from pytest_django import Settings

from hedgerow.activity.models import ActivityLog
from hedgerow.cli import main
from hedgerow.domains.models import Domain
from hedgerow.domains.ownership import enforced_provider, owned_domain, saml_domain
from tests.accounts import Account, make_account
from tests.domains.claiming import SAML, verified

GITHUB = {"github_client_id": "id", "github_client_secret": "secret"}


@pytest.mark.parametrize("email", ["ada@acme.example", "ADA@Acme.Example", " ada@acme.example ", '"a@b"@acme.example'])
def test_the_domain_of_an_address_is_what_follows_the_last_at(ada: Account, email: str) -> None:
    domain = verified(ada.organization)
    assert owned_domain(email) == domain


@pytest.mark.parametrize(
    "email", ["ada@mail.acme.example", "ada@example", "acme.example", "", "ada@acme.example.", "@", "a@acme.example@b"]
)
def test_other_addresses_are_not_the_domains(ada: Account, email: str) -> None:
    verified(ada.organization)
    assert owned_domain(email) is None
    assert enforced_provider(email) is None


def test_only_verified_domains_count(ada: Account) -> None:
    Domain.objects.create(organization=ada.organization, domain="acme.example", sso_enforcement="saml", **SAML)
    assert owned_domain("ada@acme.example") is None
    assert saml_domain("ada@acme.example") is None
    assert enforced_provider("ada@acme.example") is None


def test_what_a_domain_enforces_counts_only_while_people_can_log_in_by_it(ada: Account, settings: Settings) -> None:
    domain = verified(ada.organization, sso_enforcement="saml")
    assert (enforced_provider("ada@acme.example"), saml_domain("ada@acme.example")) == (None, None)
    Domain.objects.filter(pk=domain.pk).update(**SAML)
    assert (enforced_provider("ada@acme.example"), saml_domain("ada@acme.example")) == ("saml", domain)
    Domain.objects.filter(pk=domain.pk).update(sso_enforcement="github")
    assert enforced_provider("ada@acme.example") is None
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=GITHUB)
    assert enforced_provider("ada@acme.example") == "github"


@pytest.mark.django_db(transaction=True)
def test_the_operator_lets_people_in_again() -> None:
    ada = make_account()
    domain = verified(ada.organization, sso_enforcement="saml", jit_provisioning_enabled=True, **SAML)
    with patch.dict(os.environ):  # the command gives its settings to the environment
        done = CliRunner().invoke(main, ["lift-sso", "ACME.example"])
        unknown = CliRunner().invoke(main, ["lift-sso", "nobody.example"])
    assert done.exit_code == 0
    assert "acme.example may log in with their passwords again" in done.output
    assert (unknown.exit_code, unknown.output) == (1, "Error: No organization has the domain nobody.example.\n")
    domain.refresh_from_db()
    assert (domain.sso_enforcement, domain.jit_provisioning_enabled, domain.has_saml) == ("", True, True)
    entry = ActivityLog.objects.get(scope="OrganizationDomain")
    assert (entry.is_system, entry.activity) == (True, "updated")
    assert [each["field"] for each in entry.detail["changes"]] == ["sso_enforcement"]


def test_an_owner_locked_out_lifts_it_with_a_key(ada: Account) -> None:
    domain = verified(ada.organization, "example.com", sso_enforcement="saml", **SAML)
    assert enforced_provider(ada.user.email) == "saml"
    path = f"/api/organizations/@current/domains/{domain.pk}/"
    answer = ada.api("organization:write").patch(path, {"sso_enforcement": ""}, content_type="application/json")
    assert answer.status_code == 200
    assert enforced_provider(ada.user.email) is None
