"""Quota decisions per second, and how many of them sold what was not there: always none.

Each decision is a transaction of its own that reserves and, where it fits, a later one gives back,
so that both answers are among them. Beside it, measured in the same run, the usual way: SELECT FOR
UPDATE, look, write. Prints JSON with the machine's load before, since it shares the
cores with whatever else runs.

    python -m tests.bench.quota [--seconds 3]

SQLite in a file of its own, as the platform sets it; PostgreSQL with its own defaults: a decision
is on the disk before it counts (tests/parts/postgres.py).
"""

import argparse
import json
import multiprocessing
import os
import random
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.parts.postgres import running_postgres

THREADS = (1, 8, 50)
TENANTS = (1, 100)
ROOM = 25
"""How many reservations fit a tenant at a time: with 50 threads some are refused."""
HOLDS = 2
"""Of each thread, at a time."""
COMPARED_WITH = 8


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="datalab-bench-") as folder:
        load = os.getloadavg()[0]
        result: dict[str, Any] = {"load": round(load, 1), "cores": os.cpu_count()}
        result |= {"sqlite": in_process(folder, None, seconds)}
        with running_postgres(durable=True) as url:
            result["postgresql"] = in_process(folder, url, seconds)
    print(json.dumps(result, indent=2))  # noqa: T201 - the answer of the program


def in_process(folder: str, url: str | None, seconds: float) -> dict[str, Any]:
    """Each database in a process of its own: Django is set up once in each."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        measured: dict[str, Any] = pool.apply(measure, (folder, url, seconds))
    return measured


def measure(folder: str, url: str | None, seconds: float) -> dict[str, Any]:
    setup(folder, url)
    tenants = {count: make_tenants(count) for count in TENANTS}
    found = {
        f"{count}_tenants_{threads}_threads": run(tenants[count], threads, seconds, reserve_once)
        for count in TENANTS
        for threads in THREADS
    }
    compared = {
        f"{count}_tenants_{COMPARED_WITH}_threads_select_for_update": run(
            tenants[count], COMPARED_WITH, seconds, look_and_write
        )
        for count in TENANTS
    }
    return {**found, **compared}


def setup(folder: str, url: str | None) -> None:
    os.environ.update(
        DATALAB_SECRET_KEY="bench-" * 10,
        DATALAB_STATE_DIR=folder,
        DATALAB_PROFILE="embedded",
        DJANGO_SETTINGS_MODULE="datalab.config.settings",
    )
    os.environ.pop("DATALAB_DATABASE_URL", None)
    if url is not None:
        os.environ["DATALAB_DATABASE_URL"] = url
    import django  # noqa: PLC0415 - set up for this process's own database
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)


def make_tenants(count: int) -> list[Any]:
    from datalab.tenants.models import Quota, Tenant  # noqa: PLC0415

    made = []
    for _ in range(count):
        name = f"t{uuid.uuid4().hex[:20]}"
        tenant = Tenant.objects.create(slug=name, display_name=name, namespace=name, bucket=name)
        Quota.objects.create(
            tenant=tenant, limit_cpu=ROOM * 1000, limit_memory=2**50, limit_services=2**30
        )
        made.append(tenant)
    return made


def reserve_once(tenant: Any) -> bool:
    """As a launch and a removal do it."""
    from django.db import transaction  # noqa: PLC0415

    from datalab.core.errors import QuotaExceeded  # noqa: PLC0415
    from datalab.core.quantities import Resource  # noqa: PLC0415
    from datalab.quotas.claim import Claim  # noqa: PLC0415
    from datalab.quotas.reserve import reserve  # noqa: PLC0415

    amounts = {Resource.CPU: 1000, Resource.MEMORY: 2**30, Resource.SERVICES: 1}
    try:
        with transaction.atomic():
            reserve(tenant, Claim(owner_id=1, amounts=amounts))
    except QuotaExceeded:
        return False
    return True


def look_and_write(tenant: Any) -> bool:
    """The usual way: lock the row, read it, compare here, write it."""
    from django.db import transaction  # noqa: PLC0415

    from datalab.tenants.models import Quota  # noqa: PLC0415

    with transaction.atomic():
        row = Quota.objects.select_for_update().get(tenant=tenant)
        if row.used_cpu + 1000 > row.limit_cpu:
            return False
        row.used_cpu += 1000
        row.used_memory += 2**30
        row.used_services += 1
        row.save()
    return True


def give_back_once(tenant: Any) -> None:
    from datalab.core.quantities import Resource  # noqa: PLC0415
    from datalab.quotas.claim import Claim  # noqa: PLC0415
    from datalab.quotas.reserve import give_back  # noqa: PLC0415

    amounts = {Resource.CPU: 1000, Resource.MEMORY: 2**30, Resource.SERVICES: 1}
    give_back(tenant, Claim(owner_id=1, amounts=amounts))


class Worker(threading.Thread):
    """Decides on any of the tenants until the time is up, and gives back what it took before."""

    def __init__(self, seed: int, tenants: list[Any], decide: Callable[[Any], bool]) -> None:
        super().__init__()
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._tenants, self._decide = tenants, decide
        self._held: list[Any] = []
        self.accepted = self.refused = self.errors = 0
        self.until = 0.0

    def run(self) -> None:
        from django.db import Error, connection  # noqa: PLC0415

        while time.perf_counter() < self.until:
            try:
                self._step(self._chance.choice(self._tenants))
            except Error:
                self.errors += 1
        for tenant in self._held:
            give_back_once(tenant)
        connection.close()

    def _step(self, tenant: Any) -> None:
        if self._decide(tenant):
            self._held.append(tenant)
            self.accepted += 1
        else:
            self.refused += 1
        if len(self._held) > HOLDS:
            give_back_once(self._held.pop(0))


class Watch(threading.Thread):
    """Looks while they work: is any counter past its limit?"""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()
        self.oversold = 0

    def run(self) -> None:
        from django.db import connection  # noqa: PLC0415

        from datalab.tenants.models import Quota  # noqa: PLC0415

        while not self.over.wait(0.05):
            rows = Quota.objects.values_list("used_cpu", "limit_cpu")
            self.oversold += sum(used > limit for used, limit in rows)
        connection.close()


def run(
    tenants: list[Any], threads: int, seconds: float, decide: Callable[[Any], bool]
) -> dict[str, Any]:
    from datalab.tenants.models import Quota  # noqa: PLC0415

    workers = [Worker(seed, tenants, decide) for seed in range(threads)]
    watch = Watch()
    watch.start()
    started = time.perf_counter()
    for worker in workers:
        worker.until = started + seconds
        worker.start()
    for worker in workers:
        worker.join()
    took = time.perf_counter() - started
    watch.over.set()
    watch.join()
    accepted = sum(worker.accepted for worker in workers)
    refused = sum(worker.refused for worker in workers)
    ids = [tenant.pk for tenant in tenants]
    return {
        "decisions_per_second": round((accepted + refused) / took, 1),
        "accepted": accepted,
        "refused": refused,
        "oversold": watch.oversold,
        "left_over": sum(
            Quota.objects.filter(tenant_id__in=ids).values_list("used_cpu", flat=True)
        ),
        "errors": sum(worker.errors for worker in workers),
    }


if __name__ == "__main__":
    main()
