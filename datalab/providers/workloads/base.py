"""Who a pod is: the port, and the words it speaks."""

from dataclasses import dataclass
from typing import Protocol

AUDIENCE = "datalab"
"""Whom the tokens are for that pods show to the platform. Any other is good for nothing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A pod that is there now, and the service account that it acts as."""

    namespace: str
    account: str
    pod: str


class WorkloadIdentity(Protocol):
    """Raises only ProviderError."""

    def whose(self, token: str) -> Workload | None:
        """The pod into which this token was projected, for AUDIENCE. None: any other token.

        A token ends with its pod and with its account, whatever its date says.
        """
