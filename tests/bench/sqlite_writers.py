"""20 parallel writers x 200 transactions on SQLite with the platform's settings, and with Django's.

Each transaction reads a row, changes it by a conditional UPDATE and inserts two rows. Prints JSON:
for both sides how many failed with "database is locked", and how long transactions took.

    python -m tests.bench.sqlite_writers
"""

import json
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROCESSES, THREADS, TRANSACTIONS = 5, 4, 200
WHOLE = PROCESSES * THREADS * TRANSACTIONS


def main() -> None:
    platform = measure("platform", None)
    defaults = measure("django_defaults", {"timeout": 20})
    result = {
        "transactions": WHOLE,
        "platform": platform,
        "django_defaults": defaults,
        "locked_ratio": platform["locked"] / max(1, defaults["locked"]),
    }
    print(json.dumps(result, indent=2))  # noqa: T201 - the answer of the program


def measure(side: str, options: Mapping[str, Any] | None) -> dict[str, float]:
    """One side: a new database, all writers at once."""
    with tempfile.TemporaryDirectory(prefix="datalab-bench-") as folder:
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            pool.apply(_prepare, (folder, options))
        started = time.perf_counter()
        with context.Pool(PROCESSES) as pool:
            parts = pool.starmap(_write, [(folder, options)] * PROCESSES)
        wall = time.perf_counter() - started
    locked = sum(part[0] for part in parts)
    times = sorted(seconds for part in parts for seconds in part[1])
    return {
        "locked": locked,
        "per_second": round((WHOLE - locked) / wall, 1),
        "p50_ms": round(1000 * statistics.median(times), 2) if times else 0.0,
        "p99_ms": round(1000 * times[int(len(times) * 0.99)], 1) if times else 0.0,
        "max_ms": round(1000 * times[-1], 1) if times else 0.0,
    }


def _setup(folder: str, options: Mapping[str, Any] | None) -> None:
    os.environ.update(
        DATALAB_SECRET_KEY="bench",
        DATALAB_STATE_DIR=folder,
        DJANGO_SETTINGS_MODULE="datalab.config.settings",
    )
    import django  # noqa: PLC0415 - each process sets it up for its own database
    from django.conf import settings  # noqa: PLC0415

    if options is not None:
        settings.DATABASES["default"] |= {
            "ENGINE": "django.db.backends.sqlite3",
            "OPTIONS": dict(options),
        }
    settings.DATABASES["default"]["NAME"] = str(Path(folder) / "bench.sqlite3")
    django.setup()


def _prepare(folder: str, options: Mapping[str, Any] | None) -> None:
    _setup(folder, options)
    from django.core.management import call_command  # noqa: PLC0415

    from datalab.tenants.models import Quota, Tenant  # noqa: PLC0415

    call_command("migrate", verbosity=0, skip_checks=True)
    tenant = Tenant.objects.create(slug="bench", display_name="Bench", namespace="b", bucket="b")
    Quota.objects.create(tenant=tenant, limit_services=WHOLE)


def _write(folder: str, options: Mapping[str, Any] | None) -> tuple[int, list[float]]:
    _setup(folder, options)
    locked: list[int] = []
    times: list[float] = []
    threads = [threading.Thread(target=_one_writer, args=(locked, times)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(locked), times


def _one_writer(locked: list[int], times: list[float]) -> None:
    from django.db import OperationalError, connection  # noqa: PLC0415

    for _ in range(TRANSACTIONS):
        started = time.perf_counter()
        try:
            _transaction()
        except OperationalError:
            locked.append(1)
        else:
            times.append(time.perf_counter() - started)
    connection.close()


def _transaction() -> None:
    from django.db import transaction  # noqa: PLC0415

    from datalab.audit.models import Event, EventType  # noqa: PLC0415
    from datalab.core.quantities import Resource  # noqa: PLC0415
    from datalab.tenants.models import Quota, Tenant  # noqa: PLC0415

    with transaction.atomic():
        tenant = Tenant.objects.get(slug="bench")
        Quota.objects.reserve(tenant.id, {Resource.SERVICES: 1})
        for _ in range(2):
            Event.objects.create(type=EventType.SERVICE_LAUNCHED, actor="bench", data={})


if __name__ == "__main__":
    main()
