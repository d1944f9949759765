"""Another version of a tool and back, and sizes by name, on the page: a platform whose operator has both."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.barriers import expect_no_barriers, seen_through
from tests.e2e.checkout import PREPARED, Checkout
from tests.e2e.platform import Platform
from tests.e2e.steps import MINUTE, open_tool, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(400)]

CORNER, DISK = "A quiet corner", "The machine with the fast disk"
PRESETS = [
    {"id": "corner", "title": CORNER, "resources": {"cpu": "200m", "memory": "512Mi"}},
    {
        "id": "disk",
        "title": DISK,
        "description": "One for all of us.",
        "resources": {"cpu": "300m", "memory": "512Mi"},
        "nodeSelector": {"disk": "fast"},
    },
    {"id": "gpu", "title": "A whole GPU", "resources": {"devices": {"nvidia.com/gpu": 1}}},
    {"id": "theirs", "title": "For Globex", "tenants": ["globex"]},
]
CANNOT_START = "echo 'Notes of format 1 cannot be read.' >&2; exit 3"


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    checkout = Checkout()
    try:
        checkout.offer("1.0.0", folder=PREPARED)
        checkout.offer("1.1.0", colours=["blue", "red"])
        yield checkout
    finally:
        checkout.remove()


@pytest.fixture(scope="module")
def platform(checkout: Checkout) -> Iterator[Platform]:
    presets = json.dumps(PRESETS)
    platform = Platform(
        checkout.root, DATALAB_PRESETS=presets, DATALAB_ALLOWED_IMAGES="example.test/"
    )
    try:
        platform.start()
        yield platform
    finally:
        platform.remove()


@pytest.fixture
def page(browser: Browser, platform: Platform) -> Iterator[Page]:
    context = seen_through(browser)
    yield sign_in(context, platform, platform.account("acme", "member"))
    context.close()


def choose(page: Page, label: str, option: str) -> None:
    field = page.get_by_role("combobox", name=label)
    field.click()
    page.get_by_role("option", name=option).click()
    expect(field).to_have_value(option)


def open_form(page: Page, name: str, *, preset: str) -> None:
    """Of the version that is not the newest."""
    page.get_by_role("link", name="Catalogue").first.click()
    page.get_by_role("link", name="Launch Notes").click()
    choose(page, "Version", "1.0.0")
    page.get_by_role("radio", name=preset).click()
    page.get_by_role("textbox", name="Name").fill(name)


def launch(page: Page, name: str) -> Locator:
    panel = page.get_by_role("region", name="After this launch")
    expect(panel.get_by_text("It fits")).to_be_visible()
    panel.get_by_role("button", name="Launch").click()
    card = page.get_by_role("article", name=f"Service {name}")
    runs(card, "1.0.0")
    return card


def runs(place: Locator, version: str) -> None:
    expect(place.get_by_text(f"notes {version}")).to_be_visible()
    expect(place.get_by_text("Running", exact=True).first).to_be_visible(timeout=2 * MINUTE)


def open_upgrade(page: Page, card: Locator, version: str) -> Locator:
    card.get_by_role("button", name="More for").click()
    page.get_by_role("menuitem", name=f"Upgrade to {version}").click()
    return page.get_by_role("dialog")


def roll_back(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    expect(
        dialog.get_by_text("It becomes what it was at revision 1: version 1.0.0")
    ).to_be_visible()
    dialog.get_by_role("button", name="Roll back").click()
    expect(dialog).to_have_count(0)


def has_run(page: Page, place: Locator, *versions: str) -> None:
    """Each of them has left a line in the home folder."""
    tool = open_tool(page.context, place)
    tool.get_by_role("link", name="versions.txt").click()
    expect(tool.locator("body")).to_have_text(" ".join(versions))
    tool.close()


def test_an_upgrade_says_what_it_changes_keeps_the_storage_and_can_be_taken_back(
    page: Page,
) -> None:
    open_form(page, "diary", preset=CORNER)
    choose(page, "Colour", "green")
    card = launch(page, "diary")
    expect(card.get_by_text("1.1.0 available")).to_be_visible()

    dialog = open_upgrade(page, card, "1.1.0")
    expect(dialog.get_by_text("From 1.0.0 to 1.1.0.")).to_be_visible()
    expect(dialog.get_by_text("It takes as much as now: 0.2 cores, 512 MiB")).to_be_visible()
    expect(dialog.get_by_text("colour: Is none of: blue, red.")).to_be_visible()
    expect(dialog.get_by_text("Its storage and address stay.")).to_be_visible()
    expect_no_barriers(page)
    dialog.get_by_role("button", name="Upgrade without these").click()
    expect(page.get_by_text("diary is on its way to 1.1.0")).to_be_visible()
    runs(card, "1.1.0")
    expect(card.get_by_text("available")).to_have_count(0)
    has_run(page, card, "1.0.0", "1.1.0")

    card.get_by_role("link", name="diary", exact=True).click()
    newest = page.get_by_role("listitem", name="Revision 2")
    expect(newest).to_contain_text("Upgraded to 1.1.0")
    expect(newest).to_contain_text("colour: green → the chart’s default")
    expect_no_barriers(page)
    page.get_by_role("button", name="Roll back to this: revision 1").click()
    expect_no_barriers(page)
    roll_back(page)
    expect(page.get_by_role("listitem", name="Revision 3")).to_contain_text(
        "Rolled back to 1.0.0, revision 1"
    )
    runs(page.get_by_role("main"), "1.0.0")
    has_run(page, page.get_by_role("main"), "1.0.0", "1.1.0", "1.0.0")


def test_an_upgrade_that_does_not_get_up_says_why_and_leads_back(
    page: Page, checkout: Checkout
) -> None:
    """Nothing goes back by itself: the newer version may have changed its files."""
    checkout.offer("1.2.0", run=CANNOT_START)
    open_form(page, "album", preset=CORNER)
    card = launch(page, "album")
    open_upgrade(page, card, "1.2.0").get_by_role("button", name="Upgrade").click()
    expect(card.get_by_text("Failed")).to_be_visible(timeout=MINUTE)
    expect(card.get_by_text("The tool ended with exit code 3.")).to_be_visible()
    card.get_by_role("button", name="Show technical text").click()
    expect(card.get_by_text("Notes of format 1 cannot be read.")).to_be_visible()
    expect(card.get_by_text("Before it, this ran with 1.0.0; going back keeps")).to_be_visible()
    expect_no_barriers(page)
    card.get_by_role("button", name="Roll back to 1.0.0").click()
    roll_back(page)
    runs(card, "1.0.0")
    has_run(page, card, "1.0.0", "1.2.0", "1.0.0")


def test_a_launch_by_preset_says_what_is_fixed_and_what_is_left_and_is_called_by_its_title(
    page: Page,
) -> None:
    open_form(page, "atlas", preset=DISK)
    expect(page.get_by_text(f"What “{DISK}” says of the size is fixed.")).to_be_visible()
    expect(page.get_by_role("textbox", name="CPU")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Storage")).to_be_visible()
    # Nothing waits for cpu and memory on one machine, so nothing is said of what it has free.
    left = re.compile(r"^Your quota leaves \S+ cores, \S+ GiB\.$")
    expect(page.get_by_role("note", name="Free now")).to_have_text(left)
    gpu = page.get_by_role("radio", name="A whole GPU")
    expect(gpu).to_contain_text("Over the quota: gpu: 1 asked, 0 of 0 free.")
    expect(gpu).to_be_disabled()
    expect(page.get_by_role("radio", name="For Globex")).to_have_count(0)
    expect_no_barriers(page)
    card = launch(page, "atlas")
    expect(card).to_contain_text("0.3 cores, 512 MiB")
    card.get_by_role("link", name="atlas", exact=True).click()
    expect(page.get_by_text(f"1 GiB storage (preset “{DISK}”)")).to_be_visible()
