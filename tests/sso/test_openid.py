"""Logins by OpenID Connect and GitHub, with a provider that runs in the test: what is believed, and what is not."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from joserfc import jwt
from pytest_django import Settings

from hedgerow.api.levels import Level
from hedgerow.organizations.models import Invite, User
from hedgerow.sso.code_flow import MOST_LOGINS
from hedgerow.sso.models import ExternalIdentity
from tests.accounts import Account, add_member, make_account
from tests.domains.claiming import SAML, verified
from tests.sso.browsers import new_browser
from tests.sso.openid_player import ANOTHER_KEY, CLIENT, KEY, SECRET, Claims, PlayedProvider, playing_provider

pytestmark = pytest.mark.django_db
ADA = "ada@acme.example"
BROWSER = httpx.Client(verify=False)
Say = Callable[[PlayedProvider], object]


@pytest.fixture
def provider(settings: Settings) -> Iterator[PlayedProvider]:
    """The provider, at which this server is known as an application of each kind."""
    cache.clear()
    with playing_provider() as player:
        ours: dict[str, Any] = {"oidc_issuer": player.url, "github_url": player.url, "gitlab_url": player.url}
        for name in ("oidc", "github", "gitlab"):
            ours |= {f"{name}_client_id": CLIENT, f"{name}_client_secret": SECRET}
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update=ours)
        yield player


@pytest.fixture
def acme() -> Account:
    """An organization whose domain makes accounts for its people."""
    account = make_account()
    verified(account.organization, jit_provisioning_enabled=True)
    return account


def begin(client: Client, name: str = "oidc", target: str = "/") -> str:
    """The page of the provider that a browser is sent to."""
    return client.get(f"/login/{name}/", {"next": target})["Location"]


def at_provider(location: str) -> str:
    """The path on this server that the provider sends the browser back to, once the person has agreed."""
    back = urlsplit(BROWSER.get(location).headers["Location"])
    assert (back.scheme, back.netloc) == ("http", "hedgerow.test")
    return f"{back.path}?{back.query}"


def log_in(client: Client, name: str = "oidc", target: str = "/") -> str:
    """Where a whole login ends."""
    return client.get(at_provider(begin(client, name, target)))["Location"]


def who(client: Client) -> str | None:
    answer = client.get("/api/users/@me/")
    return answer.json()["email"] if answer.status_code == 200 else None


@pytest.mark.parametrize("name", ["oidc", "gitlab", "github"])
def test_a_login(acme: Account, provider: PlayedProvider, name: str) -> None:
    client = new_browser()
    assert log_in(client, name, "/events?a=b") == "/events?a=b"
    assert who(client) == ADA
    user = User.objects.get(email=ADA)
    assert (user.first_name, user.last_name, user.is_email_verified) == ("Ada", "Lovelace", True)
    assert user.memberships.get().organization == acme.organization
    identity = ExternalIdentity.objects.get(user=user)
    assert (identity.provider, identity.uid) == (name, "583231" if name == "github" else "ada-1")
    asked = provider.asked[0]
    assert asked["redirect_uri"] == f"http://hedgerow.test/complete/{name}/"
    assert asked["scope"] == ("read:user user:email" if name == "github" else "openid email profile")


def test_each_login_has_its_own_secrets(acme: Account, provider: PlayedProvider) -> None:
    client = new_browser()
    for _ in range(2):
        log_in(client)
    first, second = provider.asked
    for secret in ("state", "nonce", "code_challenge"):
        assert first[secret] != second[secret]
        assert len(first[secret]) >= 30


def test_a_provider_that_wants_the_secret_in_the_form(acme: Account, provider: PlayedProvider) -> None:
    provider.discovery["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    client = new_browser()
    log_in(client)
    assert who(client) == ADA


def test_the_address_is_asked_for_where_the_token_lacks_it(acme: Account, provider: PlayedProvider) -> None:
    provider.changed = {"email": None, "email_verified": None, "given_name": None}
    client = new_browser()
    log_in(client)
    assert who(client) == ADA


def test_people_are_known_by_their_id_when_their_address_changes(acme: Account, provider: PlayedProvider) -> None:
    log_in(new_browser())
    provider.person["email"] = "ada.king@acme.example"
    client = new_browser()
    log_in(client)
    assert who(client) == ADA


def test_the_same_id_at_another_provider_is_somebody_else(acme: Account, provider: PlayedProvider) -> None:
    log_in(new_browser())
    provider.person["email"] = "eve@acme.example"
    client = new_browser()
    log_in(client, "gitlab")
    assert who(client) == "eve@acme.example"


def test_who_has_an_account_somewhere_else_logs_in_to_it(provider: PlayedProvider) -> None:
    account = make_account()
    add_member(account.organization, email="Ada@home.example")
    provider.person["email"] = "ada@home.example"
    client = new_browser()
    log_in(client)
    assert who(client) == "Ada@home.example"


@pytest.mark.parametrize("anybody_signs_up", [True, False])
def test_an_account_that_anybody_may_have_made_is_left_to_the_owner_of_its_address(
    provider: PlayedProvider, settings: Settings, anybody_signs_up: bool
) -> None:
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"allow_signup": anybody_signs_up})
    account = make_account()
    user = add_member(account.organization, email=ADA)
    key = Account(user, account.organization, account.project).api()
    client = new_browser()
    log_in(client)
    assert who(client) == ADA
    user.refresh_from_db()
    assert user.is_email_verified
    assert user.has_usable_password() is not anybody_signs_up
    assert (who(key) is None) is anybody_signs_up


def test_who_has_no_account_needs_an_invite(provider: PlayedProvider) -> None:
    account = make_account()
    client = new_browser()
    assert log_in(client) == "/login?error_code=no_account"
    Invite.objects.create(organization=account.organization, target_email=ADA)
    assert log_in(client) == "/"
    assert who(client) == ADA


def test_a_domain_that_enforces_another_way(acme: Account, provider: PlayedProvider) -> None:
    acme.organization.domains.update(sso_enforcement="saml", **SAML)
    client = new_browser()
    assert log_in(client, "github") == "/login?error_code=saml_sso_enforced"
    acme.organization.domains.update(sso_enforcement="github")
    assert log_in(client, "gitlab") == "/login?error_code=github_sso_enforced"
    acme.organization.domains.update(sso_enforcement="oidc")
    assert log_in(client, "gitlab") == "/login?error_code=oidc_sso_enforced"
    acme.organization.domains.update(sso_enforcement="github")
    assert who(client) is None
    assert log_in(client, "github") == "/"
    assert who(client) == ADA


def _by_another_key(claims: Claims, _: PlayedProvider) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, ANOTHER_KEY)


def _by_secret(secret: bytes) -> Say:
    """By hand, as libraries refuse to use a public key as a secret."""

    def make(claims: Claims, _: PlayedProvider) -> str:
        head, body = (_part(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        return f"{head}.{body}.{_part(hmac.digest(secret, f'{head}.{body}'.encode(), 'sha256'))}"

    return _token(make)


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _token(make: Callable[[Claims, PlayedProvider], str]) -> Say:
    return lambda player: setattr(player, "make_token", make)


def _unsigned(claims: Claims, _: PlayedProvider) -> str:
    return f"{_part(json.dumps({'alg': 'none'}).encode())}.{_part(json.dumps(claims).encode())}."


def _claims(**changed: Any) -> Say:
    return lambda player: player.changed.update(changed)


LIES: dict[str, Say] = {
    "signed with another key": _token(_by_another_key),
    "signed with the secret both know": _by_secret(SECRET.encode()),
    "signed with the public key as a secret": _by_secret(KEY.as_pem(private=False)),
    "not signed": _token(_unsigned),
    "no token": _token(lambda *_: ""),
    "meaningless token": _token(lambda *_: "a.b.c"),
    "of another issuer": _claims(iss="https://evil.example"),
    "for another application": _claims(aud="another"),
    "for this one and another, and handed to that": _claims(aud=[CLIENT, "another"], azp="another"),
    "for several applications, and it is not said who asked": _claims(aud=["another", CLIENT], azp=None),
    "expired": _claims(exp=int(time.time()) - 3600),
    "without end": _claims(exp=None),
    "not yet valid": _claims(nbf=int(time.time()) + 3600),
    "made in the future": _claims(iat=int(time.time()) + 3600),
    "of another login": _claims(nonce="another"),
    "of no login": _claims(nonce=""),
    "of nobody": _claims(sub=None),
    "of somebody without a name": _claims(sub=""),
    "of a number": _claims(sub=7),
    "with the digest of another access token": _claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "with an address that is a list": _claims(email=[ADA]),
    "with an address in other letters": _claims(email="\u0430da@acme.example"),
    "with a control character in the address": _claims(email="ada@acme.example\n"),
}
UNVERIFIED: dict[str, Say] = {
    "not verified": _claims(email_verified=False),
    "nothing said": _claims(email_verified=None),
    "said as text": _claims(email_verified="true"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_id_token_that_is_not_believed(acme: Account, provider: PlayedProvider, lie: str) -> None:
    LIES[lie](provider)
    client = new_browser()
    expected = "email_not_verified" if "list" in lie else "social_login_failure"
    assert log_in(client) == f"/login?error_code={expected}"
    assert who(client) is None
    assert not User.objects.filter(email__startswith="ada").exists()


@pytest.mark.parametrize("case", UNVERIFIED)
def test_an_address_that_is_not_said_to_be_theirs(
    acme: Account, provider: PlayedProvider, case: str, settings: Settings
) -> None:
    UNVERIFIED[case](provider)
    client = new_browser()
    assert log_in(client) == "/login?error_code=email_not_verified"
    assert who(client) is None
    if case == "nothing said":
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"oidc_trusts_email": True})
        assert log_in(client) == "/"


def test_what_is_said_elsewhere_must_be_of_the_same_person(acme: Account, provider: PlayedProvider) -> None:
    provider.changed, provider.about = {"email": None}, {"sub": "eve-1"}
    assert log_in(new_browser()) == "/login?error_code=social_login_failure"


@pytest.mark.parametrize(
    "emails",
    [
        [],
        [{"email": ADA, "primary": True, "verified": False}],
        [{"email": ADA, "primary": False, "verified": True}],
    ],
)
def test_github_must_have_verified_the_primary_address(
    acme: Account, provider: PlayedProvider, emails: list[Claims]
) -> None:
    provider.github_emails = emails
    assert log_in(new_browser(), "github") == "/login?error_code=email_not_verified"


def test_the_answer_belongs_to_the_browser_that_asked(acme: Account, provider: PlayedProvider) -> None:
    mine, other = new_browser(), new_browser()
    back = at_provider(begin(mine))
    assert other.get(back)["Location"] == "/login?error_code=login_expired"
    begin(other)
    assert other.get(back)["Location"] == "/login?error_code=login_expired"
    assert who(other) is None
    assert mine.get(back)["Location"] == "/"


def test_an_answer_works_once(acme: Account, provider: PlayedProvider) -> None:
    client = new_browser()
    back = at_provider(begin(client))
    assert client.get(back)["Location"] == "/"
    client.logout()
    assert client.get(back)["Location"] == "/login?error_code=login_expired"
    assert who(client) is None


def test_an_answer_belongs_to_the_provider_that_was_asked(acme: Account, provider: PlayedProvider) -> None:
    client = new_browser()
    back = at_provider(begin(client, "gitlab")).replace("/complete/gitlab/", "/complete/oidc/")
    assert client.get(back)["Location"] == "/login?error_code=login_expired"


def test_a_code_that_somebody_else_has_begun_is_worth_nothing(acme: Account, provider: PlayedProvider) -> None:
    mine, other = new_browser(), new_browser()
    stolen = dict(parse_qsl(urlsplit(at_provider(begin(mine))).query))["code"]
    state = dict(parse_qsl(urlsplit(begin(other)).query))["state"]
    answer = other.get("/complete/oidc/", {"code": stolen, "state": state})
    assert answer["Location"] == "/login?error_code=social_login_failure"
    assert who(other) is None


@pytest.mark.parametrize("sent", [{}, {"state": ""}, {"state": "\u00e4", "code": "1"}, {"state": "x", "code": "1"}])
def test_an_answer_to_nothing(acme: Account, provider: PlayedProvider, sent: dict[str, str]) -> None:
    assert new_browser().get("/complete/oidc/", sent)["Location"] == "/login?error_code=login_expired"


def test_a_login_takes_ten_minutes_at_most(acme: Account, provider: PlayedProvider) -> None:
    client = new_browser()
    back = at_provider(begin(client))
    session = client.session
    (begun,) = session["sso_logins"].values()
    begun["at"] -= 601
    session.save()
    assert client.get(back)["Location"] == "/login?error_code=login_expired"


def test_several_logins_may_have_begun_in_one_browser(acme: Account, provider: PlayedProvider) -> None:
    client = new_browser()
    tabs = [at_provider(begin(client, target=f"/{tab}")) for tab in range(MOST_LOGINS + 1)]
    assert client.get(tabs[0])["Location"] == "/login?error_code=login_expired"
    assert client.get(tabs[1])["Location"] == "/1"


def test_another_provider_may_not_answer(acme: Account, provider: PlayedProvider) -> None:
    provider.in_redirect = {"iss": "https://evil.example"}
    assert log_in(new_browser()) == "/login?error_code=social_login_failure"
    provider.in_redirect = {"iss": provider.url}
    assert log_in(new_browser()) == "/"


def test_the_person_does_not_agree(acme: Account, provider: PlayedProvider) -> None:
    provider.in_redirect = {"error": "access_denied"}
    assert log_in(new_browser()) == "/login?error_code=login_cancelled"


@pytest.mark.parametrize("place", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_does_not_work(acme: Account, provider: PlayedProvider, place: str) -> None:
    client = new_browser()
    if place.startswith("/.well-known"):
        provider.broken.add(place)
        assert begin(client) == "/login?error_code=provider_unavailable"
        return
    back = at_provider(begin(client))
    provider.broken.add(place)
    assert client.get(back)["Location"] in {
        "/login?error_code=provider_unavailable",
        "/login?error_code=social_login_failure",
    }
    assert who(client) is None


def test_a_provider_that_cannot_be_reached(acme: Account, settings: Settings) -> None:
    update = {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=update)
    assert begin(new_browser()) == "/login?error_code=provider_unavailable"


@pytest.mark.parametrize(
    "wrong",
    [{"issuer": "https://evil.example"}, {"token_endpoint": None}, {"jwks_uri": 7}, {"authorization_endpoint": []}],
)
def test_a_discovery_document_that_is_wrong(acme: Account, provider: PlayedProvider, wrong: Claims) -> None:
    provider.discovery = wrong
    assert begin(new_browser()) == "/login?error_code=provider_unavailable"


@pytest.fixture
def open_to_all(provider: PlayedProvider, settings: Settings) -> None:
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"allow_signup": True})
    make_account()


@pytest.mark.usefixtures("open_to_all")
def test_where_anybody_may_sign_up_somebody_new_names_an_organization() -> None:
    client = new_browser()
    assert log_in(client) == "/organization/confirm-creation"
    assert who(client) is None
    page = client.get("/organization/confirm-creation").content.decode()
    assert 'value="Ada"' in page
    assert ADA in page
    answer = client.post("/organization/confirm-creation", {"first_name": "Ada", "organization_name": "Engines"})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    user = User.objects.get(email=ADA)
    assert who(client) == ADA
    assert (user.memberships.get().organization.name, user.memberships.get().level) == ("Engines", Level.OWNER)
    assert (user.is_email_verified, user.is_staff, user.has_usable_password()) == (True, False, False)
    client = new_browser()
    assert log_in(client) == "/"
    assert who(client) == ADA


@pytest.mark.usefixtures("open_to_all")
def test_the_same_by_the_api_and_once() -> None:
    client = new_browser()
    body = {"organization_name": "", "first_name": ""}
    early = client.post("/api/social_signup", body, content_type="application/json")
    assert (early.status_code, early.json()["code"]) == (400, "invalid_input")
    log_in(client)
    made = client.post("/api/social_signup", body, content_type="application/json")
    assert (made.status_code, made.json()) == (201, {"continue_url": "/"})
    assert who(client) == ADA
    assert User.objects.get(email=ADA).memberships.get().organization.name == "Ada's Organization"
    assert client.post("/api/social_signup/", body, content_type="application/json").status_code == 400


@pytest.mark.usefixtures("open_to_all")
def test_somebody_new_is_forgotten_after_ten_minutes() -> None:
    client = new_browser()
    log_in(client)
    session = client.session
    session["sso_newcomer"] |= {"until": time.time() - 1}
    session.save()
    assert client.get("/organization/confirm-creation")["Location"] == "/login?error_code=login_expired"
