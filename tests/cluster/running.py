"""`make test-cluster`: the tests with the marker kubernetes, on our cluster or on somebody's."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tests.cluster.cluster import down, is_up, load_tool, up
from tests.cluster.layout import ROOT, STATE_VARIABLE, Layout
from tests.cluster.machine import is_required, lacking
from tests.cluster.shell import KitError, say

KUBECONFIG_VARIABLE = "DATALAB_TEST_KUBECONFIG"
_TOOLS = ("jupyter", "mlflow", "vscode")
"""Whose images the tests need."""


def run_tests(layout: Layout, words: Sequence[str]) -> int:
    """pytest's exit code. A cluster that was up stays up."""
    if os.environ.get(KUBECONFIG_VARIABLE):
        return _pytest(words, {})
    if why := lacking():
        if is_required():
            raise KitError(why)
        say(f"Skipped: {why}")
        return 0
    was_up = is_up(layout)
    try:
        up(layout)
        for chart in _TOOLS:
            load_tool(layout, chart)
        return _pytest(words, {STATE_VARIABLE: str(layout.state), "DATALAB_CLUSTER_REQUIRED": "1"})
    finally:
        if not was_up:
            down(layout)


def _pytest(words: Sequence[str], variables: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", "-m", "kubernetes", *(words or ["tests"])]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
