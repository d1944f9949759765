"""A platform administrator's work with a tenant in a browser: make, suspend, reactivate, delete."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.platform import Platform
from tests.e2e.steps import MINUTE, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(400)]


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context
    context.close()


def test_a_tenants_whole_life_in_the_page(person: BrowserContext, platform: Platform) -> None:
    page = sign_in(person, platform, platform.account(None, "platform-admin"), "/platform/tenants")
    page.get_by_role("button", name="New tenant").click()
    form = page.get_by_role("form", name="New tenant")
    form.get_by_role("textbox", name="Name", exact=True).fill("Ünited Rockets")
    expect(form.get_by_placeholder("united-rockets")).to_be_visible()
    form.get_by_role("textbox", name="Group").fill("Fund II")
    form.get_by_role("button", name="Make the tenant").click()
    row = page.get_by_role("listitem", name="Tenant Ünited Rockets")
    expect(row.get_by_text("Active")).to_be_visible(timeout=MINUTE)

    row.get_by_role("button", name="More for Ünited Rockets").click()
    page.get_by_role("menuitem", name="Suspend…").click()
    page.get_by_role("textbox", name="Reason").fill("the invoice is open")
    page.get_by_role("button", name="Suspend", exact=True).click()
    expect(row.get_by_text("Suspended", exact=True)).to_be_visible()
    row.get_by_role("link", name="Ünited Rockets", exact=True).click()
    banner = page.get_by_role("status").filter(has_text="Ünited Rockets is suspended")
    expect(banner).to_contain_text("the invoice is open")

    page.goto(f"{platform.url}/t/united-rockets/settings")
    page.get_by_role("button", name="Reactivate").click()
    expect(banner).to_be_hidden()
    page.get_by_role("link", name="Delete…").click()
    expect(page.get_by_role("region", name="What goes")).to_contain_text("0 services")
    page.get_by_role("radio", name=re.compile("^Now")).check()
    page.get_by_role("textbox", name=re.compile("^Type")).fill("Ünited Rockets")
    page.get_by_role("button", name="Delete it now").click()
    expect(page.get_by_text("Ünited Rockets is gone")).to_be_visible(timeout=MINUTE)
    page.goto(f"{platform.url}/t/united-rockets/settings")
    expect(page.get_by_text("There is nothing here")).to_be_visible()


@pytest.mark.parametrize("role", ["member", "viewer", "admin"])
def test_who_does_not_run_the_platform_finds_nothing_of_it(
    person: BrowserContext, platform: Platform, role: str
) -> None:
    page = sign_in(person, platform, platform.account("acme", role))
    expect(page.get_by_role("link", name="Tenants")).to_be_hidden()
    for address in ("/platform/tenants", "/platform/services", "/t/acme/delete"):
        page.goto(platform.url + address)
        expect(page.get_by_text("There is nothing here")).to_be_visible()
    page.goto(f"{platform.url}/t/acme/settings")
    if role == "admin":
        expect(page.get_by_role("textbox", name="Name")).to_be_visible()
        expect(page.get_by_role("button", name="Suspend…")).to_be_hidden()
    else:
        expect(page.get_by_text("There is nothing here")).to_be_visible()
