from copy import deepcopy
from typing import Any

import pytest

from datalab.catalog.policy import Policy, findings

POLICY = Policy(namespace="dl-acme", images=["quay.io/jupyter/", "ghcr.io/mlflow/mlflow"])
HARMLESS: dict[str, Any] = {
    "kind": "Deployment",
    "metadata": {"name": "x", "namespace": "dl-acme"},
    "spec": {
        "template": {
            "spec": {
                "automountServiceAccountToken": False,
                "securityContext": {
                    "runAsNonRoot": True,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "volumes": [{"name": "v", "emptyDir": {}}],
                "containers": [
                    {
                        "name": "c",
                        "image": "quay.io/jupyter/minimal-notebook:1",
                        "securityContext": {
                            "allowPrivilegeEscalation": False,
                            "capabilities": {"drop": ["ALL"]},
                        },
                    }
                ],
            }
        }
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    manifest = deepcopy(HARMLESS)
    place: Any = manifest
    *way, last = path.split(".")
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[last] = value
    return manifest


POD = "spec.template.spec"
SECURITY = f"{POD}.containers.0.securityContext"


def test_a_harmless_workload_has_no_findings() -> None:
    assert findings([HARMLESS], POLICY) == []


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        pytest.param("kind", "ClusterRole", "kind", id="a cluster role"),
        pytest.param("kind", "DaemonSet", "kind", id="a daemon set"),
        pytest.param("metadata.namespace", "dl-globex", "namespace", id="another namespace"),
        pytest.param(f"{POD}.hostNetwork", True, "host", id="the host's network"),
        pytest.param(f"{POD}.hostPID", True, "host", id="the host's processes"),
        pytest.param(f"{POD}.volumes", [{"name": "v", "hostPath": {}}], "volume", id="a host path"),
        pytest.param(f"{POD}.automountServiceAccountToken", True, "token", id="a cluster token"),
        pytest.param(f"{SECURITY}.privileged", True, "privileged", id="privileged"),
        pytest.param(f"{SECURITY}.allowPrivilegeEscalation", True, "escalation", id="escalation"),
        pytest.param(f"{SECURITY}.runAsUser", 0, "root", id="root"),
        pytest.param(
            f"{SECURITY}.capabilities", {"add": ["SYS_ADMIN"]}, "capabilities", id="capabilities"
        ),
        pytest.param(
            f"{SECURITY}.seccompProfile", {"type": "Unconfined"}, "seccomp", id="no seccomp"
        ),
        pytest.param(f"{POD}.containers.0.ports", [{"hostPort": 80}], "host", id="a host port"),
        pytest.param(f"{POD}.containers.0.image", "evil/image:1", "image", id="another image"),
        pytest.param(
            f"{POD}.containers.0.image", "ghcr.io/mlflow/mlflow-evil:1", "image", id="a longer name"
        ),
    ],
)
def test_what_is_not_allowed_is_found(path: str, value: Any, code: str) -> None:
    assert code in {found.code for found in findings([changed(path, value)], POLICY)}


def test_init_containers_are_looked_at_as_well() -> None:
    manifest = changed(f"{POD}.initContainers", [{"name": "i", "image": "evil/x"}])
    assert "image" in {found.code for found in findings([manifest], POLICY)}


def test_a_service_has_no_port_of_its_own_to_the_world() -> None:
    service = {"kind": "Service", "metadata": {"name": "s"}, "spec": {"type": "NodePort"}}
    assert [found.code for found in findings([service], POLICY)] == ["service"]
