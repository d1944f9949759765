"""What a chart's rendered manifests mean as one process on this machine: pure, nothing is read."""

from collections.abc import Mapping, Sequence
from typing import Any

from datalab.providers.cluster.local.spec import Translation


def translate(
    manifests: Sequence[Mapping[str, Any]], *, release: str, namespace: str
) -> Translation:
    """Raises ProviderRefused with one sentence that names what this machine cannot honour."""
    raise NotImplementedError
