"""Which part is told what: the environment of each, and the files that it is started from."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from datalab.embedded.installation import ROOT, Installation, write_private
from datalab.gate.traefik import dynamic_config, static_config
from datalab.providers.secrets.openbao_config import (
    OPERATOR_SECRET_VARIABLE,
    PLATFORM_SECRET_VARIABLE,
    server_config,
    write_unseal_key,
)

Ports = Mapping[str, int]

S3_ROOT_USER = "datalab-root"
S3_PLATFORM_USER = "datalab"
# What would change the parts if it leaked in from the shell that typed `make up`.
_FOREIGN = (
    *("DATALAB_", "DJANGO_", "AWS_", "VAULT_", "BAO_", "TRAEFIK_"),
    *("MINIO_", "CELERY_", "GRANIAN_", "PYTHON", "JFS_"),
)


# What people may set for the parts themselves, beside where and on which port the platform is.
_PASSED_ON = (
    *("DATALAB_ALLOWED_HOSTS", "DATALAB_ALLOWED_IMAGES"),
    *("DATALAB_PRESETS", "DATALAB_PRESETS_FILE"),
    # Its password by a file only: what is said here is written into one for the supervisor.
    *("DATALAB_EMAIL_URL", "DATALAB_EMAIL_URL_FILE", "DATALAB_EMAIL_PASSWORD_FILE"),
    *("DATALAB_EMAIL_FROM", "DATALAB_EMAIL_CA_FILE"),
    # To try a cluster beside this machine's own parts.
    *("DATALAB_CLUSTER", "DATALAB_KUBECONFIG", "DATALAB_CLUSTER_GROWS", "DATALAB_GPU_NAMES"),
    *("DATALAB_TENANT_INTERNET", "DATALAB_TENANT_BLOCKED_NETWORKS", "DATALAB_TENANT_OPENINGS"),
    *("DATALAB_FRONT_DOOR_NAMESPACES", "DATALAB_TENANT_ACCOUNTS"),
)


def clean_environment() -> dict[str, str]:
    """This process's environment as the parts may see it: paths, language, proxies, package indexes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    # A session's private folder for temporary files is gone when the session is.
    return {name: value for name, value in kept.items() if name != "TMPDIR"}


def django_environment(installation: Installation, ports: Ports) -> dict[str, str]:
    """For the portal, the gate, the worker and the agent: one configuration."""
    keys = installation.keys
    return {
        "DJANGO_SETTINGS_MODULE": "datalab.config.settings",
        "DATALAB_PROFILE": "embedded",
        "DATALAB_STATE_DIR": str(installation.state),
        "DATALAB_ORIGIN": installation.origin,
        "DATALAB_SECRET_KEY_FILE": str(keys.file("django_key")),
        "DATALAB_PORTAL_PORT": str(ports["portal"]),
        "DATALAB_GATE_PORT": str(ports["gate"]),
        "DATALAB_RELAY_PORT": str(ports["relay"]),
        "DATALAB_METRICS_TOKEN_FILE": str(keys.file("metrics_token")),
        "DATALAB_GATE_SECRET_FILE": str(keys.file("gate_secret")),
        "DATALAB_OIDC_CLIENT_SECRET_FILE": str(keys.file("oidc_client_secret")),
        "DATALAB_VAULT_ADDRESS": f"http://127.0.0.1:{ports['openbao']}",
        "DATALAB_VAULT_SECRET_ID_FILE": str(keys.file("openbao_platform")),
        "DATALAB_S3_ENDPOINT": f"http://127.0.0.1:{ports['s3']}",
        "DATALAB_S3_ACCESS_KEY": S3_PLATFORM_USER,
        "DATALAB_S3_SECRET_KEY_FILE": str(keys.file("s3_platform")),
        **passed_on(),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "",
    }


def passed_on() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)}


def openbao_environment(installation: Installation) -> dict[str, str]:
    """Read by its self-initialization on the first start, and ignored afterwards."""
    return {
        PLATFORM_SECRET_VARIABLE: installation.keys.value("openbao_platform"),
        OPERATOR_SECRET_VARIABLE: installation.keys.value("openbao_operator"),
    }


def s3_environment(installation: Installation) -> dict[str, str]:
    return {
        "MINIO_ROOT_USER": S3_ROOT_USER,
        "MINIO_ROOT_PASSWORD": installation.keys.value("s3_root"),
    }


def write_openbao_config(installation: Installation, ports: Ports) -> Path:
    unseal_key = installation.state / "secrets" / "openbao_unseal"
    write_unseal_key(unseal_key)
    file = installation.state / "openbao.hcl"
    text = server_config(
        address=f"127.0.0.1:{ports['openbao']}",
        storage=_openbao_storage(installation)[0],
        key_file=unseal_key,
        audit_log=installation.logs / "openbao-audit.log",
    )
    write_private(file, text)
    return file


def forget_unfinished_openbao(installation: Installation) -> None:
    """A first start that was broken off while it initialized itself would never unseal.

    Nobody can have written a secret before the first start was over, so nothing is lost.
    """
    storage, unfinished = _openbao_storage(installation)
    if unfinished.exists():
        shutil.rmtree(storage, ignore_errors=True)
    if not storage.exists():
        unfinished.touch(mode=0o600)


def openbao_is_initialized(installation: Installation) -> None:
    _, unfinished = _openbao_storage(installation)
    unfinished.unlink(missing_ok=True)


def _openbao_storage(installation: Installation) -> tuple[Path, Path]:
    """Its folder, and the mark of a first start that is not over."""
    return installation.state / "openbao", installation.run / "openbao-first-start"


def write_traefik_config(installation: Installation, ports: Ports) -> None:
    """JSON is YAML: nothing is put together from text."""
    routes = installation.state / "traefik" / "routes"
    routes.mkdir(mode=0o700, parents=True, exist_ok=True)
    static = static_config(port=installation.port, routes_dir=routes)
    write_private(installation.state / "traefik" / "static.json", json.dumps(static))
    dynamic = dynamic_config(
        portal_port=ports["portal"], gate_port=ports["gate"], relay_port=ports["relay"]
    )
    write_private(routes / "datalab.yaml", json.dumps(dynamic))


def s3_metadata(installation: Installation) -> str:
    return f"sqlite3://{installation.state / 's3' / 'metadata.sqlite3'}"


def charts_folder() -> Path:
    return ROOT / "charts_catalog"
