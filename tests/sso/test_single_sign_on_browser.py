"""Signing in by others in a real browser, with a running server and providers on other sites."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page

from tests.serving import Server
from tests.sso.identity_provider import ADA, IdentityProvider
from tests.sso.openid_player import CLIENT, SECRET, PlayedProvider, playing_provider


@pytest.fixture(scope="module")
def provider() -> Iterator[PlayedProvider]:
    with playing_provider() as player:
        player.person |= {"sub": "grace-1", "email": "grace@acme.example", "given_name": "Grace"}
        yield player


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: PlayedProvider) -> Iterator[Server]:
    """A server that knows the provider, and believes that domains belong to who says so."""
    settings = {
        "HEDGEROW_TRUST_DOMAINS": "true",
        "HEDGEROW_OIDC_ISSUER": provider.url,
        "HEDGEROW_OIDC_CLIENT_ID": CLIENT,
        "HEDGEROW_OIDC_CLIENT_SECRET": SECRET,
        "HEDGEROW_OIDC_NAME": "Acme ID",
    }
    with Server(tmp_path_factory.mktemp("server"), environment=settings) as running:
        yield running


@pytest.fixture(scope="module")
def domain(server: Server) -> Iterator[str]:
    """The domain of the server's organization; its identity provider is another site (`localhost`) with a page that
    knows the person already."""
    pages = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    sign_on = f"http://localhost:{pages.server_address[1]}/sso"
    described = server.api.get("/api/saml/metadata/", headers={"Accept": "text/xml"}).raise_for_status().text
    _Pages.identity_provider = IdentityProvider(sign_on, server.url, described)
    domains = "/api/organizations/@current/domains/"
    made = server.api.post(domains, json={"domain": "acme.example", **_Pages.identity_provider.fields}).json()
    path = f"{domains}{made['id']}/"
    assert server.api.patch(path, json={"jit_provisioning_enabled": True}).status_code == 200
    thread = threading.Thread(target=pages.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield path
    pages.shutdown()
    pages.server_close()
    thread.join()


class _Pages(BaseHTTPRequestHandler):
    """The identity provider's page, which sends its answer by a form of its own."""

    identity_provider: IdentityProvider

    def do_GET(self) -> None:
        content = self.identity_provider.post_binding(self.path).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def signed_in(page: Page, server: Server) -> str:
    """The e-mail of who is signed in in the browser."""
    answer = page.request.get(f"{server.url}/api/users/@me/")
    return str(answer.json()["email"])


def test_through_the_identity_provider_of_the_organization(browser_page: Page, server: Server, domain: str) -> None:
    browser_page.goto(f"{server.url}/project/{server.project_id}/persons")
    browser_page.get_by_role("link", name="Sign in through your organization").click()
    browser_page.get_by_label("Work e-mail").fill(ADA)
    browser_page.get_by_role("button", name="Go on").click()
    browser_page.wait_for_url(f"{server.url}/project/{server.project_id}/persons")
    assert signed_in(browser_page, server) == ADA


def test_through_a_provider(browser_page: Page, server: Server, domain: str) -> None:
    browser_page.goto(f"{server.url}/project/{server.project_id}/persons")
    browser_page.get_by_role("link", name="Sign in with Acme ID").click()
    browser_page.wait_for_url(f"{server.url}/project/{server.project_id}/persons")
    assert signed_in(browser_page, server) == "grace@acme.example"


def test_with_a_password_where_the_organization_wants_another_way(
    browser_page: Page, server: Server, domain: str
) -> None:
    assert server.api.patch(domain, json={"sso_enforcement": "saml"}).status_code == 200
    browser_page.goto(f"{server.url}/login")
    browser_page.get_by_role("link", name="Sign in with Acme ID").click()
    browser_page.get_by_text("Your organization wants you to log in with SAML.").wait_for()
    browser_page.get_by_label("E-mail").fill(ADA)
    browser_page.get_by_label("Password").fill("whatever it was")
    browser_page.get_by_role("button", name="Sign in").click()
    browser_page.get_by_text("You can only login with SSO for this account").wait_for()
