"""Which adapter stands behind each port, and what it is told."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from datalab.config import env
from datalab.config.mail import mail
from datalab.core.delivery import Delivery

Options = dict[str, Any]


def store(mount: str) -> Options:
    """How the secret store is reached, by the platform and by tools."""
    return {
        "address": env.text("DATALAB_VAULT_ADDRESS", ""),
        "mount": mount,
        "ca_file": env.text("DATALAB_VAULT_CA_FILE", ""),
        # Where its Kubernetes sign-in is mounted. Empty: tools do not sign in by themselves.
        "kubernetes_auth": env.text("DATALAB_VAULT_KUBERNETES_AUTH", ""),
    }


def clusters(
    *,
    catalog: Mapping[str, str],
    state_dir: Path,
    kubeconfig: str,
    delivery: Delivery,
    store: Options,
) -> dict[str, Options]:
    """Where services can run, by what `DATALAB_CLUSTER` says."""
    return {
        "local": {
            "class": "datalab.providers.cluster.local.factory.local_runtime",
            "options": {
                "catalogue": catalog["location"],
                "kept": str(state_dir / "charts" / catalog["id"]),
            },
        },
        "kubernetes": {
            "class": "datalab.providers.cluster.kubernetes.factory.kubernetes_runtime",
            "options": {
                "kubeconfig": kubeconfig,
                # Machines come as they are needed, so what is not there may be asked for.
                "grows": env.flag("DATALAB_CLUSTER_GROWS", default=False),
                # Put into each tenant's namespace for the relays beside tools.
                "authority_file": env.text("DATALAB_CREDENTIALS_AUTHORITY_FILE", ""),
                "delivery": delivery,
                "store": store,
                "borders": _borders(),
            },
        },
    }


def _borders() -> Options:
    """Of tenants' namespaces."""
    return {
        # Resources that the quota's `gpu` limits.
        "gpus": env.words("DATALAB_GPU_NAMES", "nvidia.com/gpu"),
        # Namespaces that may open connections to tools, and that tools may reach.
        "front_door": env.words("DATALAB_FRONT_DOOR_NAMESPACES", "datalab"),
        # Where else tools may go: [{"namespace" or "cidr": …, "ports": […]}].
        "openings": env.parsed("DATALAB_TENANT_OPENINGS", []),
        "internet": env.flag("DATALAB_TENANT_INTERNET", default=True),
        # Taken out of the internet, beside where machines keep their credentials.
        "blocked": env.words("DATALAB_TENANT_BLOCKED_NETWORKS"),
        # `namespace/name` of service accounts that are let into tenants' namespaces.
        "accounts": env.words("DATALAB_TENANT_ACCOUNTS"),
        "role": env.text("DATALAB_TENANT_ROLE", "datalab-tenant"),
    }


def workloads(kubeconfig: str) -> Options:
    return {
        "class": "datalab.providers.workloads.kubernetes.KubernetesWorkloads",
        "options": {"kubeconfig": Path(kubeconfig) if kubeconfig else None},
    }


def secrets(store: Options) -> Options:
    return {
        "class": "datalab.providers.secrets.vault.VaultSecrets",
        "options": {
            **store,
            "role_id": env.text("DATALAB_VAULT_ROLE_ID", "platform"),
            "secret_id": partial(env.secret, "DATALAB_VAULT_SECRET_ID", ""),
        },
    }


def objects(region: str) -> Options:
    return {
        "class": "datalab.providers.objects.s3.S3Objects",
        "options": {
            "endpoint": env.text("DATALAB_S3_ENDPOINT", ""),
            "sts_endpoint": env.text("DATALAB_S3_STS_ENDPOINT", ""),
            "public_endpoint": env.text("DATALAB_S3_PUBLIC_ENDPOINT", ""),
            "region": region,
            # AWS wants a role that the platform may assume; MinIO and its kin do not look.
            "role_arn": env.text("DATALAB_S3_ROLE_ARN", ""),
            "access_key": partial(env.secret, "DATALAB_S3_ACCESS_KEY", ""),
            "secret_key": partial(env.secret, "DATALAB_S3_SECRET_KEY", ""),
        },
    }


def webhooks(*, embedded: bool) -> Options:
    return {
        "class": "datalab.providers.webhooks.http.HttpWebhooks",
        # Besides the open internet.
        "options": {
            "allowed": env.networks(
                "DATALAB_WEBHOOK_NETWORKS", "127.0.0.0/8,::1/128" if embedded else ""
            )
        },
    }


def mail_if_set() -> Options:
    return mail(
        env.secret("DATALAB_EMAIL_URL", ""),
        password=env.secret("DATALAB_EMAIL_PASSWORD", ""),
        sender=env.text("DATALAB_EMAIL_FROM", ""),
        ca_file=env.text("DATALAB_EMAIL_CA_FILE", ""),
    )
