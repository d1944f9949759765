"""`make test-cluster`: the tests with the marker kubernetes, on our cluster or on somebody's."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.cluster.cluster import down, is_up, load_tool, up
from tests.cluster.layout import ROOT, STATE_VARIABLE, Layout
from tests.cluster.machine import is_required, lacking
from tests.cluster.shell import KitError, say

KUBECONFIG_VARIABLE = "DATALAB_TEST_KUBECONFIG"
_TOOLS = ("jupyter", "mlflow", "vscode")
"""Whose images the tests need."""
_TOGETHER = ("-n", "3", "--no-loadscope-reorder")
"""They wait for the cluster most of the time, so more at once than the machine has cores."""
_NONE_CHOSEN = 5
"""pytest's code where none of the tests are meant: https://docs.pytest.org/en/stable/reference/exit-codes.html"""


def run_tests(layout: Layout, words: Sequence[str]) -> int:
    """pytest's exit code. A cluster that was up stays up."""
    if os.environ.get(KUBECONFIG_VARIABLE):
        return _pytest(words, {}, beside=lambda: None)
    if why := lacking():
        if is_required():
            raise KitError(why)
        say(f"Skipped: {why}")
        return 0
    was_up = is_up(layout)
    ours = {STATE_VARIABLE: str(layout.state), "DATALAB_CLUSTER_REQUIRED": "1"}
    try:
        up(layout)
        return _pytest(words, ours, beside=lambda: _load_tools(layout))
    finally:
        if not was_up:
            down(layout)


def _load_tools(layout: Layout) -> None:
    for chart in _TOOLS:
        load_tool(layout, chart)


def _pytest(
    words: Sequence[str], variables: Mapping[str, str], *, beside: Callable[[], None]
) -> int:
    """Those that nothing may run beside, while images are made; then files beside each other."""
    chosen = words or ["tests"]
    with ThreadPoolExecutor(1) as other:
        loading = other.submit(beside)
        alone = _run(["-m", "kubernetes and alone", *chosen], variables)
        loading.result()
    together = _run(["-m", "kubernetes and not alone", *_TOGETHER, *chosen], variables)
    codes = (alone, together)
    return next((code for code in codes if code not in {0, _NONE_CHOSEN}), min(codes))


def _run(words: Sequence[str], variables: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *words]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
