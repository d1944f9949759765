"""Charts by the helm program, without any cluster."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.charts.base import Manifest
from datalab.providers.charts.cache import (
    Digests,
    RenderCache,
    draws_or_looks_up,
    key_of,
)
from datalab.providers.charts.checks import LARGEST_OUTPUT, check_manifests, check_request
from datalab.providers.charts.helm_errors import error_from
from datalab.providers.charts.program import HelmFailed, HelmProgram

# Without these `.Capabilities.APIVersions.Has "group/version/Kind"` is false for every kind.
API_VERSIONS = (
    "networking.k8s.io/v1/Ingress",
    "networking.k8s.io/v1/NetworkPolicy",
    "apps/v1/StatefulSet",
    "apps/v1/Deployment",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    chart: Path
    release: str
    namespace: str
    values: Mapping[str, Any]


class Helm:
    """`state` holds helm's own empty folders and the cache; None: the platform's."""

    def __init__(self, *, state: Path | None = None, timeout: float = 30) -> None:
        state = Path(state or settings.STATE_DIR)
        self._program = HelmProgram(home=state / "helm", timeout=timeout)
        self._cache = RenderCache(state / "cache" / "renders")
        self._digests = Digests()

    def render(
        self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]
    ) -> Sequence[Manifest]:
        check_request(chart, release=release, namespace=namespace)
        asked = _Asked(chart=chart, release=release, namespace=namespace, values=values)
        digest = self._digests.of(chart)
        key = key_of(digest, release, namespace, values, settings.KUBE_VERSION, API_VERSIONS)
        if self._cache.is_stable(digest):
            kept = self._cache.get(key)
            if kept is not None:
                return kept
        manifests = self._template(asked)
        if not draws_or_looks_up(chart, values) and self._is_stable(digest, asked, manifests):
            self._cache.put(key, manifests)
        return manifests

    def notes(self, chart: Path, *, release: str, namespace: str, values: Mapping[str, Any]) -> str:
        check_request(chart, release=release, namespace=namespace)
        asked = _Asked(chart=chart, release=release, namespace=namespace, values=values)
        found = json.loads(self._run(["install", "--dry-run=client", "--output=json"], asked))
        return str(found.get("info", {}).get("notes", "")).strip()

    def _template(self, asked: _Asked) -> list[Manifest]:
        arguments = ["template", "--skip-tests", "--no-hooks"]
        arguments += ["--kube-version", settings.KUBE_VERSION]
        for version in API_VERSIONS:
            arguments += ["--api-versions", version]
        return _parse(self._run(arguments, asked))

    def _is_stable(self, digest: str, asked: _Asked, manifests: Sequence[Manifest]) -> bool:
        """A chart that is seen for the first time is rendered once more, to compare."""
        stable = self._cache.is_stable(digest)
        if stable is None:
            stable = self._template(asked) == manifests
            self._cache.mark(digest, stable=stable)
        return stable

    def _run(self, options: Sequence[str], asked: _Asked) -> bytes:
        options = [*options, "--namespace", asked.namespace]
        try:
            said = self._program.run(options, asked.release, str(asked.chart), values=asked.values)
        except HelmFailed as failed:
            if failed.stderr is None:
                raise ProviderUnavailable(
                    "Rendering the chart took too long. Try again.", provider="charts"
                ) from failed
            raise error_from(failed.stderr) from failed
        if len(said) > LARGEST_OUTPUT:
            raise ProviderRefused("The chart renders far too much.", provider="charts")
        return said


class _KubernetesLoader(yaml.CSafeLoader):
    """YAML as Kubernetes reads it: a date is a string."""


_KubernetesLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _parse(text: bytes) -> list[Manifest]:
    try:
        # A subclass of the safe loader: it makes plain values only.
        documents = list(yaml.load_all(text, Loader=_KubernetesLoader))
    except yaml.YAMLError as exc:
        raise ProviderRefused("The chart does not render to YAML.", provider="charts") from exc
    return check_manifests(documents)
