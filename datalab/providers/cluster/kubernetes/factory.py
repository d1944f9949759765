"""Putting the Kubernetes runtime together from the settings."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from datalab.core.delivery import Delivery
from datalab.providers import registry
from datalab.providers.charts.program import HelmProgram
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.chosen import StoreAddress
from datalab.providers.cluster.kubernetes.delivering import (
    ByExternalSecrets,
    ByInjector,
    ByKubernetesSecret,
    Way,
)
from datalab.providers.cluster.kubernetes.namespace import parse_borders
from datalab.providers.cluster.kubernetes.releases import TAKES_S, Releases, reaching
from datalab.providers.cluster.kubernetes.runtime import KubernetesRuntime
from datalab.providers.cluster.kubernetes.tenants import TenantNamespaces


def kubernetes_runtime(
    *,
    kubeconfig: str,
    borders: Mapping[str, Any],
    grows: bool,
    authority_file: str = "",
    delivery: str = Delivery.INJECTOR,
    store: Mapping[str, str] | None = None,
) -> KubernetesRuntime:
    """`kubeconfig` is a file's path; empty: the cluster is the one of this very pod.

    `authority_file`: see Borders. `store` is where the External Secrets operator finds secrets:
    address, mount, kubernetes_auth, ca_file. Files are read once; where they change, the workers
    are started anew.
    """
    file = Path(kubeconfig) if kubeconfig else None
    api = KubernetesApi(kubeconfig=file)
    authority = Path(authority_file).read_text() if authority_file else ""
    home = Path(settings.STATE_DIR) / "helm-cluster"
    return KubernetesRuntime(
        api=api,
        releases_of_helm=Releases(
            helm=HelmProgram(home=home, timeout=TAKES_S, reaches=reaching(file))
        ),
        charts=registry.chart_engine(),
        tenants=TenantNamespaces(
            api=api, borders=replace(parse_borders(borders), authority=authority)
        ),
        secrets=_way(Delivery(delivery), api, store or {}),
        grows=grows,
    )


def _way(delivery: Delivery, api: KubernetesApi, store: Mapping[str, str]) -> Way:
    match delivery:
        case Delivery.INJECTOR:
            return ByInjector()
        case Delivery.EXTERNAL_SECRETS:
            return ByExternalSecrets(api=api, store=_address(store))
        case Delivery.KUBERNETES_SECRET:
            return ByKubernetesSecret(api=api)


def _address(store: Mapping[str, str]) -> StoreAddress:
    file = store["ca_file"]
    return StoreAddress(
        address=store["address"],
        mount=store["mount"],
        kubernetes_auth=store["kubernetes_auth"],
        authority=Path(file).read_text() if file else "",
    )
