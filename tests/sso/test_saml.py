"""Logins by SAML with a real identity provider: whose account it is, and where people are led."""

import base64
import zlib
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from lxml import etree
from saml2 import BINDING_HTTP_POST
from saml2.saml import NAMEID_FORMAT_TRANSIENT
from saml2.xmldsig import SIG_ECDSA_SHA256

from hedgerow.api.levels import Level
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import Invite, User
from hedgerow.sso.models import ExternalIdentity
from hedgerow.sso.saml.answers import EMAIL, FIRST_NAME, LAST_NAME
from tests.accounts import Account, add_member, make_account
from tests.domains.claiming import verified
from tests.sso.browsers import new_browser
from tests.sso.identity_provider import ADA, IdentityProvider, form, says, the_identity_provider

pytestmark = pytest.mark.django_db
ACS = "/complete/saml/"
ADDRESS = 'https://idp.acme.example/sso?tenant=1&note="<x>"'


@pytest.fixture
def acme() -> Account:
    return make_account()


@pytest.fixture
def idp() -> IdentityProvider:
    return the_identity_provider()


@pytest.fixture
def domain(acme: Account, idp: IdentityProvider) -> Domain:
    return verified(acme.organization, jit_provisioning_enabled=True, **idp.fields)


def who(client: Client) -> str | None:
    """The e-mail of who is logged in."""
    answer = client.get("/api/users/@me/")
    return answer.json()["email"] if answer.status_code == 200 else None


def error_code(location: str) -> str:
    address = urlsplit(location)
    assert address.path == "/login"
    return parse_qs(address.query)["error_code"][0]


def test_a_login_begun_here(domain: Domain, idp: IdentityProvider) -> None:
    client = new_browser()
    away = client.get("/login/saml/?email=Ada@ACME.example&next=/project/7/events?a=b")
    assert away.status_code == 302
    assert away["Location"].startswith(f"{idp.sign_on}?SAMLRequest=")
    assert parse_qs(urlsplit(away["Location"]).query)["RelayState"] == [str(domain.pk)]
    asked = idp.request_in(away["Location"])
    assert asked.issuer.text == "http://hedgerow.test"
    assert asked.assertion_consumer_service_url == "http://hedgerow.test/complete/saml/"
    assert asked.protocol_binding == BINDING_HTTP_POST

    back = client.post(ACS, form(domain.pk, idp.answer(in_response_to=asked.id)))
    assert (back.status_code, back["Location"]) == (302, "/project/7/events?a=b")
    assert who(client) == ADA


def test_a_login_begun_at_the_identity_provider(domain: Domain, idp: IdentityProvider) -> None:
    client = new_browser()
    assert client.post(ACS, form(domain.pk, idp.answer()))["Location"] == "/"
    assert who(client) == ADA


@pytest.mark.parametrize("parts", ["assertion", "response", "both"])
def test_the_assertion_or_the_whole_answer_is_signed(domain: Domain, idp: IdentityProvider, parts: str) -> None:
    client = new_browser()
    client.post(ACS, form(domain.pk, idp.answer(parts=parts)))
    assert who(client) == ADA


def test_the_slash_at_the_end_is_optional(domain: Domain, idp: IdentityProvider) -> None:
    client = new_browser()
    client.post("/complete/saml", form(domain.pk, idp.answer()))
    assert who(client) == ADA


def test_somebody_new_gets_an_account_with_their_names(domain: Domain, acme: Account, idp: IdentityProvider) -> None:
    new_browser().post(ACS, form(domain.pk, idp.answer(givenName="Ada", sn="Lovelace")))
    user = User.objects.get(email=ADA)
    assert (user.first_name, user.last_name) == ("Ada", "Lovelace")
    assert (user.has_usable_password(), user.is_email_verified) == (False, True)
    assert user.memberships.get().organization == acme.organization
    assert user.memberships.get().level == Level.MEMBER
    identity = ExternalIdentity.objects.get(user=user)
    assert (identity.provider, identity.uid) == ("saml", f"{domain.pk}:ada-1")


@pytest.mark.parametrize("form_of", ["without its frame", "on one line", "with other line ends"])
def test_the_certificate_may_be_written_in_many_ways(domain: Domain, idp: IdentityProvider, form_of: str) -> None:
    lines = idp.certificate.strip().splitlines()
    written = {
        "without its frame": "\n  ".join(lines[1:-1]) + "\n",
        "on one line": "".join(lines[1:-1]),
        "with other line ends": "\r\n".join(lines),
    }
    Domain.objects.update(saml_x509_cert=written[form_of])
    client = new_browser()
    client.post(ACS, form(domain.pk, idp.answer()))
    assert who(client) == ADA


def test_a_key_of_elliptic_curves(domain: Domain) -> None:
    idp = IdentityProvider(curve=ec.SECP256R1())
    Domain.objects.update(**idp.fields)
    client = new_browser()
    client.post(ACS, form(domain.pk, idp.signed(idp.response(), method=SIG_ECDSA_SHA256)))
    assert who(client) == ADA


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"email": ADA, "first_name": "Ada", "last_name": "King"}, "Ada King"),
        ({"EMAIL": ADA, "FIRST_NAME": "Ada", "LAST_NAME": "King"}, "Ada King"),
        ({EMAIL[2]: ADA, FIRST_NAME[3]: "Ada", LAST_NAME[3]: "King"}, "Ada King"),
        ({"email": ADA, "full_name": "Ada King Noel"}, "Ada King Noel"),
        ({"email": ADA, EMAIL[2]: "other@acme.example"}, " "),
    ],
)
def test_attributes_have_many_names(
    domain: Domain, idp: IdentityProvider, given: dict[str, str], expected: str
) -> None:
    new_browser().post(ACS, form(domain.pk, idp.answer(change=says(given))))
    user = User.objects.get(email=ADA)
    assert f"{user.first_name} {user.last_name}" == expected


def test_who_has_an_account_keeps_it(domain: Domain, acme: Account, idp: IdentityProvider) -> None:
    ada = add_member(acme.organization, Level.ADMIN, email="Ada@acme.example")
    client = new_browser()
    client.post(ACS, form(domain.pk, idp.answer()))
    assert who(client) == "Ada@acme.example"
    assert ada.memberships.get().level == Level.ADMIN
    assert ada.has_usable_password()


def test_the_permanent_id_tells_people_apart_when_addresses_change(domain: Domain, idp: IdentityProvider) -> None:
    new_browser().post(ACS, form(domain.pk, idp.answer()))
    client = new_browser()
    client.post(ACS, form(domain.pk, idp.answer("ada.king@acme.example")))
    assert who(client) == ADA
    assert User.objects.filter(email="ada.king@acme.example").count() == 0


def test_a_subject_with_another_name_each_time_is_known_by_another_attribute(
    domain: Domain, idp: IdentityProvider
) -> None:
    for name in ("_1", "_2"):
        answer = idp.answer(name_id=name, name_id_format=NAMEID_FORMAT_TRANSIENT, uid="ada")
        new_browser().post(ACS, form(domain.pk, answer))
    assert ExternalIdentity.objects.get().uid == f"{domain.pk}:ada"


def test_without_provisioning_only_who_was_invited_gets_an_account(
    domain: Domain, acme: Account, idp: IdentityProvider
) -> None:
    Domain.objects.update(jit_provisioning_enabled=False)
    client = new_browser()
    assert error_code(client.post(ACS, form(domain.pk, idp.answer()))["Location"]) == "jit_not_enabled"
    assert who(client) is None
    assert not User.objects.filter(email=ADA).exists()

    Invite.objects.create(organization=acme.organization, target_email=ADA, level=Level.ADMIN)
    client.post(ACS, form(domain.pk, idp.answer()))
    assert who(client) == ADA
    assert User.objects.get(email=ADA).memberships.get().level == Level.ADMIN


def test_a_deactivated_account_stays_shut(domain: Domain, acme: Account, idp: IdentityProvider) -> None:
    add_member(acme.organization, email=ADA, is_active=False)
    client = new_browser()
    assert error_code(client.post(ACS, form(domain.pk, idp.answer()))["Location"]) == "account_deactivated"
    assert who(client) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"saml_x509_cert": ""}, "saml_not_configured"),
        ({"verified_at": None}, "saml_not_configured"),
        ({"saml_acs_url": "not an address"}, "improperly_configured_sso"),
    ],
)
def test_nobody_is_sent_away_where_saml_is_not_set_up(domain: Domain, change: dict[str, None], code: str) -> None:
    Domain.objects.update(**change)
    assert error_code(new_browser().get("/login/saml/?email=ada@acme.example")["Location"]) == code


@pytest.mark.parametrize("email", ["", "ada", "ada@other.example"])
def test_nobody_is_sent_away_without_an_identity_provider(domain: Domain, email: str) -> None:
    assert error_code(new_browser().get("/login/saml/", {"email": email})["Location"]) == "saml_not_configured"


def test_a_domain_that_is_given_up_lets_nobody_in(domain: Domain, idp: IdentityProvider) -> None:
    answer = form(domain.pk, idp.answer())
    domain.delete()
    assert error_code(new_browser().post(ACS, answer)["Location"]) == "saml_invalid_relay_state"


def test_an_address_with_a_query_keeps_it(domain: Domain, idp: IdentityProvider) -> None:
    Domain.objects.update(saml_acs_url=ADDRESS)
    location = new_browser().get("/login/saml/?email=ada@acme.example")["Location"]
    query = parse_qs(urlsplit(location).query)
    assert (query["tenant"], query["note"]) == (["1"], ['"<x>"'])
    asked = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
    assert asked.get("Destination") == ADDRESS


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/" + "x" * 3000])
def test_the_page_to_go_on_to_is_on_this_server(domain: Domain, idp: IdentityProvider, target: str) -> None:
    client = new_browser()
    asked = idp.request_in(client.get("/login/saml/", {"email": ADA, "next": target})["Location"])
    assert client.post(ACS, form(domain.pk, idp.answer(in_response_to=asked.id)))["Location"] == "/"


def test_over_tls_the_answer_must_come_by_the_browser_that_asked(domain: Domain, idp: IdentityProvider) -> None:
    mine, other = new_browser(), new_browser()
    asked = idp.request_in(mine.get(f"/login/saml/?email={ADA}", secure=True)["Location"])
    cookie = mine.cookies["saml_browser"]
    assert (cookie["samesite"], cookie["secure"], cookie["httponly"]) == ("None", True, True)
    answer = form(domain.pk, idp.answer(in_response_to=asked.id))
    assert error_code(other.post(ACS, answer, secure=True)["Location"]) == "saml_refused"
    assert who(other) is None
    assert mine.post(ACS, answer, secure=True)["Location"] == "/"
    assert who(mine) == ADA


def test_the_metadata_is_for_admins(acme: Account) -> None:
    answer = acme.session().get("/api/saml/metadata/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert b'entityID="http://hedgerow.test"' in answer.content
    assert b'Location="http://hedgerow.test/complete/saml/"' in answer.content
    assert acme.api("organization:read").get("/api/saml/metadata").status_code == 200
    member = Account(add_member(acme.organization), acme.organization, acme.project)
    refused = member.session().get("/api/saml/metadata/")
    assert refused.status_code == 403
    assert refused.json()["detail"] == "You need to be an administrator or owner to access this resource."
    assert new_browser().get("/api/saml/metadata/").status_code == 401


def test_the_answer_comes_by_post_alone(domain: Domain) -> None:
    assert new_browser().get(ACS).status_code == 405
