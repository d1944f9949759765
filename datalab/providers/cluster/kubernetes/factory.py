"""Putting the Kubernetes runtime together from the settings."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from datalab.providers import registry
from datalab.providers.charts.program import HelmProgram
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.namespace import parse_borders
from datalab.providers.cluster.kubernetes.releases import TAKES_S, Releases, reaching
from datalab.providers.cluster.kubernetes.runtime import KubernetesRuntime
from datalab.providers.cluster.kubernetes.tenants import TenantNamespaces


def kubernetes_runtime(
    *, kubeconfig: str, borders: Mapping[str, Any], grows: bool, authority_file: str = ""
) -> KubernetesRuntime:
    """`kubeconfig` is a file's path; empty: the cluster is the one of this very pod.

    `authority_file`: see Borders. Read once; where it changes, the workers are started anew.
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
        grows=grows,
    )
