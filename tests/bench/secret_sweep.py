"""The sweep for changed secrets over many services, beside as many bare reads of the same store.

python -m tests.bench.secret_sweep [--services 50] [--secrets 2]     an OpenBao and a database of its own
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=50)
    parser.add_argument("--secrets", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DATALAB_STATE_DIR=folder, DJANGO_SETTINGS_MODULE="tests.settings")
        measure(Path(folder), asked.services, [f"shared/{n}" for n in range(asked.secrets)])


def measure(folder: Path, services: int, paths: list[str]) -> None:
    import django  # noqa: PLC0415 - after the settings' environment

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from datalab.launcher import credentials  # noqa: PLC0415
    from datalab.providers import registry  # noqa: PLC0415
    from tests.parts.openbao import OpenBao  # noqa: PLC0415
    from tests.parts.ports import stop  # noqa: PLC0415

    call_command("migrate", verbosity=0, skip_checks=True)
    bao = OpenBao(folder=folder)
    bao.start()
    try:
        store = bao.secrets()
        registry.secret_store = lambda: store
        fill(services, paths)
        token = store.issue_token("bench", member="bob", display_name="bench").token

        def read_bare() -> None:
            for path in paths * services:
                store.read_as(token, "bench", path)

        sweep, bare = in_turn(credentials.refresh_secrets, read_bare)
    finally:
        assert bao.process is not None
        stop(bao.process)
    print(  # noqa: T201
        json.dumps(
            {
                "services": services,
                "reads": services * len(paths),
                "sweep_ms": round(sweep * 1000),
                "bare_reads_ms": round(bare * 1000),
                "ratio": round(sweep / bare, 2),
            },
            indent=2,
        )
    )


def fill(services: int, paths: list[str]) -> None:
    from datalab.accounts.models import User  # noqa: PLC0415
    from datalab.launcher import credentials  # noqa: PLC0415
    from datalab.launcher.lifecycle import Wanted  # noqa: PLC0415
    from datalab.launcher.models import Service  # noqa: PLC0415
    from datalab.providers import registry  # noqa: PLC0415
    from datalab.providers.cluster.base import Observed, Release  # noqa: PLC0415
    from datalab.tenants.models import Tenant  # noqa: PLC0415

    store, runtime = registry.secret_store(), registry.cluster_runtime()
    tenant = Tenant.objects.create(slug="bench", display_name="Bench", namespace="b", bucket="b")
    owner = User.objects.create(username="bob")
    store.ensure_tenant(tenant.slug)
    store.ensure_member(tenant.slug, owner.username)
    runtime.ensure_namespace(tenant.namespace, quota={})
    for path in paths:
        store.write(tenant.slug, path, {"A": "1"}, if_version=None)
    for number in range(services):
        service = Service.objects.create(
            tenant=tenant,
            owner=owner,
            name=f"notebook-{number}",
            host=f"notebook-{number}",
            secrets=paths,
            wanted=Wanted.RUNNING.value,
            observed=Observed.RUNNING.value,
        )
        files = credentials.files_for(service)
        chart = Path("charts_catalog")
        runtime.apply(Release(ref=service.ref, chart=chart, version="1", values={}, files=files))


def in_turn(*jobs: Callable[[], None]) -> list[float]:
    """The median seconds of each, measured one after the other, again and again."""
    seconds: list[list[float]] = [[] for _ in jobs]
    for _ in range(TIMES):
        for job, taken in zip(jobs, seconds, strict=True):
            began = time.perf_counter()
            job()
            taken.append(time.perf_counter() - began)
    return [statistics.median(taken) for taken in seconds]


if __name__ == "__main__":
    main()
