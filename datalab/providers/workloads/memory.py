"""Pods in a dictionary, for tests."""

import secrets
from dataclasses import dataclass, field

from datalab.core.errors import ProviderUnavailable
from datalab.providers.workloads.base import AUDIENCE, Workload


@dataclass(slots=True)
class MemoryWorkloads:
    down: bool = False
    asked: int = 0
    _pods: dict[str, Workload] = field(default_factory=dict, repr=False)

    # -- what a test may arrange -----------------------------------------------------------------
    def token(
        self, namespace: str, account: str, *, pod: str = "", audience: str = AUDIENCE
    ) -> str:
        """As the kubelet projects it; without `pod` one that somebody has made by hand."""
        token = f"{secrets.token_hex(8)}.{secrets.token_hex(8)}.{secrets.token_hex(8)}"
        if pod and audience == AUDIENCE:
            self._pods[token] = Workload(namespace=namespace, account=account, pod=pod)
        return token

    def end(self, token: str) -> None:
        """The pod is gone."""
        del self._pods[token]

    # -- the port --------------------------------------------------------------------------------
    def whose(self, token: str) -> Workload | None:
        self.asked += 1
        if self.down:
            raise ProviderUnavailable("The cluster does not answer.", provider="cluster")
        return self._pods.get(token)
