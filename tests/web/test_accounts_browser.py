"""A second factor in a real browser: set up, asked for at the next sign-ins, and stood in for by a backup code."""

import re
import time

import httpx
import pyotp
from playwright.sync_api import Page, expect

from tests.serving import PASSWORD, Server

EMAIL = "frank@example.com"


def join(server: Server) -> None:
    """Have Frank join the organization, by an invite."""
    invites = f"/api/organizations/{server.organization_id}/invites/"
    invite = server.api.post(invites, json={"target_email": EMAIL, "send_email": False}).json()
    fields = {"first_name": "Frank", "password": PASSWORD}
    assert httpx.post(f"{server.url}/api/signup/{invite['id']}/", json=fields).status_code == 201


def give_password(page: Page, server: Server) -> None:
    """The first step of signing in."""
    page.goto(f"{server.url}/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def give_code(page: Page, code: str) -> None:
    """The second step."""
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/account")
    page.get_by_role("banner").get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/login"))


def test_a_second_factor_and_its_backup_codes(browser_page: Page, server: Server) -> None:
    page = browser_page
    join(server)
    give_password(page, server)
    page.wait_for_url(re.compile("/project/"))

    page.goto(f"{server.url}/account/second-factor")
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    app = pyotp.TOTP(page.locator("p code").inner_text().replace(" ", ""))
    page.get_by_label("Code of the app").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("main")).to_contain_text("This code is not right.")
    now = int(time.time())
    page.get_by_label("Code of the app").fill(app.at(now))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Backup codes")).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(set(codes)) == 5
    sign_out(page, server)

    give_password(page, server)
    page.goto(f"{server.url}/project/{server.project_id}/persons")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    give_password(page, server)
    give_code(page, app.at(now))
    expect(page.get_by_role("main")).to_contain_text("This code is not right.")
    give_code(page, app.at(now + app.interval))
    page.wait_for_url(re.compile("/project/"))
    sign_out(page, server)

    give_password(page, server)
    give_code(page, codes[0])
    page.wait_for_url(re.compile("/project/"))
    page.goto(f"{server.url}/account")
    expect(page.get_by_role("main")).to_contain_text("4 backup codes left.")
    sign_out(page, server)
    give_password(page, server)
    give_code(page, codes[0])
    expect(page.get_by_role("main")).to_contain_text("This code is not right.")
