from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from datalab.catalog.policy import Policy, findings

POLICY = Policy(
    namespace="dl-acme",
    host="nb.localhost",
    account="nb",
    images=["quay.io/jupyter/", "ghcr.io/mlflow/mlflow"],
)
HARMLESS: dict[str, Any] = {
    "apiVersion": "apps/v1",
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
        pytest.param("apiVersion", "evil.io/v1", "kind", id="a kind of the same name"),
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
        pytest.param(f"{POD}.hostIPC", True, "host", id="the host's shared memory"),
        pytest.param(f"{POD}.nodeName", "node-1", "placement", id="a node by name"),
        pytest.param(f"{POD}.priorityClassName", "high", "placement", id="before all others"),
        pytest.param(f"{POD}.nodeSelector", {"pool": "gpu"}, "placement", id="a node by its label"),
        pytest.param(
            f"{POD}.tolerations", [{"operator": "Exists"}], "placement", id="a node kept free"
        ),
        pytest.param(
            f"{POD}.affinity", {"nodeAffinity": {}}, "placement", id="a node by its affinity"
        ),
        pytest.param(
            f"{POD}.runtimeClassName", "gpu", "placement", id="a class that tolerates taints"
        ),
        pytest.param(
            f"{POD}.securityContext.sysctls", [{"name": "kernel.x"}], "host", id="kernel parameters"
        ),
        pytest.param(f"{POD}.serviceAccountName", "bobs", "account", id="another's account"),
        pytest.param(f"{POD}.volumes", [{"name": "v", "csi": {}}], "volume", id="an inline driver"),
        pytest.param(
            f"{POD}.volumes",
            [{"name": "v", "persistentVolumeClaim": {"claimName": "bobs"}}],
            "volume",
            id="another's volume",
        ),
        pytest.param(
            f"{POD}.volumes",
            [{"name": "v", "secret": {"secretName": "sh.helm.release.v1.bobs.v1"}}],
            "secret",
            id="another's values",
        ),
        pytest.param(
            f"{POD}.volumes",
            [{"name": "v", "projected": {"sources": [{"secret": {"name": "bobs"}}]}}],
            "secret",
            id="another's secret, projected",
        ),
        pytest.param(
            f"{POD}.volumes",
            [{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}],
            "token",
            id="a projected token of the cluster",
        ),
        pytest.param(
            f"{POD}.containers.0.envFrom", [{"secretRef": {"name": "bobs"}}], "secret", id="envFrom"
        ),
        pytest.param(
            f"{POD}.containers.0.env",
            [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "bobs", "key": "k"}}}],
            "secret",
            id="one variable from another's secret",
        ),
        pytest.param(
            f"{POD}.containers.0.readinessProbe",
            {"httpGet": {"host": "169.254.169.254", "path": "/"}},
            "probe",
            id="a probe of something else",
        ),
        pytest.param(
            f"{POD}.containers.0.lifecycle",
            {"preStop": {"httpGet": {"host": "10.0.0.1"}}},
            "probe",
            id="a hook that asks something else",
        ),
        pytest.param(
            f"{POD}.containers.0.resources",
            {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}},
            "resource",
            id="more requested than allowed",
        ),
        pytest.param(
            f"{POD}.containers.0.resources",
            {"limits": {"smarter-devices/fuse": 1}},
            "resource",
            id="a device that no quota counts",
        ),
        pytest.param(f"{SECURITY}.procMount", "Unmasked", "confinement", id="all of /proc"),
        pytest.param(
            f"{POD}.securityContext.appArmorProfile",
            {"type": "Unconfined"},
            "confinement",
            id="no AppArmor",
        ),
    ],
)
def test_what_is_not_allowed_is_found(path: str, value: Any, code: str) -> None:
    assert code in {found.code for found in findings([changed(path, value)], POLICY)}


def test_init_containers_are_looked_at_as_well() -> None:
    manifest = changed(f"{POD}.initContainers", [{"name": "i", "image": "evil/x"}])
    assert "image" in {found.code for found in findings([manifest], POLICY)}


@pytest.mark.parametrize(
    ("kind", "version", "spec", "codes"),
    [
        pytest.param("Service", "v1", {"type": "NodePort"}, ["service"], id="a port of each node"),
        pytest.param("Service", "v1", {"externalIPs": ["1.2.3.4"]}, ["service"], id="an address"),
        pytest.param("Service", "v1", {"clusterIP": "None"}, [], id="inside only"),
        pytest.param(
            "PersistentVolumeClaim", "v1", {"volumeName": "bobs"}, ["storage"], id="a known volume"
        ),
        pytest.param(
            "PersistentVolumeClaim",
            "v1",
            {"dataSource": {"kind": "VolumeSnapshot", "name": "bobs"}},
            ["storage"],
            id="a snapshot",
        ),
        pytest.param(
            "StatefulSet",
            "apps/v1",
            {
                "volumeClaimTemplates": [{"spec": {"volumeName": "bobs"}}],
                "template": HARMLESS["spec"]["template"],
            },
            ["storage"],
            id="a known volume in a template",
        ),
        pytest.param(
            "Ingress",
            "networking.k8s.io/v1",
            {"rules": [{"host": "nb.localhost"}, {"host": "ui.nb.localhost"}]},
            [],
            id="its own hosts",
        ),
        pytest.param(
            "Ingress",
            "networking.k8s.io/v1",
            {"rules": [{"host": "localhost"}]},
            ["host-name"],
            id="the page's host",
        ),
        pytest.param(
            "Ingress",
            "networking.k8s.io/v1",
            {"rules": [{"host": "evilnb.localhost"}]},
            ["host-name"],
            id="a host that ends alike",
        ),
        pytest.param(
            "Ingress",
            "networking.k8s.io/v1",
            {"rules": [{"http": {}}]},
            ["host-name"],
            id="every host",
        ),
        pytest.param(
            "Ingress",
            "networking.k8s.io/v1",
            {"defaultBackend": {"service": {}}},
            ["host-name"],
            id="what nobody else answers",
        ),
        pytest.param(
            "HTTPRoute",
            "gateway.networking.k8s.io/v1",
            {"hostnames": ["bobs.localhost"]},
            ["host-name"],
            id="another's host by a gateway",
        ),
        pytest.param(
            "HTTPRoute", "gateway.networking.k8s.io/v1", {}, ["host-name"], id="every host as well"
        ),
    ],
)
def test_what_stands_around_a_tool(
    kind: str, version: str, spec: dict[str, Any], codes: list[str]
) -> None:
    manifest = {"apiVersion": version, "kind": kind, "metadata": {"name": "m"}, "spec": spec}
    assert [found.code for found in findings([manifest], POLICY)] == codes


def test_a_route_brings_no_configuration_of_the_front_door() -> None:
    notes = {"nginx.ingress.kubernetes.io/server-snippet": "return 200;"}
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "i", "annotations": notes},
        "spec": {"rules": [{"host": "nb.localhost"}]},
    }
    assert [found.code for found in findings([manifest], POLICY)] == ["route"]


@pytest.mark.parametrize(
    ("mounted", "chosen", "allowed"),
    [
        pytest.param("nb.secrets", "nb.secrets", True, id="its own"),
        pytest.param("nb.secrets", "", False, id="its own, though none were chosen"),
        pytest.param("eves.secrets", "nb.secrets", False, id="another service's"),
    ],
)
def test_the_platforms_secret_is_for_its_own_service_alone(
    mounted: str, chosen: str, allowed: bool
) -> None:
    volumes = [{"name": "v", "secret": {"secretName": mounted}}]
    found = findings([changed(f"{POD}.volumes", volumes)], replace(POLICY, secret=chosen))
    assert [one.code for one in found] == ([] if allowed else ["secret"])


def test_a_chart_brings_no_secret_that_another_service_would_be_given() -> None:
    brought = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "nb.secrets", "namespace": "dl-acme"},
    }
    assert [one.code for one in findings([brought], POLICY)] == ["secret"]


def test_a_secret_that_asks_for_a_token_is_none() -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "t"},
        "type": "kubernetes.io/service-account-token",
    }
    assert [found.code for found in findings([manifest], POLICY)] == ["token"]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("eks.amazonaws.com/role-arn", ["account"]),
        ("iam.gke.io/gcp-service-account", ["account"]),
        ("azure.workload.identity/client-id", ["account"]),
        ("helm.sh/resource-policy", []),
    ],
)
def test_an_account_is_nobody_in_the_cloud(name: str, codes: list[str]) -> None:
    metadata = {"name": "nb", "annotations": {name: "admin"}}
    manifest = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    assert [found.code for found in findings([manifest], POLICY)] == codes


def test_what_the_chart_brings_along_may_be_used() -> None:
    workload = changed(f"{POD}.serviceAccountName", "nb")
    pod = workload["spec"]["template"]["spec"]
    pod["volumes"] = [
        {"name": "a", "persistentVolumeClaim": {"claimName": "nb"}},
        {"name": "b", "secret": {"secretName": "nb"}},
        {
            "name": "c",
            "projected": {
                "sources": [{"serviceAccountToken": {"path": "token", "audience": "vault"}}]
            },
        },
    ]
    pod["containers"][0]["envFrom"] = [{"secretRef": {"name": "nb"}}]
    brought = [
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": "nb"}}
        for kind in ("ServiceAccount", "PersistentVolumeClaim", "Secret")
    ]
    assert findings([*brought, workload], POLICY) == []


def holder(account: str) -> list[dict[str, Any]]:
    """A pod that is given a token, as this account, which its release brings."""
    workload = changed(
        f"{POD}.volumes",
        [
            {
                "name": "t",
                "projected": {"sources": [{"serviceAccountToken": {"audience": "vault"}}]},
            }
        ],
    )
    if account:
        workload["spec"]["template"]["spec"]["serviceAccountName"] = account
    brought = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}}
    return [brought, workload] if account else [workload]


@pytest.mark.parametrize(
    ("account", "codes"),
    [
        pytest.param("nb", [], id="the release's own"),
        pytest.param("bobs-next", ["account"], id="one that waits for bob's next release"),
        pytest.param("nb-2", ["account"], id="one that begins like it"),
        pytest.param("", ["account"], id="the namespace's default"),
    ],
)
def test_what_gets_a_token_acts_as_the_account_called_like_its_release(
    account: str, codes: list[str]
) -> None:
    assert [found.code for found in findings(holder(account), POLICY)] == codes


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("vault.hashicorp.com/agent-inject", True),
        ("vault.hashicorp.com/role", True),
        ("vault.hashicorp.com/agent-inject-template-env.sh", True),
        ("vault.hashicorp.com/agent-limits-cpu", True),
        ("example.com/agent-image", True),
        ("vault.hashicorp.com/agent-image", False),
        ("vault.hashicorp.com/agent-run-as-user", False),
        ("vault.hashicorp.com/agent-json-patch", False),
        ("vault.hashicorp.com/agent-configmap", False),
        ("vault.hashicorp.com/agent-inject-command-x", False),
        ("vault.hashicorp.com/agent-set-security-context", False),
        ("vault.hashicorp.com/service", False),
    ],
)
def test_a_chart_says_what_the_agent_renders_and_not_how_it_runs(name: str, allowed: bool) -> None:
    manifest = changed("spec.template.metadata", {"annotations": {name: "x"}})
    assert [found.code for found in findings([manifest], POLICY)] == ([] if allowed else ["agent"])


@pytest.mark.parametrize("broken", [None, [], "text", 5])
def test_a_manifest_of_another_shape_is_found_or_harmless_but_no_crash(broken: Any) -> None:
    for kind, version in (("StatefulSet", "apps/v1"), ("Ingress", "networking.k8s.io/v1")):
        manifest = {"apiVersion": version, "kind": kind, "metadata": {"name": "m"}, "spec": broken}
        assert findings([manifest], POLICY)
