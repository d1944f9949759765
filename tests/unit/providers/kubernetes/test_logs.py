"""Which container's words a person means, and of which start."""

from typing import Any

import pytest

from datalab.providers.cluster.kubernetes.logs import has_begun, is_between_starts, tool_of

RUNNING: dict[str, Any] = {"state": {"running": {}}}
CRASHING = {
    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"exitCode": 1}},
}
STARTING = {"state": {"waiting": {"reason": "ContainerCreating"}}, "lastState": {}}
ENDED = {"state": {"terminated": {"exitCode": 0}}}


def pod(*names: str, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    containers = [{"name": name} for name in names]
    return {"metadata": {"annotations": annotations}, "spec": {"containers": containers}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(pod("jupyter"), "jupyter", id="the only one"),
        pytest.param(pod("vault-agent", "jupyter"), "jupyter", id="not the secret store's agent"),
        pytest.param(pod("datalab-relay", "jupyter"), "jupyter", id="not the platform's own"),
        pytest.param(
            pod(
                "proxy",
                "main",
                annotations={"kubectl.kubernetes.io/default-container": "main"},
            ),
            "main",
            id="the one that the chart names",
        ),
        pytest.param(
            pod("main", annotations={"kubectl.kubernetes.io/default-container": "gone"}),
            "main",
            id="not one that is not there",
        ),
        pytest.param(pod("vault-agent"), "vault-agent", id="where there is no other"),
    ],
)
def test_the_tools_own_container_is_read(given: dict[str, Any], expected: str) -> None:
    assert tool_of(given) == expected


@pytest.mark.parametrize(
    ("status", "begun", "between"),
    [
        pytest.param(RUNNING, True, False, id="running"),
        pytest.param(CRASHING, True, True, id="between two starts"),
        pytest.param(STARTING, False, False, id="not begun"),
        pytest.param(ENDED, True, False, id="ended"),
        pytest.param({}, False, False, id="nothing known"),
    ],
)
def test_the_start_that_has_something_to_say_is_asked(
    status: dict[str, Any], begun: bool, between: bool
) -> None:
    assert (has_begun(status), is_between_starts(status)) == (begun, between)
