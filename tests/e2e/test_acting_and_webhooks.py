"""Webhooks and acting as a member, in a browser, as those who use them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.platform import Platform
from tests.e2e.steps import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(300)]
REASON = "ticket 4711: his notebook does not start"


@pytest.fixture
def person(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context
    context.close()


def check_that_it_fits(page: Page, width: int) -> None:
    """The menu slides away, so the page is wider for a moment."""
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=10_000)


def test_a_member_finds_no_audit(person: BrowserContext, platform: Platform) -> None:
    member = platform.account("acme", "member")
    page = sign_in(person, platform, member, "/t/acme/audit")
    expect(page.get_by_role("table", name="Events")).to_have_count(0)
    expect(page.get_by_role("link", name="Audit")).to_have_count(0)


def test_who_acts_as_a_member_is_seen_by_both(browser: Browser, platform: Platform) -> None:
    root, member = platform.account(None, "platform-admin"), platform.account("acme", "member")
    support = browser.new_context()
    page = sign_in(support, platform, root, "/account")
    form = page.get_by_role("form", name="Act as a member")
    form.get_by_label("User name").fill(member.username)
    form.get_by_label("Reason").fill(REASON)
    form.get_by_role("button", name="Begin").click()
    banner = page.get_by_role("region", name="Acting as somebody else")
    expect(banner).to_contain_text(f"You act as {member.username}")
    expect(banner.get_by_role("timer")).to_contain_text("left")
    check_that_it_fits(page, 390)
    banner.get_by_role("button", name="Stop").click()
    expect(banner).to_have_count(0)
    support.close()
    own = browser.new_context()
    page = sign_in(own, platform, member, "/account")
    expect(page.get_by_role("region", name="Who acted as you")).to_contain_text(REASON)
    own.close()


def test_a_webhook_is_added_refused_and_removed(person: BrowserContext, platform: Platform) -> None:
    page = sign_in(person, platform, platform.account(None, "platform-admin"), "/platform/webhooks")
    page.get_by_role("button", name="New webhook").first.click()
    form = page.get_by_role("form", name="New webhook")
    form.get_by_role("textbox", name="Address").fill("https://10.0.0.1/events")
    form.get_by_role("button", name="Add").click()
    expect(form).to_contain_text("webhooks do not reach")
    form.get_by_role("textbox", name="Address").fill("http://127.0.0.1:9/events")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_text("whsec_")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    card = page.get_by_role("listitem", name="Webhook to http://127.0.0.1:9/events")
    card.get_by_role("button", name="Test").click()
    expect(card.get_by_text("did not answer").first).to_be_visible()
    expect(page.get_by_text("whsec_")).to_have_count(0)
    check_that_it_fits(page, 390)
    card.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(card).to_have_count(0)
