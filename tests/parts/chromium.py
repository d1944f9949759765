"""The machine's Chromium without a window, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

PROGRAM = "/usr/bin/chromium"
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def running_chromium(*flags: str) -> Iterator[Browser]:
    """Playwright's event loop runs in this thread until the end, so nothing else's may."""
    # Five seconds are too short on a busy machine, and cost nothing where all is well.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=[*_FLAGS, *flags])
        yield browser
        browser.close()


@contextmanager
def someones_own(browser: Browser) -> Iterator[BrowserContext]:
    """With cookies of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    try:
        yield context
    finally:
        context.close()
