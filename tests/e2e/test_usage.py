"""Usage, prices and health in a browser, as each of the roles; and a real part that stops answering."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.platform import Platform, until
from tests.e2e.steps import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(600)]

PRICES = {
    "valid_from": "2026-01-01",
    "currency": "EUR",
    "cpu_hour": "36",
    "memory_gib_hour": "0",
    "gpu_hour": "1.5",
    "storage_gib_month": "0",
}


@pytest.fixture(scope="module")
def used(platform: Platform) -> None:
    """A service of a member that holds a core, and prices of a cent a second."""
    with platform.api(platform.account(None, "platform-admin")) as api:
        assert api.put("prices", json=PRICES).status_code == 200
    with platform.api(platform.account("acme", "member")) as api:
        body = {"chart": "jupyter", "name": "metered", "resources": {"cpu": "1"}}
        assert api.post("tenants/acme/services", json=body).status_code == 202
        until(
            lambda: float(api.get("tenants/acme/usage").json()["total"]["cost"]) > 0.05,
            within=60,
            what=lambda: api.get("tenants/acme/usage").json(),
        )


SignedIn = Callable[[str | None, str], Page]


@pytest.fixture(params=[1280, 390], ids=["wide", "narrow"])
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def signed_in(width: int, browser: Browser, platform: Platform) -> Iterator[SignedIn]:
    contexts = []

    def signed_in(tenant: str | None, role: str) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900})
        context.set_default_timeout(30_000)
        contexts.append(context)
        return sign_in(context, platform, platform.account(tenant, role))

    yield signed_in
    for context in contexts:
        context.close()


def stays_in_the_window(page: Page) -> None:
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert over <= 0


@pytest.mark.usefixtures("used")
def test_each_role_sees_use_as_a_picture_and_in_numbers(
    platform: Platform, signed_in: SignedIn
) -> None:
    member = platform.account("acme", "member").username
    for role, shown in (("admin", member), ("member", member), ("viewer", "Others")):
        page = signed_in("acme", role)
        page.goto(f"{platform.url}/t/acme/usage")
        expect(page.get_by_role("img", name=re.compile("^Cost per day"))).to_be_visible()
        legend = page.get_by_role("list", name="Legend")
        expect(legend.get_by_text(shown, exact=True)).to_be_visible()
        numbers = page.get_by_role("region", name="Cost in numbers")
        # Of today, and after midnight of yesterday too.
        expect(numbers.get_by_text(re.compile(f"^{shown} €")).first).to_be_visible()
        expect(page.get_by_role("region", name="This month")).to_contain_text("so far")
        stays_in_the_window(page)


@pytest.mark.usefixtures("used")
def test_a_table_is_downloaded_and_other_figures_are_chosen_by_keyboard(
    platform: Platform, signed_in: SignedIn
) -> None:
    page = signed_in("acme", "admin")
    page.goto(f"{platform.url}/t/acme/usage")
    page.get_by_label("What").focus()
    page.keyboard.type("Core")
    expect(page.get_by_role("img", name=re.compile("^Core hours per day"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    text = download.value.path().read_text()
    assert text.startswith("period,title,cpu_hours")


@pytest.mark.usefixtures("used")
def test_the_cost_is_told_before_a_launch_and_since_it(
    platform: Platform, signed_in: SignedIn
) -> None:
    page = signed_in("acme", "member")
    page.goto(f"{platform.url}/t/acme/catalog/datalab/jupyter")
    cost = page.get_by_role("region", name="Estimated cost")
    expect(cost).to_contain_text("an hour while it runs")
    expect(cost).to_contain_text("× 36")
    page.goto(f"{platform.url}/t/acme/services/metered")
    expect(page.get_by_text(re.compile(r"^€[\d,.]+, [\d.]+ core hours"))).to_be_visible()


@pytest.mark.usefixtures("used")
def test_a_platform_administrator_sees_all_tenants_and_sets_prices(
    platform: Platform, signed_in: SignedIn
) -> None:
    page = signed_in(None, "platform-admin")
    page.goto(f"{platform.url}/platform/usage")
    expect(page.get_by_role("img", name=re.compile("^Cost per month"))).to_be_visible()
    stays_in_the_window(page)
    page.goto(f"{platform.url}/platform/prices")
    form = page.get_by_role("form", name="New prices")
    form.get_by_label("A GPU, an hour").fill("2.25")
    form.get_by_role("button", name="Save prices").click()
    expect(page.get_by_text("Prices saved")).to_be_visible()
    history = page.get_by_role("region", name="All prices so far")
    expect(history.get_by_text("A GPU, an hour: 2.25 EUR")).to_be_visible()
    stays_in_the_window(page)


def test_only_platform_administrators_find_the_platforms_pages(
    platform: Platform, signed_in: SignedIn
) -> None:
    page = signed_in("acme", "admin")
    for address in ("usage", "prices", "health"):
        page.goto(f"{platform.url}/platform/{address}")
        expect(
            page.get_by_role("heading", name=re.compile("not|nothing", re.IGNORECASE))
        ).to_be_visible()


@contextmanager
def silent(platform: Platform, part: str) -> Iterator[None]:
    """It runs and does not answer: what a supervisor does not see."""
    pid = next(one["pid"] for one in platform.status()["parts"] if one["name"] == part)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("width", "part", "name", "title"),
    [
        (1280, "openbao", "secrets", "Secret store"),
        (390, "agent", "cluster", "Runtime of tools"),
    ],
    ids=["the secret store, on a wide page", "the runtime, on a narrow page"],
)
def test_a_real_part_that_hangs_is_named_and_the_page_follows(
    platform: Platform, signed_in: SignedIn, part: str, name: str, title: str
) -> None:
    page = signed_in(None, "platform-admin")
    page.goto(f"{platform.url}/platform/health")
    card = page.get_by_role("listitem", name=title)
    expect(card).to_contain_text("Working")
    with silent(platform, part):
        expect(card).to_contain_text("What to do", timeout=30_000)
        answer = readiness(platform)
        assert answer.status_code == 503
        assert answer.json()["failing"] == [name]
    expect(card).not_to_contain_text("What to do", timeout=30_000)
    assert readiness(platform).status_code == 200


def readiness(platform: Platform) -> httpx.Response:
    return httpx.get(
        f"http://127.0.0.1:{platform.port}/readyz",
        headers={"Host": f"localhost:{platform.port}"},
        trust_env=False,
        timeout=20,
    )
