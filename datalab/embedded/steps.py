"""What is done once at each start, in a process of its own: `python -m datalab.embedded.steps NAME`."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import django
from django.core.management import call_command

from datalab.embedded import installation as installations
from datalab.embedded.ports import kept_ports
from datalab.embedded.wiring import S3_PLATFORM_USER, S3_ROOT_USER, s3_metadata
from datalab.providers.cluster.local.runtime import LocalRuntime
from datalab.providers.objects.minio_admin import ensure_platform_user

_FORMAT_SECONDS = 60
_LOOK_SECONDS = 0.1


def migrate_and_seed() -> None:
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    from datalab.embedded.seed import seed  # noqa: PLC0415 - its models need a set-up Django

    seed(installations.from_environment())


def format_s3() -> None:
    """Does nothing to a folder that is formatted already."""
    installation = installations.from_environment()
    folder = installation.state / "s3"
    folder.mkdir(mode=0o700, exist_ok=True)
    command = [str(Path(sys.executable).parent / "juicefs"), "format", "--no-update"]
    command += ["--storage", "file", "--bucket", f"{folder / 'objects'}/", "--trash-days", "0"]
    subprocess.run(
        [*command, s3_metadata(installation), "datalab"], check=True, timeout=_FORMAT_SECONDS
    )


def make_s3_user() -> None:
    installation = installations.from_environment()
    ports = kept_ports(installation.state / "ports.json")
    ensure_platform_user(
        endpoint=f"127.0.0.1:{ports['s3']}",
        root_user=S3_ROOT_USER,
        root_password=installation.keys.value("s3_root"),
        access_key=S3_PLATFORM_USER,
        secret_key=installation.keys.value("s3_platform"),
    )


def install_helm() -> None:
    django.setup()
    from datalab.core.errors import ProviderUnavailable  # noqa: PLC0415
    from datalab.providers.charts import binary  # noqa: PLC0415 - needs settings

    try:
        binary.find_helm()
    except ProviderUnavailable:
        binary.install_helm(binary.installed_helm())


def stop_tools() -> None:
    """Returns when all have ended. The agent does it; nothing that they have is removed."""
    django.setup()
    from datalab.providers import registry  # noqa: PLC0415 - needs settings

    runtime = registry.cluster_runtime()
    if not isinstance(runtime, LocalRuntime):
        return
    runtime.stop_all()
    while not runtime.is_idle():
        time.sleep(_LOOK_SECONDS)


STEPS: Mapping[str, Callable[[], None]] = {
    "database": migrate_and_seed,
    "s3-format": format_s3,
    "s3-user": make_s3_user,
    "helm": install_helm,
    "stop-tools": stop_tools,
}

if __name__ == "__main__":
    STEPS[sys.argv[1]]()
