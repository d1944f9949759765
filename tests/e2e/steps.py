"""What people do in the page, in the words of the page."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.platform import Account, Platform

MINUTE = 60_000
PREPARED_WITHIN = 6 * MINUTE
"""A first launch of a chart builds its environment."""


@contextmanager
def person_at(browser: Browser, platform: Platform, account: Account) -> Iterator[Page]:
    """A browser of their own, signed in."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    try:
        yield sign_in(context, platform, account)
    finally:
        context.close()


def sign_in(
    context: BrowserContext, platform: Platform, account: Account, path: str | None = None
) -> Page:
    """Asking for the page at `path`, or for the one that they start with."""
    page = context.new_page()
    page.goto(platform.url + (path or ""))
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("User name").fill(account.username)
    page.get_by_label("Password").fill(account.password)
    page.get_by_role("button", name="Sign in").click()
    if path is not None:
        page.wait_for_url(platform.url + path)
    see_oneself(page)
    return page


def see_oneself(page: Page) -> None:
    """Signed in, and the page is there."""
    expect(page.get_by_role("button", name="Account of")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("heading").first).to_be_visible()


def menu(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Pages")


def go_to(page: Page, label: str, *, section: str | None = None) -> None:
    """By the menu; `section` where two of its parts have a page of that name."""
    links = menu(page) if section is None else menu(page).get_by_role("region", name=section)
    links.get_by_role("link", name=label, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=label)).to_be_visible()


def write_secret(page: Page, path: str, name: str, value: str) -> None:
    page.get_by_role("link", name="Secrets").click()
    page.get_by_role("link", name="New secret").click()
    form = page.get_by_role("form", name="New secret")
    form.get_by_role("textbox", name="Path").fill(path)
    form.get_by_role("textbox", name="Name").fill(name)
    form.get_by_role("textbox", name="Value").fill(value)
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text(path, exact=True).first).to_be_visible()


def open_launch(page: Page, title: str, name: str, *, size: str = "Medium") -> Locator:
    """From the catalogue to a filled form; returns the panel beside it."""
    page.get_by_role("link", name="Catalogue").first.click()
    page.get_by_role("link", name=re.compile(f"Launch {title}", re.IGNORECASE)).click()
    page.get_by_role("radio", name=re.compile(size)).click()
    page.get_by_role("textbox", name="Name").fill(name)
    return page.get_by_role("region", name="After this launch")


def launch(page: Page, title: str, name: str, *, secret: str | None = None) -> Locator:
    """From the catalogue to a running service; returns its card."""
    card = order(page, title, name, secret=secret)
    expect(card.get_by_text("Running")).to_be_visible(timeout=PREPARED_WITHIN)
    return card


def order(
    page: Page, title: str, name: str, *, secret: str | None = None, size: str = "Medium"
) -> Locator:
    """From the catalogue to the card of what does not run yet."""
    panel = open_launch(page, title, name, size=size)
    if secret is not None:
        page.get_by_role("combobox", name="Secrets the tool may read").click()
        page.get_by_role("option", name=secret).click()
        page.keyboard.press("Escape")
    expect(panel.get_by_text("It fits")).to_be_visible()
    panel.get_by_role("button", name="Launch").click()
    return page.get_by_role("article", name=f"Service {name}")


def open_tool(context: BrowserContext, card: Locator) -> Page:
    with context.expect_page() as opened:
        card.get_by_role("link", name=re.compile("^Open")).click()
    return opened.value


def remove_service(page: Page, name: str) -> None:
    page.get_by_role("link", name="My services").click()
    card = page.get_by_role("article", name=f"Service {name}")
    card.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name=re.compile("Remove")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Remove")).click()
    expect(card).to_have_count(0, timeout=MINUTE)
