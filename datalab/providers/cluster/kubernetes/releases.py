"""Helm's releases on a cluster. What is installed is what was rendered and checked before.

The chart itself is not given to a helm that reaches a cluster: there a template may `lookup` any
object that the platform may read, other tenants' secrets among them, and a value with `{{ }}` in it
is a template to many charts. So helm gets a chart that consists of the finished manifests. Hooks and
CRDs, which nobody has checked, are never run.
"""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from datalab.core.errors import ProviderRefused
from datalab.core.names import is_label
from datalab.providers.charts.checks import check_request
from datalab.providers.charts.program import HelmFailed, HelmProgram
from datalab.providers.cluster.base import Release, ReleaseRef
from datalab.providers.cluster.kubernetes.helm_errors import error_from
from datalab.providers.cluster.kubernetes.records import DIGEST

TAKES_S = 40.0
"""Of one call of helm. Even two end before another worker may claim the service."""
HISTORY = 5
_TEMPLATE = '{{ .Files.Get "manifests.yaml" }}\n'
_KEPT_OF_CHART = ("name", "version", "appVersion", "description", "home", "icon", "keywords")
_POD = ("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    helm: HelmProgram

    def install(
        self, release: Release, manifests: Sequence[Mapping[str, Any]], *, digest: str
    ) -> None:
        """Install or upgrade. Returns once the API server has all of it, not once it is ready.

        Rolling back is this as well, with what was applied before: `helm rollback` knows only the
        revisions that it still has (a paused one, or one that was killed, among them), and would
        bring back replicas, labels and owners as they were then.
        """
        check_request(release.chart, release=release.ref.name, namespace=release.ref.namespace)
        options = ["upgrade", "--install", "--namespace", release.ref.namespace]
        options += ["--history-max", str(HISTORY), "--labels", f"{DIGEST}={digest}"]
        options += ["--server-side=true", "--force-conflicts", "--no-hooks", "--skip-crds"]
        # What a refused change had already made belongs to no revision that is ever gone back to.
        options += ["--cleanup-on-fail"]
        # The API server validates strictly by itself; helm would fetch its whole schema for that.
        options += ["--disable-openapi-validation", "--hide-notes"]
        options += ["--timeout", f"{TAKES_S:.0f}s"]
        self.helm.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="release-", dir=self.helm.home) as folder:
            finished = _finished(Path(folder), release.chart, manifests)
            self._run(options, release.ref.name, str(finished), values=release.values)

    def uninstall(self, ref: ReleaseRef) -> None:
        """Storage that the chart marks `helm.sh/resource-policy: keep` stays."""
        if not (is_label(ref.name) and is_label(ref.namespace)):
            raise ProviderRefused("The name is not usable.", provider="cluster")
        options = ["uninstall", "--namespace", ref.namespace, "--ignore-not-found", "--no-hooks"]
        self._run([*options, "--timeout", f"{TAKES_S:.0f}s"], ref.name)

    def _run(
        self, options: Sequence[str], *names: str, values: Mapping[str, Any] | None = None
    ) -> None:
        try:
            self.helm.run(options, *names, values=values)
        except HelmFailed as failed:
            raise error_from(failed.stderr) from failed


def reaching(kubeconfig: Path | None) -> dict[str, str]:
    """The variables by which helm finds the cluster. None: it is the one of this very pod."""
    if kubeconfig is not None:
        return {"KUBECONFIG": str(kubeconfig)}
    return {name: os.environ[name] for name in _POD if name in os.environ}


def _finished(folder: Path, chart: Path, manifests: Sequence[Mapping[str, Any]]) -> Path:
    """A chart with nothing left to render, of the same name and version. JSON is YAML."""
    said = yaml.safe_load((chart / "Chart.yaml").read_text()) or {}
    about = {"apiVersion": "v2", "type": "application"}
    about |= {key: said[key] for key in _KEPT_OF_CHART if key in said}
    finished = folder / "chart"
    (finished / "templates").mkdir(parents=True)
    (finished / "Chart.yaml").write_text(json.dumps(about))
    documents = [f"---\n{json.dumps(one)}\n" for one in manifests]
    (finished / "manifests.yaml").write_text("".join(documents))
    (finished / "templates" / "all.yaml").write_text(_TEMPLATE)
    return finished
