"""`/api/organizations/:id/domains/`: claiming a domain, saying how its people log in, giving it up."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.domains.models import Domain
from tests.accounts import Account, denied, error, make_account, member_of
from tests.domains.claiming import SAML, verified
from tests.domains.dns_player import PlayedDNS

FIELDS = [
    *("id", "domain", "is_verified", "verified_at", "verification_challenge", "jit_provisioning_enabled"),
    *("sso_enforcement", "has_saml", "saml_entity_id", "saml_acs_url", "saml_x509_cert"),
    *("has_scim", "scim_enabled", "scim_base_url", "scim_bearer_token"),
]
UNPROVEN = "This attribute cannot be updated until the domain is verified."


class Domains:
    """The domains of an organization, through the API."""

    def __init__(self, client: Client, organization: str = "@current") -> None:
        self.client, self.base = client, f"/api/organizations/{organization}/domains/"

    def create(self, **body: Any) -> Any:
        return self.client.post(self.base, body, content_type="application/json")

    def change(self, domain: Any, /, **body: Any) -> Any:
        return self.client.patch(f"{self.base}{domain}/", body, content_type="application/json")

    def ask(self, domain: Any, action: str) -> Any:
        return self.client.post(f"{self.base}{domain}/{action}/", {}, content_type="application/json")

    def read(self, domain: Any) -> Any:
        return self.client.get(f"{self.base}{domain}/")


@pytest.fixture(params=["session", "key"])
def domains(request: pytest.FixtureRequest, ada: Account) -> Domains:
    """By the session and by a key of the owner: both may do the same."""
    return Domains(ada.session() if request.param == "session" else ada.api("organization:write"))


def test_the_life_of_a_domain(domains: Domains, dns: PlayedDNS) -> None:
    made = domains.create(domain="acme.example", jit_provisioning_enabled=True, sso_enforcement="saml", **SAML)
    assert made.status_code == 201
    body = made.json()
    assert list(body) == FIELDS
    assert body | {"id": "", "verification_challenge": ""} == {
        "id": "",
        "domain": "acme.example",
        "is_verified": False,
        "verified_at": None,
        "verification_challenge": "",
        "jit_provisioning_enabled": False,
        "sso_enforcement": "",
        "has_saml": True,
        **SAML,
        "has_scim": False,
        "scim_enabled": False,
        "scim_base_url": None,
        "scim_bearer_token": None,
    }
    domain, challenge = body["id"], body["verification_challenge"]
    assert len(challenge) == 43
    assert domains.change(domain, sso_enforcement="saml").json() == error(
        "verification_required", UNPROVEN, "sso_enforcement"
    )

    missing = domains.ask(domain, "verify")
    assert (missing.status_code, missing.json()["is_verified"]) == (200, False)
    assert Domain.objects.get(pk=domain).last_checked_at is not None
    dns.publish("_posthog-challenge.acme.example", "v=spf1 -all", challenge)
    found = domains.ask(domain, "verify")
    assert (found.status_code, found.json()["is_verified"]) == (200, True)
    assert found.json()["verified_at"] is not None
    again = domains.ask(domain, "verify")
    assert again.status_code == 400
    assert again.json() == error("already_verified", "This domain has already been verified.")

    changed = domains.change(domain, jit_provisioning_enabled=True, sso_enforcement="saml", domain="other.example")
    assert changed.status_code == 200
    told = changed.json()
    assert (told["jit_provisioning_enabled"], told["sso_enforcement"]) == (True, "saml")
    assert (told["domain"], told["verification_challenge"]) == ("acme.example", challenge)
    assert domains.read(domain).json() == told

    assert domains.client.delete(f"{domains.base}{domain}/").status_code == 204
    gone = domains.read(domain)
    assert (gone.status_code, gone.json()) == (404, error("not_found", "Not found.", type="invalid_request"))


def test_domains_are_listed_by_name(ada: Account) -> None:
    for name in ("b.example", "c.example", "a.example"):
        verified(ada.organization, name)
    verified(make_account("Other").organization, "0.example")
    page = ada.api("organization:read").get("/api/organizations/@current/domains/?limit=2").json()
    assert [each["domain"] for each in page["results"]] == ["a.example", "b.example"]
    assert (page["count"], page["previous"]) == (3, None)
    assert "offset=2" in page["next"]


@pytest.mark.parametrize("name", ["Foo.com", "foo", "http://a.b", "a..example", "-a.example", "ä.de", "ada@a.de"])
def test_names_that_are_none_are_refused(ada: Account, name: str) -> None:
    answer = Domains(ada.session()).create(domain=name)
    assert answer.status_code == 400
    assert answer.json() == error("invalid_input", "Please enter a valid domain or subdomain name.", "domain")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, error("required", "This field is required.", "domain")),
        ({"domain": None}, error("null", "This field may not be null.", "domain")),
        ({"domain": ""}, error("blank", "This field may not be blank.", "domain")),
        (
            {"domain": "a" * 122 + ".example"},
            error("max_length", "Ensure this field has no more than 128 characters.", "domain"),
        ),
        (
            {"domain": "a.example", "saml_acs_url": "https://" + "a" * 505},
            error("max_length", "Ensure this field has no more than 512 characters.", "saml_acs_url"),
        ),
    ],
)
def test_what_cannot_be_claimed(ada: Account, body: dict[str, Any], expected: dict[str, Any]) -> None:
    answer = Domains(ada.session()).create(**body)
    assert (answer.status_code, answer.json()) == (400, expected)
    assert Domain.objects.count() == 0


def test_a_domain_belongs_to_one_organization_of_the_whole_server(ada: Account) -> None:
    verified(make_account("Other").organization)
    answer = Domains(ada.session()).create(domain="acme.example")
    assert answer.status_code == 400
    assert answer.json() == error("unique", "domain with this domain already exists.", "domain")


@pytest.mark.parametrize("name", ["jit_provisioning_enabled", "sso_enforcement", "scim_enabled"])
def test_a_domain_says_how_its_people_log_in_only_once_it_is_verified(ada: Account, name: str) -> None:
    domains = Domains(ada.session())
    domain = domains.create(domain="acme.example").json()["id"]
    value = "" if name == "sso_enforcement" else False
    refused = domains.change(domain, **{name: value})
    assert (refused.status_code, refused.json()) == (400, error("verification_required", UNPROVEN, name))
    several = domains.change(domain, scim_enabled=True, sso_enforcement="saml", jit_provisioning_enabled=True)
    assert several.json()["attr"] == "jit_provisioning_enabled"
    assert domains.change(domain, **SAML).json()["has_saml"] is True


def test_nothing_is_enforced_that_nobody_could_log_in_through(ada: Account, settings: Settings) -> None:
    domains, domain = Domains(ada.session()), verified(ada.organization).pk
    for provider, label in (("saml", "SAML"), ("github", "GitHub")):
        refused = domains.change(domain, sso_enforcement=provider)
        expected = error("sso_not_configured", f"Logging in through {label} is not set up.", "sso_enforcement")
        assert (refused.status_code, refused.json()) == (400, expected)
    unknown = domains.change(domain, sso_enforcement="myspace")
    assert unknown.json() == error("invalid_choice", '"myspace" is not a valid choice.', "sso_enforcement")
    together = domains.change(domain, sso_enforcement="saml", **SAML)
    assert together.json()["sso_enforcement"] == "saml"
    client = {"github_client_id": "id", "github_client_secret": "secret"}
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=client)
    assert domains.change(domain, sso_enforcement="github").json()["sso_enforcement"] == "github"
    assert domains.change(domain, sso_enforcement="").json()["sso_enforcement"] == ""


def test_white_space_of_a_certificate_is_kept(ada: Account) -> None:
    certificate = "\n-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----\n"
    made = Domains(ada.session()).create(domain="acme.example", saml_x509_cert=certificate)
    assert made.json()["saml_x509_cert"] == certificate


def test_a_scim_token_is_told_once(ada: Account) -> None:
    domains, domain = Domains(ada.session()), verified(ada.organization).pk

    def is_token(token: str) -> bool:
        return Domain.objects.get(pk=domain).is_scim_token(token)

    assert not is_token("")
    on = domains.change(domain, scim_enabled=True).json()
    first = on["scim_bearer_token"]
    assert (on["has_scim"], on["scim_base_url"]) == (True, f"http://hedgerow.test/scim/v2/{domain}")
    assert is_token(first)
    assert first not in Domain.objects.get(pk=domain).scim_token_hash
    assert domains.read(domain).json()["scim_bearer_token"] is None
    kept = domains.change(domain, scim_enabled=True, **SAML).json()
    assert (kept["scim_bearer_token"], kept["has_scim"], is_token(first)) == (None, True, True)

    new = domains.ask(domain, "scim/token")
    assert new.status_code == 200
    second = new.json()["scim_bearer_token"]
    assert new.json() == {"scim_enabled": True, "scim_base_url": on["scim_base_url"], "scim_bearer_token": second}
    assert (is_token(first), is_token(second)) == (False, True)

    off = domains.change(domain, scim_enabled=False).json()
    assert (off["has_scim"], off["scim_base_url"], is_token(second)) == (False, None, False)
    refused = domains.ask(domain, "scim/token")
    assert refused.status_code == 400
    assert refused.json() == error("scim_not_enabled", "SCIM is not enabled for this domain")
    assert domains.change(domain, scim_enabled=True).json()["scim_bearer_token"] not in (first, second, None)


def test_members_read_and_admins_change(ada: Account) -> None:
    domain = verified(ada.organization).pk
    too_low = denied("Your organization access level is insufficient.")
    for client in (member_of(ada).session(), member_of(ada).api()):
        domains = Domains(client)
        assert domains.read(domain).status_code == 200
        tries = [
            domains.create(domain="new.example"),
            domains.change(domain, **SAML),
            domains.ask(domain, "verify"),
            domains.ask(domain, "scim/token"),
            client.delete(f"{domains.base}{domain}/"),
        ]
        assert [(each.status_code, each.json()) for each in tries] == [(403, too_low)] * 5
    assert Domains(member_of(ada, Level.ADMIN).session()).change(domain, **SAML).status_code == 200


def test_keys_need_the_scope_of_the_organization(ada: Account) -> None:
    domain = verified(ada.organization).pk
    reads, nothing = Domains(ada.api("organization:read")), Domains(ada.api("project:write"))
    assert reads.read(domain).status_code == 200
    lacks = denied("API key missing required scope 'organization:write'")
    for answer in (reads.change(domain), reads.ask(domain, "verify"), reads.ask(domain, "scim/token")):
        assert (answer.status_code, answer.json()) == (403, lacks)
    assert nothing.read(domain).json() == denied("API key missing required scope 'organization:read'")


def test_another_organizations_domains_are_out_of_reach(ada: Account) -> None:
    other = make_account("Other")
    domain = verified(other.organization, **SAML).pk
    own = Domains(ada.session())
    answers = [own.read(domain), own.change(domain, saml_acs_url=""), own.ask(domain, "verify")]
    answers += [own.ask(domain, "scim/token"), own.client.delete(f"{own.base}{domain}/"), own.read("no-uuid")]
    assert [each.status_code for each in answers] == [404] * 6
    theirs = Domains(ada.session(), str(other.organization.pk))
    assert [theirs.read(domain).status_code, theirs.create(domain="x.example").status_code] == [403, 403]
    assert Domain.objects.get(pk=domain).has_saml


def test_changes_need_a_recent_login(ada: Account) -> None:
    client = ada.session()
    stored = client.session
    stored["logged_in_at"] = 1
    stored.save()
    answer = Domains(client).create(domain="acme.example")
    assert answer.status_code == 403
    assert answer.json()["code"] == "sensitive_action_required_reauth"


@pytest.mark.django_db(transaction=True)
def test_what_is_done_to_a_domain_is_in_the_log_without_its_secrets(dns: PlayedDNS) -> None:
    ada = make_account()
    domains = Domains(ada.session())
    made = domains.create(domain="acme.example").json()
    dns.publish("_posthog-challenge.acme.example", made["verification_challenge"])
    domains.ask(made["id"], "verify")
    token = domains.change(made["id"], scim_enabled=True).json()["scim_bearer_token"]
    domains.ask(made["id"], "scim/token")
    domains.client.delete(f"{domains.base}{made['id']}/")
    entries = ActivityLog.objects.filter(scope="OrganizationDomain", user=ada.user).order_by("pk")
    told = [(entry.activity, [each["field"] for each in entry.detail["changes"] or []]) for entry in entries]
    assert told == [
        ("created", ["domain"]),
        ("updated", ["verified_at"]),
        ("updated", ["scim_enabled", "scim_token_hash"]),
        ("updated", ["scim_token_hash"]),
        ("deleted", []),
    ]
    everything = str([entry.detail for entry in entries])
    assert token not in everything
    assert "pbkdf2" not in everything


def test_the_operator_may_trust_whoever_claims_a_domain(ada: Account, settings: Settings) -> None:
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"trust_domains": True})
    domains = Domains(ada.session())
    made = domains.create(domain="acme.example", jit_provisioning_enabled=True).json()
    assert (made["is_verified"], made["jit_provisioning_enabled"]) == (True, False)
    assert domains.change(made["id"], jit_provisioning_enabled=True).status_code == 200
