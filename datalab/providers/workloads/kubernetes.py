"""Asks the cluster's API server whose a projected service account token is.

https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/
"""

import re
from pathlib import Path
from typing import Any

from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.workloads.base import AUDIENCE, Workload

_REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews"
_ACCOUNT = re.compile(r"system:serviceaccount:([-a-z0-9]+):([-.a-z0-9]+)")
_POD = "authentication.kubernetes.io/pod-name"
_LOOKS_RIGHT = re.compile(r"[-\w]+\.[-\w]+\.[-\w]+", re.ASCII)
_LONGEST = 8192


class KubernetesWorkloads:
    """Its account needs to `create` TokenReviews, nothing else."""

    def __init__(self, *, kubeconfig: Path | None = None) -> None:
        self._api = KubernetesApi(kubeconfig=kubeconfig)

    def whose(self, token: str) -> Workload | None:
        # What is no JWT at all is not worth a request.
        if len(token) > _LONGEST or not _LOOKS_RIGHT.fullmatch(token):
            return None
        review = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": {"token": token, "audiences": [AUDIENCE]},
        }
        return _workload(self._api.create(_REVIEWS, review).get("status") or {})


def _workload(status: dict[str, Any]) -> Workload | None:
    """A server that does not know audiences returns none, and has not checked ours."""
    if status.get("authenticated") is not True or AUDIENCE not in (status.get("audiences") or []):
        return None
    user = status.get("user") or {}
    account = _ACCOUNT.fullmatch(str(user.get("username", "")))
    pods = (user.get("extra") or {}).get(_POD) or []
    if account is None or len(pods) != 1:
        return None
    return Workload(namespace=account[1], account=account[2], pod=str(pods[0]))
