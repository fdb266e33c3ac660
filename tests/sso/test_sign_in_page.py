"""The sign-in page offers the ways there are, says what went wrong, and leads on to an organization's own place."""

import pytest
from pytest_django import Settings

from hedgerow.sso.problems import PROBLEMS
from tests.accounts import Account, make_account
from tests.domains.claiming import SAML, verified
from tests.sso.browsers import new_browser

pytestmark = pytest.mark.django_db
GOOGLE = {"google_client_id": "g", "google_client_secret": "s"}


@pytest.fixture
def acme() -> Account:
    return make_account()


def text(path: str) -> str:
    answer = new_browser().get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_providers_there_is_only_the_password(acme: Account) -> None:
    assert "Sign in with" not in text("/login")
    assert "Sign in through" not in text("/login")


def test_providers_that_are_set_up_are_offered(acme: Account, settings: Settings) -> None:
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=GOOGLE)
    page = text("/login?next=/events%3Fa=b")
    assert 'href="/login/google-oauth2/?next=/events%3Fa%3Db"' in page
    assert "Sign in with Google" in page
    assert "GitHub" not in page


def test_organizations_with_an_identity_provider_have_a_way_of_their_own(acme: Account) -> None:
    domain = verified(acme.organization, **SAML)
    assert 'href="/login/sso?next=/"' in text("/login")
    on_the_way = text("/login/sso?email=Ada%40ACME.example&next=/events")
    link = "/login/saml/?email=Ada%40ACME.example&amp;next=%2Fevents"
    assert f'<meta http-equiv="refresh" content="0;url={link}">' in on_the_way
    assert f'href="{link}"' in on_the_way

    domain.verified_at = None
    domain.save()
    assert "/login/sso" not in text("/login")
    assert "has no single sign-on here" in text("/login/sso?email=ada%40acme.example")


def test_the_provider_that_a_domain_enforces_is_the_way(acme: Account, settings: Settings) -> None:
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=GOOGLE)
    verified(acme.organization, sso_enforcement="google-oauth2", **SAML)
    assert "/login/google-oauth2/?" in text("/login/sso?email=ada%40acme.example")


@pytest.mark.parametrize("email", ["", "ada", "<script>"])
def test_what_is_no_address_is_asked_for_again(acme: Account, email: str) -> None:
    page = new_browser().get("/login/sso", {"email": email}).content.decode()
    assert "Work e-mail" in page
    assert "<script>" not in page


@pytest.mark.parametrize("code", PROBLEMS)
def test_each_problem_is_told(acme: Account, code: str) -> None:
    from django.utils.html import escape

    assert escape(PROBLEMS[code]) in text(f"/login?error_code={code}")


def test_a_problem_is_over_once_something_else_is_tried(acme: Account) -> None:
    sent = {"email": "ada@acme.example", "password": "wrong"}
    page = new_browser().post("/login?error_code=login_cancelled", sent).content.decode()
    assert page.count('role="alert"') == 1
    assert PROBLEMS["login_cancelled"] not in page


def test_the_page_says_nothing_that_the_address_says(acme: Account) -> None:
    assert "alert" not in text("/login?error_code=You+have+won")


@pytest.mark.parametrize("provider", ["twitter", "sso2", "saml2", "code2"])
def test_an_unknown_provider(acme: Account, provider: str) -> None:
    assert new_browser().get(f"/login/{provider}/")["Location"] == "/login?error_code=invalid_sso_provider"
    assert new_browser().get(f"/complete/{provider}/")["Location"] == "/login?error_code=invalid_sso_provider"


@pytest.mark.parametrize("provider", ["google-oauth2", "github", "gitlab", "oidc"])
def test_a_provider_that_is_not_set_up(acme: Account, provider: str) -> None:
    assert new_browser().get(f"/login/{provider}/")["Location"] == "/login?error_code=improperly_configured_sso"
