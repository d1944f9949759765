"""How long lists take with 100 and with 10,000 services in a tenth as many tenants.

The API is asked in this process, so the web server's own time is not in it. Prints JSON: for each
list p50 and p95 in ms at both sizes, and the ratio of the p95. On SQLite, or on the server of
DATALAB_DATABASE_URL; the database is made for it and removed again.

    python -m tests.bench.lists
    python -m tests.parts.postgres python -m tests.bench.lists
"""

import json
import logging
import os
import random
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

SIZES = (100, 10_000)
ROUNDS = 200
PAGE = 50
WITHIN_MS = 100
FLAT = 1.5


class Taken(NamedTuple):
    """Milliseconds."""

    p50: float
    p95: float
    cpu: float
    """p95 of this process's own time, which other programs on the machine do not lengthen."""


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django  # noqa: PLC0415 - after the settings are chosen

    django.setup()
    from django.db import connection  # noqa: PLC0415

    logging.disable(logging.INFO)
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        found = measured()
    finally:
        connection.creation.destroy_test_db(str(connection.settings_dict["NAME"]), verbosity=0)
    result = {
        "database": connection.vendor,
        "services": SIZES,
        "page": PAGE,
        "requests": ROUNDS,
        "lists": found,
    }
    print(json.dumps(result, indent=2))  # noqa: T201 - the answer of the program
    return 0 if all(one["holds"] for one in found.values()) else 1


def measured() -> Mapping[str, Mapping[str, Any]]:
    from rest_framework.test import APIClient  # noqa: PLC0415

    from tests.bench import seeding  # noqa: PLC0415

    client = APIClient(HTTP_HOST="localhost")
    times: dict[str, list[Taken]] = {}
    for size in SIZES:
        client.force_authenticate(seeding.fill(size))
        names = [seeding.name_of(number) for number in range(size // seeding.PER_TENANT)]
        random.Random(1).shuffle(names)  # noqa: S311 - in the same order each time
        for title, addresses in addresses_of(seeding.BIG, names).items():
            times.setdefault(title, []).append(asked(client, addresses))
    return {title: judged(*both) for title, both in times.items()}


def addresses_of(big: str, names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """What is asked in turn. A tenant's lists are asked of many, and of one with full pages."""
    page = f"page_size={PAGE}"
    return {
        "services of a tenant": [f"/api/v1/tenants/{big}/services?{page}"],
        "services of many tenants": [f"/api/v1/tenants/{one}/services?{page}" for one in names],
        "services of all": [f"/api/v1/services?{page}"],
        "tenants": [f"/api/v1/tenants?{page}"],
        "members of many tenants": [f"/api/v1/tenants/{one}/members?{page}" for one in names],
    }


def asked(client: Any, addresses: Sequence[str]) -> Taken:
    taken, cpu = [], []
    for turn in range(ROUNDS):
        began, ran = time.perf_counter(), time.process_time()
        answer = client.get(addresses[turn % len(addresses)])
        taken.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - ran))
        assert answer.status_code == 200, answer.content
    return Taken(
        p50=statistics.median(taken),
        p95=statistics.quantiles(taken, n=20)[-1],
        cpu=statistics.quantiles(cpu, n=20)[-1],
    )


def judged(small: Taken, large: Taken) -> Mapping[str, Any]:
    return {
        "p50_ms": [round(one.p50, 1) for one in (small, large)],
        "p95_ms": [round(one.p95, 1) for one in (small, large)],
        "cpu_p95_ms": [round(one.cpu, 1) for one in (small, large)],
        "ratio": round(large.p95 / small.p95, 2),
        "holds": large.p95 <= WITHIN_MS and large.p95 <= FLAT * small.p95,
    }


if __name__ == "__main__":
    sys.exit(main())
