"""The systems in which a tenant has a place."""

from dataclasses import dataclass

from datalab.providers.cluster.base import ClusterRuntime
from datalab.providers.objects.base import ObjectStore
from datalab.providers.secrets.base import SecretStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    cluster: ClusterRuntime
    objects: ObjectStore
    secrets: SecretStore
