"""What every chart engine refuses before it does anything."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datalab.core.errors import InvalidInput, ProviderRefused
from datalab.core.names import RELEASE_MAX, is_label
from datalab.providers.charts.base import Manifest

LARGEST_OUTPUT = 8 * 1024 * 1024
"""Bytes of rendered text."""
MOST_NODES = 100_000
"""Mappings, lists and scalars of one rendered chart; YAML's aliases count as often as used."""


def check_request(chart: Path, *, release: str, namespace: str) -> None:
    """Names reach a command line: only plain DNS labels do, so none can be read as an option."""
    if not is_label(release, longest=RELEASE_MAX):
        raise InvalidInput(
            "The name is not usable.",
            fields={
                "name": f"Use lower-case letters, digits and hyphens, {RELEASE_MAX} at most, "
                "beginning with a letter."
            },
        )
    if not is_label(namespace):
        raise InvalidInput("The namespace is not usable.", fields={"namespace": "Not a DNS label."})
    if not chart.is_absolute() or not (chart / "Chart.yaml").is_file():
        raise ProviderRefused("There is no such chart on this platform.", provider="charts")


def check_manifests(documents: Sequence[Any]) -> list[Manifest]:
    """The documents that are objects of Kubernetes; ProviderRefused where any is something else."""
    budget = MOST_NODES
    manifests: list[Manifest] = []
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, Mapping) or not isinstance(document.get("kind"), str):
            raise ProviderRefused("The chart renders something without a kind.", provider="charts")
        budget -= _nodes(document, budget)
        manifests.append(document)
    return manifests


def _nodes(value: Any, budget: int) -> int:
    """How many nodes a value has when written out. An alias may stand for very many."""
    waiting, count = [value], 0
    while waiting:
        one = waiting.pop()
        count += 1
        if count > budget:
            raise ProviderRefused("The chart renders far too much.", provider="charts")
        if isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return count
