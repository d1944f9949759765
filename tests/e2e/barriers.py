"""What keeps people out of a page: what axe finds, and what is wider than the screen."""

from collections.abc import Iterator
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.platform import ROOT

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
"""https://github.com/dequelabs/axe-core/blob/develop/doc/API.md"""
WRONG = {"serious", "critical"}
WIDE, NARROW = 1280, 390
Scheme = Literal["light", "dark"]
LOOKS: tuple[tuple[int, Scheme], ...] = (
    (WIDE, "light"),
    (WIDE, "dark"),
    (NARROW, "light"),
    (NARROW, "dark"),
)


def seen_through(browser: Browser) -> BrowserContext:
    """Without the policy that keeps foreign scripts such as axe out."""
    context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    context.add_init_script(path=AXE)
    return context


def expect_no_barriers(page: Page) -> None:
    """On the page as it stands, with what is open on it. It is a wide one afterwards."""
    found = [
        f"{width} px {scheme}: {wrong}"
        for width, scheme in LOOKS
        for wrong in look_at(page, page.url, width, scheme)
    ]
    page.set_viewport_size({"width": WIDE, "height": 900})
    assert not found, "\n".join(found)


def look_at(page: Page, address: str, width: int, scheme: Scheme) -> Iterator[str]:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    if page.url != address:
        page.goto(address)
    expect(page.locator(f"html[data-mantine-color-scheme={scheme}]")).to_be_attached()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
    answer: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    for wrong in answer["violations"]:
        if wrong["impact"] in WRONG:
            places = [" ".join(map(str, node["target"])) for node in wrong["nodes"]]
            yield f"{wrong['id']}: {places[:3]} ({wrong['help']})"
    wider = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if wider > 0:
        yield f"scrolls sideways by {wider} px"
