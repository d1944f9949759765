"""Which services a list shows: for a tenant's admin, and over all tenants."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.launcher.lifecycle import Phase, Wanted
from datalab.launcher.models import Service
from datalab.launcher.selection import IN_PHASE
from datalab.providers.cluster.base import Observed, Step
from datalab.tenants.models import Tenant

URL = "/api/v1/services"
ClientOf = Callable[[User], APIClient]


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", is_platform_admin=True)


def make(tenant: Tenant, owner: User, name: str, **more: object) -> Service:
    fields: dict[str, object] = {
        "chart": "jupyter",
        "wanted": Wanted.RUNNING.value,
        "observed": Observed.RUNNING.value,
        "generation": 1,
        "applied_generation": 1,
        **more,
    }
    host = f"{name}-{tenant.slug}"
    return Service.objects.create(tenant=tenant, owner=owner, name=name, host=host, **fields)


def test_each_service_is_in_the_phase_that_it_shows_and_in_no_other(
    acme: Tenant, bob: User
) -> None:
    every = product(Wanted, Observed, [*Step, None], [1, 2])
    for number, (wanted, observed, step, generation) in enumerate(every):
        make(
            acme,
            bob,
            f"s-{number}",
            wanted=wanted.value,
            observed=observed.value,
            step=step.value if step else "",
            generation=generation,
        )
    shown = {service.pk: service.phase for service in Service.objects.all()}
    assert set(shown.values()) == set(Phase)
    for phase in Phase:
        selected = set(Service.objects.filter(IN_PHASE[phase]).values_list("pk", flat=True))
        assert selected == {pk for pk, seen in shown.items() if seen is phase}, phase


def test_all_tenants_services_are_listed_with_their_tenant_and_cut_down(
    client_of: ClientOf, root: User, bob: User, mallory: User, acme: Tenant, globex: Tenant
) -> None:
    Tenant.objects.filter(pk=acme.pk).update(group="Fund II")
    make(acme, bob, "notebook")
    make(acme, bob, "editor", chart="vscode", wanted="paused", observed="paused")
    old = make(globex, mallory, "tracking", chart="mlflow", observed="failed")
    Service.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=40))

    def listed(**query: str | int) -> list[str]:
        answer = client_of(root).get(URL, query)
        assert answer.status_code == 200, answer.content
        return [f"{one['tenant']['slug']}/{one['name']}" for one in answer.json()["results"]]

    assert listed() == ["acme/editor", "acme/notebook", "globex/tracking"]
    assert listed(tenant="globex") == ["globex/tracking"]
    assert listed(group="Fund II") == ["acme/editor", "acme/notebook"]
    assert listed(phase="running") == ["acme/notebook"]
    assert listed(phase="failed", tenant="acme") == []
    assert listed(owner="mallory") == ["globex/tracking"]
    assert listed(chart="vscode") == ["acme/editor"]
    assert listed(search="TRACK") == ["globex/tracking"]
    assert listed(older_than_days=30) == ["globex/tracking"]
    assert client_of(root).get(URL, {"phase": "odd"}).status_code == 400


def test_a_tenants_admin_cuts_down_the_tenants_own_list(
    client_of: ClientOf, alice: User, bob: User, mallory: User, acme: Tenant, globex: Tenant
) -> None:
    make(acme, bob, "notebook")
    make(acme, alice, "hers")
    make(globex, mallory, "theirs")
    results = client_of(alice).get("/api/v1/tenants/acme/services", {"owner": "bob"}).json()
    assert [one["name"] for one in results["results"]] == ["notebook"]


def test_only_a_platform_administrator_sees_over_all_tenants(
    client_of: ClientOf, alice: User, acme: Tenant
) -> None:
    assert client_of(alice).get(URL).status_code == 403


def test_a_long_list_comes_in_pages_with_as_many_queries_as_a_short_one(
    client_of: ClientOf, root: User, bob: User, acme: Tenant
) -> None:
    client = client_of(root)
    make(acme, bob, "s-0")

    def ask(url: str) -> tuple[int, list[str], str | None]:
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(url).json()
        return len(caught), [one["name"] for one in answer["results"]], answer["next"]

    few, _, _ = ask(URL)
    for number in range(1, 60):
        make(acme, bob, f"s-{number}")
    many, first, more = ask(URL)
    assert more is not None
    _, second, end = ask(more)
    assert (many, end) == (few, None)
    assert [*first, *second] == [f"s-{number}" for number in reversed(range(60))]
