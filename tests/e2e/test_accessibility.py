"""Every page of the menu, as each role sees it: no barrier that axe finds, nothing wider than a phone."""

import re
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.barriers import LOOKS, WIDE, Scheme, look_at, seen_through
from tests.e2e.platform import Platform
from tests.e2e.steps import menu, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(300)]

BESIDE_THE_MENU = ("/account", "/t/acme/catalog/datalab/jupyter", "/t/acme/secrets/new")


@pytest.fixture
def page(browser: Browser, platform: Platform, tenant: str | None, role: str) -> Iterator[Page]:
    context = seen_through(browser)
    yield sign_in(context, platform, platform.account(tenant, role))
    context.close()


@pytest.mark.parametrize(
    ("tenant", "role", "looks"),
    [
        # Their menu has every page; the others see fewer things on some of them.
        (None, "platform-admin", LOOKS),
        ("acme", "admin", LOOKS[1:3]),
        ("acme", "member", LOOKS[1:3]),
        ("acme", "viewer", LOOKS[1:3]),
    ],
    ids=["platform administrator", "tenant admin", "member", "viewer"],
)
def test_no_page_has_a_barrier_or_scrolls_sideways(
    page: Page, platform: Platform, looks: Sequence[tuple[int, Scheme]]
) -> None:
    found = [
        f"{address} {width} px {scheme}: {wrong}"
        for address in addresses(page, platform)
        for width, scheme in looks
        for wrong in look_at(page, f"{platform.url}{address}", width, scheme)
    ]
    assert found == []


@pytest.mark.parametrize(("tenant", "role"), [("acme", "member")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stay_readable_while_the_quota_after_a_launch_is_reckoned_anew(
    page: Page, platform: Platform, scheme: Scheme
) -> None:
    form = f"{platform.url}/t/acme/catalog/datalab/jupyter"
    assert list(look_at(page, form, WIDE, scheme)) == []
    expect(page.locator("[aria-busy=false] .mantine-Progress-root").first).to_be_visible()
    page.route("**/preview", lambda route: None)  # no answer comes
    page.get_by_role("radio", name=re.compile("Large")).click()
    expect(page.locator("[aria-busy=true] .mantine-Progress-root").first).to_be_visible()
    assert list(look_at(page, form, WIDE, scheme)) == []


def addresses(page: Page, platform: Platform) -> list[str]:
    """What the menu leads to, and the pages that others lead to."""
    page.goto(f"{platform.url}/t/acme/catalog")
    links = menu(page).get_by_role("link")
    expect(links.first).to_be_visible()
    found = [link.get_attribute("href") for link in links.all()]
    return [*(one for one in found if one), *BESIDE_THE_MENU]
