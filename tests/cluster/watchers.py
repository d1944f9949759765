"""`manage.py watch` as the cluster runs it: processes of their own on one database."""

import os
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from datalab.providers.cluster.base import ReleaseRef

_ROOT = Path(__file__).resolve().parents[2]
_MAKE_ROW = """
import sys
from datalab.accounts.models import User
from datalab.launcher.models import Service
from datalab.tenants.models import Quota, Tenant
from django.utils.timezone import now
namespace, name = {namespace!r}, {name!r}
tenant = Tenant.objects.create(slug="acme", display_name="Acme", namespace=namespace, bucket="acme")
Quota.objects.create(tenant=tenant)
owner = User.objects.create_user("bob", issuer="https://idp.test", subject="bob")
Service.objects.create(
    tenant=tenant, owner=owner, name=name, host=name, wanted="running", observed="starting",
    applied_generation=1, holds_compute=True,
)
"""


@dataclass(kw_only=True)
class Watchers:
    state: Path
    environment: Mapping[str, str]
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self) -> None:
        log = (self.state / f"watcher-{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "watch"],
                cwd=_ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)

    def leader(self) -> "subprocess.Popen[bytes] | None":
        held = self.ask("select holder from launcher_lease where until > datetime('now')")
        pids = {int(str(holder).split("-")[-2]) for (holder,) in held}
        return next((one for one in self.processes if one.pid in pids), None)

    def observed(self) -> str:
        """What people read of the only service."""
        return str(self.ask("select observed from launcher_service")[0][0])

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.state / "datalab.sqlite3", timeout=10)) as database:
            return database.execute(query).fetchall()

    def manage(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=_ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            timeout=120,
        )


@contextmanager
def watchers(kubeconfig: Path, state: Path, ref: ReleaseRef) -> Iterator[Watchers]:
    """Over a database with one service, which a worker has applied."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "datalab.config.settings",
        "DATALAB_PROFILE": "embedded",
        "DATALAB_SECRET_KEY": secrets.token_hex(32),
        "DATALAB_STATE_DIR": str(state),
        "DATALAB_CLUSTER": "kubernetes",
        "DATALAB_KUBECONFIG": str(kubeconfig),
    }
    found = Watchers(state=state, environment=environment)
    found.manage("migrate", "--verbosity=0")
    found.manage("shell", "-c", _MAKE_ROW.format(namespace=ref.namespace, name=ref.name))
    try:
        yield found
    finally:
        for one in found.processes:
            if one.poll() is None:
                one.send_signal(signal.SIGKILL)
            one.wait(10)
