"""An organization is set up in a browser: a domain proved by DNS, an invite, a role, a secret key and a rule."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.domains.dns_player import PlayedDNS, playing_dns
from tests.serving import Server
from tests.web.axe import serious_faults
from tests.web.test_records_browser import GIVEN_UP, PHONE, Reader


@pytest.fixture(scope="module")
def dns() -> Iterator[PlayedDNS]:
    with playing_dns() as played:
        yield played


@pytest.fixture(scope="module")
def asking_server(tmp_path_factory: pytest.TempPathFactory, dns: PlayedDNS) -> Iterator[Server]:
    """A server that asks this DNS."""
    with Server(tmp_path_factory.mktemp("asking"), environment={"HEDGEROW_DNS_SERVER": dns.address}) as running:
        yield running


@pytest.fixture
def reader(browser_page: Page, asking_server: Server) -> Iterator[Reader]:
    """A signed-in reader; nothing they did may have made the browser complain, nor have a page had a fault."""
    reader = Reader(browser_page, asking_server)
    yield reader
    assert [each for each in reader.complaints if not each.startswith(GIVEN_UP)] == []


def open_settings(page: Page, name: str) -> None:
    """By the menu of every page, with the keyboard."""
    page.locator(".account summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name=name).focus()
    page.keyboard.press("Enter")


def go_to_tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Organization settings").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_a_domain_an_invite_a_role_a_key_and_a_rule(reader: Reader, dns: PlayedDNS, browser: Browser) -> None:
    page = reader.page
    open_settings(page, "Organization settings")
    expect(page.get_by_role("heading", name="General")).to_be_visible()
    claim_and_verify(page, dns)
    switch_scim_on(page)
    link = invite(page, "bob@example.com")
    with browser.new_context() as clean:
        join(clean.new_page(), link)
    give_role(page, "Support", "bob@example.com")
    page.get_by_role("link", name="Hedgerow").click()
    open_settings(page, "Project settings")
    make_secret_key(page)
    page.get_by_role("link", name="Access").click()
    page.locator("summary", has_text="Add a rule about dashboards").click()
    page.get_by_label("For").nth(1).select_option("Support")
    page.get_by_label("Level", exact=True).nth(1).select_option("May look")
    page.get_by_role("button", name="Add the rule about dashboards").click()
    expect(page.get_by_label("Dashboards: level of Support")).to_have_value("viewer")
    assert serious_faults(page) == []


def claim_and_verify(page: Page, dns: PlayedDNS) -> None:
    go_to_tab(page, "Domains")
    page.get_by_label("Domain", exact=True).fill("acme.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="acme.example")).to_be_visible()
    page.get_by_role("button", name="Look for it now").click()
    expect(page.get_by_text("The record was not found")).to_be_visible()
    assert serious_faults(page) == []
    name, value = page.locator("#record-name").inner_text(), page.locator("#record-value").inner_text()
    dns.publish(name.rstrip("."), value)
    page.get_by_role("button", name="Look for it now").click()
    expect(page.get_by_text("acme.example is verified.")).to_be_visible()
    assert serious_faults(page) == []


def switch_scim_on(page: Page) -> None:
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator("#scim-token")).to_have_text(re.compile("^.{43}$"))
    assert serious_faults(page) == []
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("link", name="What the identity provider asked").click()
    expect(page.get_by_text("There is nothing to show.")).to_be_visible()


def invite(page: Page, email: str) -> str:
    go_to_tab(page, "Invites")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Make the invite").click()
    link = page.locator("#link-1")
    expect(link).to_contain_text("/signup/")
    assert serious_faults(page) == []
    return link.inner_text()


def join(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Bob")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button").first.click()
    page.wait_for_url(re.compile("/project/"))


def give_role(page: Page, name: str, email: str) -> None:
    go_to_tab(page, "Roles")
    page.get_by_label("Name of a new role").fill(name)
    page.get_by_role("button", name="Make the role").click()
    page.get_by_label("Member").select_option(email)
    page.get_by_role("button", name="Give the role").click()
    expect(page.get_by_role("button", name=f"Take it away from {email}")).to_be_visible()
    assert serious_faults(page) == []
    go_to_tab(page, "Members")
    expect(page.get_by_text(f"No second factor · {name}")).to_be_visible()
    page.locator("summary", has_text=f"Remove {email}").press("Enter")
    expect(page.get_by_role("button", name=f"Remove {email}")).to_be_visible()
    assert serious_faults(page) == []


def make_secret_key(page: Page) -> None:
    page.get_by_role("link", name="Secret keys").first.click()
    page.get_by_label("Name", exact=True).fill("ci")
    page.get_by_label("Evaluate feature flags").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#key-value")).to_have_text(re.compile("^phs_"))
    assert serious_faults(page) == []
    page.get_by_role("link", name="I have kept it").click()
    page.get_by_role("link", name="ci", exact=True).click()
    page.locator("summary", has_text="Remove").press("Enter")
    expect(page.get_by_role("button", name="Remove the key")).to_be_visible()
    assert serious_faults(page) == []


def test_the_pages_fit_a_phone(reader: Reader, asking_server: Server) -> None:
    page = reader.page
    page.set_viewport_size(PHONE)
    organization = f"organization/{asking_server.organization_id}"
    tabs = [f"{organization}{tab}" for tab in ("", "/members", "/invites", "/roles", "/domains", "/activity")]
    project = f"project/{asking_server.project_id}/settings"
    for path in (*tabs, project, f"{project}/keys", f"{project}/access"):
        page.goto(f"{asking_server.url}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], path
    shown = page.get_by_role("navigation", name="Project settings").get_by_role("link", name="Access")
    expect(shown).to_be_in_viewport()
