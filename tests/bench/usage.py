"""How long a year's use is read: for one tenant by day, and for all of 1,000 tenants by month.

python -m tests.bench.usage [--tenants 1000] [--days 365]     a database of its own, thrown away
"""

import argparse
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DATALAB_STATE_DIR=folder,
            DATALAB_SECRET_KEY="only for the bench",
            DATALAB_PROFILE="embedded",
            DJANGO_SETTINGS_MODULE="datalab.config.settings",
        )
        (Path(folder) / "queue").mkdir()
        measure(asked.tenants, asked.days)


def measure(tenants: int, days: int) -> None:
    import django  # noqa: PLC0415 - after the settings' environment

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils.timezone import now  # noqa: PLC0415

    from datalab.usage.report import Asked, Group, Period, report  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    first = uuid.UUID(int=1)
    today = now().date()
    fill(tenants, days, today)
    since = today - timedelta(days=days)
    one = Asked(since=since, until=today, by=Period.DAY, group=Group.MEMBER, tenant_id=first)
    every = Asked(since=since, until=today, by=Period.MONTH, group=Group.TENANT)
    tell("one tenant, by day and member", lambda: len(report(one, now=now())))
    tell(f"{tenants} tenants, by month", lambda: len(report(every, now=now())))


def fill(tenants: int, days: int, today: date) -> None:
    from decimal import Decimal  # noqa: PLC0415

    from datalab.usage.models import ClosedDay, DailyUse, PriceVersion  # noqa: PLC0415

    def rows() -> Iterator[DailyUse]:
        """Three services a day in each tenant; the first has thirty."""
        for number in range(1, tenants + 1):
            for service in range(30 if number == 1 else 3):
                for back in range(1, days + 1):
                    yield DailyUse(
                        service_id=uuid.UUID(int=number * 1000 + service),
                        service=f"service-{service}",
                        tenant_id=uuid.UUID(int=number),
                        tenant=f"tenant-{number}",
                        owner_id=service % 10,
                        owner=f"member-{service % 10}",
                        catalog="datalab",
                        chart="jupyter",
                        day=today - timedelta(days=back),
                        cpu=1000 * 86400,
                        memory=4096 * 86400,
                        storage=10240 * 86400,
                    )

    for number in range(2):
        PriceVersion.objects.create(
            valid_from=today - timedelta(days=days - 200 * number),
            currency="EUR",
            cpu_hour=Decimal("0.03"),
            memory_gib_hour=Decimal("0.004"),
            gpu_hour=Decimal("1.2"),
            storage_gib_month=Decimal("0.1"),
            set_by="bench",
        )
    ClosedDay.objects.bulk_create(
        ClosedDay(day=today - timedelta(days=back)) for back in range(1, days + 1)
    )
    batch: list[DailyUse] = []
    for row in rows():
        batch.append(row)
        if len(batch) == 5000:
            DailyUse.objects.bulk_create(batch)
            batch.clear()
    DailyUse.objects.bulk_create(batch)
    sys.stdout.write(f"{DailyUse.objects.count():,} rows\n")


def tell(what: str, read: Callable[[], int]) -> None:
    taken, rows = [], 0
    for _ in range(TIMES):
        began = time.perf_counter()
        rows = read()
        taken.append(time.perf_counter() - began)
    sys.stdout.write(f"{what}: {rows} rows in {sorted(taken)[TIMES // 2] * 1000:.0f} ms\n")


if __name__ == "__main__":
    main()
