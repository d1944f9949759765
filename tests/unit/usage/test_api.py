"""Use and cost over HTTP: who sees what, prices, and tables that no spreadsheet runs."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.tenants.models import Tenant
from datalab.usage.amounts import start_of, whole_second
from datalab.usage.models import UsageInterval
from datalab.usage.tables import csv_lines, safe

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], APIClient]
URL = "/api/v1/tenants/acme/usage"
PRICES = {
    "valid_from": "2020-01-01",
    "currency": "EUR",
    "cpu_hour": "0.5",
    "memory_gib_hour": "0",
    "gpu_hour": "0",
    "storage_gib_month": "0",
}


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", is_platform_admin=True)


def use(tenant: Tenant, owner: User, number: int, *, hours: int, chart: str = "jupyter") -> str:
    """One core, yesterday from midnight on."""
    began = start_of(now().date() - timedelta(days=1))
    row = UsageInterval.objects.create(
        service_id=f"00000000-0000-4000-8000-{number:012}",
        service=f"service-{number}",
        tenant_id=tenant.id,
        tenant=tenant.slug,
        owner=owner.username,
        owner_id=owner.pk,
        catalog="datalab",
        chart=chart,
        holding="compute",
        cpu=1000,
        started_at=whole_second(began),
        ended_at=whole_second(began + timedelta(hours=hours)),
    )
    return str(row.service_id)


@pytest.fixture
def used(acme: Tenant, globex: Tenant, alice: User, bob: User, mallory: User) -> None:
    use(acme, alice, 1, hours=10)
    use(acme, bob, 2, hours=4, chart="vscode")
    use(globex, mallory, 3, hours=7)


def query(**more: str) -> dict[str, str]:
    day = (now().date() - timedelta(days=1)).isoformat()
    return {"from": day, "to": day, **more}


def groups(answer: Any) -> dict[str, str]:
    return {one["title"]: one["cpu_hours"] for one in answer.json()["groups"]}


@pytest.mark.usefixtures("used")
class TestWhoSeesWhat:
    def test_an_admin_sees_every_member(self, client_of: ClientOf, alice: User) -> None:
        answer = client_of(alice).get(URL, query())
        assert groups(answer) == {"alice": "10.000", "bob": "4.000"}
        assert answer.json()["total"]["cpu_hours"] == "14.000"

    @pytest.mark.parametrize(
        ("group_by", "shown"),
        [
            ("member", {"bob": "4.000", "Others": "10.000"}),
            ("service", {"service-2": "4.000", "Others": "10.000"}),
            ("chart", {"jupyter": "10.000", "vscode": "4.000"}),
        ],
    )
    def test_a_member_sees_the_sum_and_themselves(
        self, client_of: ClientOf, bob: User, group_by: str, shown: dict[str, str]
    ) -> None:
        answer = client_of(bob).get(URL, query(group_by=group_by))
        assert groups(answer) == shown
        assert answer.json()["total"]["cpu_hours"] == "14.000"
        assert "alice" not in answer.content.decode()

    def test_a_viewer_sees_no_name(self, client_of: ClientOf, carol: User) -> None:
        assert groups(client_of(carol).get(URL, query())) == {"Others": "14.000"}

    def test_the_platform_sees_tenants_and_their_labels(
        self, client_of: ClientOf, root: User, acme: Tenant
    ) -> None:
        Tenant.objects.filter(pk=acme.pk).update(group="Fund I")
        client = client_of(root)
        assert groups(client.get("/api/v1/usage", query())) == {"Acme": "14.000", "Globex": "7.000"}
        by_label = client.get("/api/v1/usage", query(group_by="group", by="month"))
        assert groups(by_label) == {"Fund I": "14.000", "No group": "7.000"}

    def test_a_service_that_is_gone_still_says_what_it_used(
        self, client_of: ClientOf, alice: User, bob: User, carol: User
    ) -> None:
        url = f"{URL}/00000000-0000-4000-8000-000000000002"
        assert client_of(bob).get(url).json()["cpu_hours"] == "4.000"
        assert client_of(alice).get(url).status_code == 200
        assert client_of(carol).get(url).status_code == 403
        assert client_of(bob).get(url[:-1] + "3").status_code == 404


@pytest.mark.usefixtures("used")
def test_cost_is_null_without_prices_and_exact_with_them(
    client_of: ClientOf, alice: User, root: User
) -> None:
    assert client_of(alice).get(URL, query()).json()["total"]["cost"] is None
    assert client_of(root).put("/api/v1/prices", PRICES, format="json").status_code == 200
    told = client_of(alice).get(URL, query()).json()
    assert (told["total"]["cost"], told["currency"]) == ("7.0000", "EUR")
    months = told["months"]
    assert "7.0000" in {months["cost"], months["last_cost"]}


@pytest.mark.usefixtures("acme")
def test_a_preview_says_what_it_would_cost_and_how_that_is_counted(
    client_of: ClientOf, bob: User, root: User
) -> None:
    url = "/api/v1/tenants/acme/charts/datalab/jupyter/preview"
    body = {"resources": {"cpu": "2", "memory": "1Gi"}}
    assert client_of(bob).post(url, body, format="json").json()["cost"] is None
    client_of(root).put("/api/v1/prices", PRICES, format="json")
    cost = client_of(bob).post(url, body, format="json").json()["cost"]
    assert (cost["per_hour"], cost["per_month_running"]) == ("1.0000", "730.00")
    assert cost["currency"] == "EUR"
    assert cost["because"].startswith("Each hour: 2 cores × 0.5 + 1 GiB memory × 0")


@pytest.mark.usefixtures("acme")
class TestPrices:
    def test_they_are_changed_from_today_on_and_their_history_is_kept(
        self, client_of: ClientOf, root: User, bob: User
    ) -> None:
        client = client_of(root)
        client.put("/api/v1/prices", PRICES, format="json")
        dearer = {**PRICES, "cpu_hour": "0.75", "valid_from": now().date().isoformat()}
        assert client.put("/api/v1/prices", dearer, format="json").status_code == 200
        told = client_of(bob).get("/api/v1/prices").json()
        assert [one["cpu_hour"] for one in told["versions"]] == ["0.750000", "0.500000"]
        assert told["current"]["cpu_hour"] == "0.750000"
        event = Event.objects.filter(type="prices.changed").latest("id")
        assert event.actor == "root"
        assert event.after is not None
        assert event.after["cpu_hour"] == "0.750000"

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            pytest.param({"valid_from": "2024-01-01"}, 400, id="past use keeps its prices"),
            pytest.param({"currency": "USD"}, 409, id="one currency"),
            pytest.param({"currency": "euro"}, 400, id="no currency"),
            pytest.param({"cpu_hour": "-1"}, 400, id="negative"),
            pytest.param({"cpu_hour": "NaN"}, 400, id="no number"),
            pytest.param({"devices": {"=cmd()": "1"}}, 400, id="no device"),
            pytest.param({"devices": {"nvidia.com/gpu": "2.5"}}, 200, id="a device"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, client_of: ClientOf, root: User, changed: dict[str, Any], status: int
    ) -> None:
        client = client_of(root)
        client.put("/api/v1/prices", PRICES, format="json")
        later = {**PRICES, "valid_from": "2999-01-01", **changed}
        assert client.put("/api/v1/prices", later, format="json").status_code == status

    def test_only_a_platform_administrator_sets_them(
        self, client_of: ClientOf, alice: User
    ) -> None:
        assert client_of(alice).put("/api/v1/prices", PRICES, format="json").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "from"),
        ({"from": "2001-01-01"}, "from"),
        ({"from": "9999-12-31", "to": "9999-12-31"}, "to"),
        ({"by": "hour"}, "by"),
        ({"group_by": "tenant"}, "group_by"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("acme")
def test_a_range_that_makes_no_sense_is_refused(
    client_of: ClientOf, bob: User, wrong: dict[str, str], field: str
) -> None:
    answer = client_of(bob).get(URL, wrong)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


class TestTables:
    @pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
    def test_a_cell_is_never_a_formula(self, cell: str) -> None:
        assert safe(cell) == f"'{cell}"

    @pytest.mark.parametrize(("cell", "shown"), [("ann", "ann"), (None, ""), (3, "3")])
    def test_other_cells_stay_as_they_are(self, cell: object, shown: str) -> None:
        assert safe(cell) == shown

    def test_quotes_commas_and_lines_survive(self) -> None:
        text = "".join(csv_lines(["a"], [{"a": 'x,"y"\nz'}]))
        assert list(csv.reader(io.StringIO(text))) == [["a"], ['x,"y"\nz']]

    @pytest.mark.usefixtures("used")
    def test_a_tenants_use_as_a_table(self, client_of: ClientOf, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(username="=HYPERLINK()")
        UsageInterval.objects.filter(owner="alice").update(owner="=HYPERLINK()")
        answer = client_of(alice).get(f"{URL}.csv", query())
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer["Content-Disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
        assert [(row["title"], row["cpu_hours"]) for row in rows] == [
            ("'=HYPERLINK()", "10.000"),
            ("bob", "4.000"),
        ]
        assert Event.objects.filter(type="usage.exported").count() == 1

    @pytest.mark.usefixtures("used")
    def test_all_tenants_use_as_a_table(self, client_of: ClientOf, root: User) -> None:
        answer = client_of(root).get("/api/v1/usage.csv", query(by="month"))
        rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
        assert {row["title"] for row in rows} == {"Acme", "Globex"}
