"""The administrator's day in a browser: of the platform, of a tenant, and what others see of it."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.platform import Platform, until
from tests.e2e.steps import MINUTE, go_to, menu, open_launch, person_at

pytestmark = [pytest.mark.e2e, pytest.mark.embedded, pytest.mark.timeout(300)]

LIMITS = {"cpu": "4", "memory": "8Gi", "gpu": 0, "storage": "20Gi", "services": 3}
SERVICE = "left-running"


@pytest.fixture
def root(platform: Platform) -> Iterator[httpx.Client]:
    """The REST API with all rights: to bring about what is not told here, and to put it back."""
    with platform.api(platform.account(None, "platform-admin")) as api:
        yield api


@pytest.fixture
def admin(browser: Browser, platform: Platform) -> Iterator[Page]:
    with person_at(browser, platform, platform.account("acme", "admin")) as page:
        yield page


@pytest.fixture
def member(browser: Browser, platform: Platform) -> Iterator[Page]:
    with person_at(browser, platform, platform.account("acme", "member")) as page:
        yield page


def chosen(page: Page, field: Locator, option: str) -> None:
    field.click()
    page.get_by_role("option", name=option, exact=True).click()


# The administrator of the platform; how a tenant is made, suspended and deleted: test_tenants.py


@pytest.fixture
def new_tenant(root: httpx.Client) -> Iterator[str]:
    """Its name; whoever was there before has the short name for a while."""
    slug = f"initech-{secrets.token_hex(3)}"
    body = {"slug": slug, "display_name": slug.title(), "limits": LIMITS}
    assert root.post("tenants", json=body).status_code in {201, 202}
    yield slug.title()
    delete_tenant(root, slug)


def test_a_new_tenant_gets_limits_and_an_admin(
    browser: Browser, platform: Platform, new_tenant: str
) -> None:
    with person_at(browser, platform, platform.account(None, "platform-admin")) as page:
        row = page.get_by_role("listitem", name=f"Tenant {new_tenant}")
        expect(row.get_by_text("Active")).to_be_visible(timeout=MINUTE)
        row.get_by_role("link", name=new_tenant, exact=True).click()
        limit_it(page)
        give_it_an_admin(page)
    with person_at(browser, platform, platform.account("acme", "admin")) as page:
        page.get_by_role("button", name=re.compile("^Tenant: ")).click()
        page.get_by_role("menuitem", name=new_tenant).click()
        expect(menu(page).get_by_role("region", name="Administration")).to_be_visible()


def limit_it(page: Page) -> None:
    go_to(page, "Quota")
    limits = page.get_by_role("region", name="Limits of the tenant")
    limits.get_by_role("textbox", name="CPU").fill("6")
    expect(limits.get_by_text("What this means")).to_be_visible()
    limits.get_by_role("button", name="Save the limits").click()
    use = page.get_by_role("region", name="Use of the tenant")
    expect(use.get_by_text("0 of 6 cores")).to_be_visible()


def give_it_an_admin(page: Page) -> None:
    go_to(page, "Members")
    add_person(page, "alice", "Admin")
    expect(page.get_by_role("combobox", name="Role of alice")).to_have_value("Admin")


def add_person(page: Page, username: str, role: str) -> None:
    page.get_by_role("button", name="Add a person").click()
    form = page.get_by_role("form", name="Add a person")
    form.get_by_role("textbox", name="User name").fill(username)
    chosen(page, form.get_by_role("combobox", name="Role"), role)
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_role("list", name="Members").get_by_text(f"{username} ·")).to_be_visible()


def delete_tenant(root: httpx.Client, slug: str) -> None:
    """As a script would; nothing where it is gone."""
    seen = root.get(f"tenants/{slug}/deletion")
    if seen.status_code == 404:
        return
    if confirmation := seen.json().get("confirmation"):
        name = root.get(f"tenants/{slug}").json()["display_name"]
        order = {"confirmation": confirmation, "retention_days": 0, "name": name}
        root.delete(f"tenants/{slug}", params=order).raise_for_status()
    until(
        lambda: root.get(f"tenants/{slug}").status_code == 404,
        within=60,
        what=lambda: root.get(f"tenants/{slug}/deletion").text,
    )


# The admin of a tenant


def test_an_admin_adds_changes_and_removes_a_member_and_the_audit_tells_it(
    admin: Page, root: httpx.Client
) -> None:
    try:
        go_to(admin, "Members")
        add_person(admin, "erin", "Viewer")
        chosen(admin, admin.get_by_role("combobox", name="Role of erin"), "Member")
        expect(admin.get_by_text("erin is member now")).to_be_visible()

        go_to(admin, "Audit", section="Administration")
        changed = admin.get_by_role("button", name=re.compile("^More about: Member changed erin"))
        changed.first.click()
        before_after = admin.get_by_role("table", name="Before and after")
        expect(before_after.get_by_role("row", name="role viewer member")).to_be_visible()

        go_to(admin, "Members")
        admin.get_by_role("button", name="Remove erin").click()
        admin.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
        expect(admin.get_by_role("combobox", name="Role of erin")).to_have_count(0)
    finally:
        root.delete("tenants/acme/members/erin")
        root.delete("tenants/acme/kept-out/erin")


@pytest.fixture
def bobs_service(platform: Platform) -> Iterator[None]:
    with platform.api(platform.account("acme", "member")) as bob:
        body = {"chart": "jupyter", "name": SERVICE, "resources": {"cpu": "500m"}}
        assert bob.post("tenants/acme/services", json=body).status_code == 202
        yield
        bob.delete(f"tenants/acme/services/{SERVICE}")
        until(
            lambda: bob.get(f"tenants/acme/services/{SERVICE}").status_code == 404,
            within=60,
            what=lambda: bob.get(f"tenants/acme/services/{SERVICE}").text,
        )


@pytest.mark.usefixtures("bobs_service")
def test_an_admin_sees_everybodys_services_and_pauses_one(admin: Page) -> None:
    go_to(admin, "All services", section="Administration")
    row = admin.get_by_role("listitem", name=f"Service {SERVICE}")
    expect(row.get_by_text("Bob")).to_be_visible()
    row.get_by_role("checkbox").check()
    selected = admin.get_by_role("toolbar", name="Selected services")
    selected.get_by_role("button", name="Pause").click()
    expect(row.get_by_text("Paused")).to_be_visible(timeout=MINUTE)


@pytest.fixture
def bobs_request(platform: Platform, root: httpx.Client) -> Iterator[str]:
    """What he asks for; afterwards his limits are as before."""
    before = next(
        one
        for one in root.get("tenants/acme/quota").json()["per_member"]
        if one["username"] == "bob"
    )["own"]
    reason = "A model that is larger than the last one"
    with platform.api(platform.account("acme", "member")) as bob:
        body = {"resources": {"cpu": "1"}, "reason": reason}
        asked = bob.post("tenants/acme/quota/requests", json=body)
        assert asked.status_code == 201, asked.text
        yield reason
        bob.post(f"tenants/acme/quota/requests/{asked.json()['id']}/withdraw")
    limits: dict[str, Any] = {"cpu": None, **before}
    root.put("tenants/acme/quota/members/bob", json={"limits": limits}).raise_for_status()


def test_an_admin_limits_a_member_and_grants_a_request_for_more(
    admin: Page, bobs_request: str
) -> None:
    go_to(admin, "Quota")
    limits = admin.get_by_role("region", name="Limits of members")
    limits.get_by_role("button", name="Change the limits of bob").click()
    dialog = admin.get_by_role("dialog", name="Limits of bob")
    dialog.get_by_role("textbox", name="CPU").fill("2")
    dialog.get_by_role("button", name="Save").click()
    bob = limits.get_by_role("row", name=re.compile("^Bob"))
    expect(bob).to_contain_text("of 2 cores")

    admin.get_by_role("button", name="Decide on the request of bob").click()
    dialog = admin.get_by_role("dialog", name="bob asks for more")
    expect(dialog).to_contain_text(bobs_request)
    dialog.get_by_role("button", name="Grant").click()
    expect(
        admin.get_by_role("region", name="Requests").get_by_text("granted").first
    ).to_be_visible()
    expect(bob).to_contain_text("of 3 cores")


# A member, and a viewer; what a launch would cost: test_usage.py


def test_a_member_sees_the_tenants_use_and_asks_for_more(member: Page) -> None:
    go_to(member, "Quota")
    use = member.get_by_role("region", name="Use of the tenant")
    expect(use.get_by_text(re.compile("of 8 cores"))).to_be_visible()
    ask = member.get_by_role("region", name="Ask for more")
    ask.get_by_role("textbox", name="CPU").fill("2")
    ask.get_by_role("textbox", name="What for").fill("A larger model")
    ask.get_by_role("button", name="Ask", exact=True).click()
    requests = member.get_by_role("region", name="Requests")
    expect(requests.get_by_text("A larger model").first).to_be_visible()
    withdraw = requests.get_by_role("button", name="Withdraw")
    withdraw.click()
    expect(withdraw).to_have_count(0)
    expect(member.get_by_role("region", name="Limits of members")).to_have_count(0)


def test_a_token_that_only_looks_on_cannot_launch(member: Page, platform: Platform) -> None:
    member.goto(f"{platform.url}/account")
    member.get_by_role("button", name="New token").click()
    form = member.get_by_role("form", name="New token")
    form.get_by_role("textbox", name="What it is for").fill("Reports")
    form.get_by_role("radio", name="Look on").check()
    chosen(member, form.get_by_role("combobox", name="In which tenants"), "Acme Robotics")
    member.keyboard.press("Escape")
    form.get_by_role("button", name="Create token").click()
    token = member.get_by_role("dialog").locator("code").first.inner_text()
    try:
        with platform.api(platform.account("acme", "member")) as api:
            api.headers["Authorization"] = f"Bearer {token}"
            assert api.get("tenants/acme/services").status_code == 200
            refused = api.post("tenants/acme/services", json={"chart": "jupyter"})
            assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
            assert api.get("tenants/globex/services").status_code == 404
    finally:
        member.get_by_role("button", name="I have copied it").click()
        member.get_by_role("button", name="Revoke Reports").click()
        member.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(member.get_by_role("button", name="Revoke Reports")).to_have_count(0)


def test_a_viewer_looks_on_and_is_told_so(browser: Browser, platform: Platform) -> None:
    with person_at(browser, platform, platform.account("acme", "viewer")) as page:
        panel = open_launch(page, "JupyterLab", "never")
        expect(panel.get_by_text("As a viewer of this tenant you cannot launch")).to_be_visible()
        expect(panel.get_by_role("button", name="Launch")).to_be_disabled()
        expect(menu(page).get_by_role("region")).to_have_count(0)
        go_to(page, "Quota")
        expect(page.get_by_role("region", name="Use of the tenant")).to_be_visible()
        expect(page.get_by_role("region", name="Ask for more")).to_have_count(0)
        go_to(page, "Members")
        expect(page.get_by_role("button", name="Invite")).to_have_count(0)
        for closed in (
            "/t/acme/audit",
            "/t/acme/settings",
            "/t/globex/catalog",
            "/platform/tenants",
        ):
            page.goto(f"{platform.url}{closed}")
            expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
