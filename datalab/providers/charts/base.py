"""How a Helm chart becomes manifests: the port."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

Manifest = Mapping[str, Any]


class ChartEngine(Protocol):
    """Raises InvalidInput where values do not fit the chart, else only ProviderError."""

    def render(
        self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
    ) -> Sequence[Manifest]:
        """The chart's manifests, hooks and test pods left out. The same input, the same answer."""

    def notes(
        self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
    ) -> str: ...
