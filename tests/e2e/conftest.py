from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.platform import Platform
from tests.parts.chromium import running_chromium


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """One platform for all tests that do not break it."""
    platform = Platform()
    try:
        platform.start()
        yield platform
    finally:
        platform.remove()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one module: Playwright's event loop runs in this thread, where later tests want their own."""
    with running_chromium() as browser:
        yield browser
