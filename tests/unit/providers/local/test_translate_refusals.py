"""What one machine cannot honour is refused by name; what it does not need is said."""

from typing import Any

import pytest

from datalab.core.errors import ProviderRefused
from tests.unit.providers.local.translating import (
    APP,
    GONE,
    POD,
    Manifest,
    changed,
    chart,
    translated,
)

PROBE = {"httpGet": {"path": "/ok", "port": 8000}}
PVC = "PersistentVolumeClaim:spec"


def of_kind(kind: str, **more: Any) -> Manifest:
    return {"apiVersion": "x/v1", "kind": kind, "metadata": {"name": "extra"}, **more}


def refusal(manifests: list[Manifest]) -> str:
    with pytest.raises(ProviderRefused) as refused:
        translated(manifests)
    assert refused.value.provider == "cluster"
    return refused.value.detail


@pytest.mark.parametrize(
    "kind",
    [
        *("DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod", "ClusterRole", "ClusterRoleBinding"),
        *("PersistentVolume", "Namespace", "CustomResourceDefinition", "Gateway", "HTTPRoute"),
        *("LimitRange", "ResourceQuota", "MutatingWebhookConfiguration", "Anything"),
    ],
)
def test_a_kind_that_cannot_be_played_is_named(kind: str) -> None:
    assert f"{kind} extra" in refusal([*chart(), of_kind(kind)])


POD_FIELDS: dict[str, Any] = {
    "hostNetwork": True,
    "hostPID": True,
    "hostIPC": True,
    "hostUsers": True,
    "shareProcessNamespace": True,
    "setHostnameAsFQDN": True,
    "automountServiceAccountToken": True,
    "restartPolicy": "Never",
    "hostAliases": [{"ip": "1.2.3.4"}],
    "readinessGates": [{"conditionType": "x"}],
    "schedulingGates": [{"name": "x"}],
    "activeDeadlineSeconds": 5,
    "nodeName": "n1",
    "overhead": {"cpu": "1"},
    "resourceClaims": [{"name": "x"}],
    "somethingNew": {"a": 1},
}
CONTAINER_FIELDS: dict[str, Any] = {
    "lifecycle": {"preStop": {"exec": {"command": ["x"]}}},
    "volumeDevices": [{"name": "home", "devicePath": "/dev/x"}],
    "stdin": True,
    "tty": True,
    "restartPolicy": "Always",
    "somethingNew": 1,
}
SECURITY_FIELDS: dict[str, Any] = {
    "privileged": True,
    "allowPrivilegeEscalation": True,
    "capabilities": {"add": ["NET_ADMIN"]},
    "procMount": "Unmasked",
    "runAsUser": 0,
    "seccompProfile": {"type": "Localhost", "localhostProfile": "x"},
    "windowsOptions": {"hostProcess": True},
}
PROBES: dict[str, Any] = {
    "exec": {"exec": {"command": ["true"]}},
    "grpc": {"grpc": {"port": 8000}},
    "scheme": {"httpGet": {**PROBE["httpGet"], "scheme": "HTTPS"}},
    "httpHeaders": {"httpGet": {**PROBE["httpGet"], "httpHeaders": [{"name": "a", "value": "b"}]}},
    "host": {"httpGet": {**PROBE["httpGet"], "host": "10.0.0.1"}},
    "port 9": {"httpGet": {"path": "/", "port": 9}},
    "nope": {"httpGet": {"path": "/", "port": "nope"}},
}
VOLUMES: dict[str, Any] = {
    "hostPath": {"path": "/"},
    "nfs": {"server": "x", "path": "/"},
    "csi": {"driver": "x"},
    "ephemeral": {"volumeClaimTemplate": {}},
    "image": {"reference": "x"},
}


@pytest.mark.parametrize("field", POD_FIELDS)
def test_a_field_of_the_pod_is_named(field: str) -> None:
    assert field in refusal(changed({f"{POD}.{field}": POD_FIELDS[field]}))


@pytest.mark.parametrize("field", CONTAINER_FIELDS)
def test_a_field_of_the_container_is_named(field: str) -> None:
    said = refusal(changed({f"{APP}.{field}": CONTAINER_FIELDS[field]}))
    assert field in said
    assert "container app" in said


@pytest.mark.parametrize("field", SECURITY_FIELDS)
def test_what_the_sandbox_never_grants_is_named(field: str) -> None:
    changes = {f"{APP}.securityContext.{field}": SECURITY_FIELDS[field]}
    named = {"capabilities": "add", "seccompProfile": "Localhost"}.get(field, field)
    assert named in refusal(changed(changes))


@pytest.mark.parametrize("named", PROBES)
@pytest.mark.parametrize("which", ["readinessProbe", "startupProbe"])
def test_a_probe_that_cannot_be_asked_is_named(which: str, named: str) -> None:
    said = refusal(changed({f"{APP}.{which}": PROBES[named]}))
    assert named in said
    assert which in said


@pytest.mark.parametrize("source", VOLUMES)
def test_a_source_of_files_is_named(source: str) -> None:
    said = refusal(changed({f"{POD}.volumes.1": {"name": "conf", source: VOLUMES[source]}}))
    assert source in said
    assert "volume conf" in said


def env(value: dict[str, Any]) -> dict[str, Any]:
    return {f"{APP}.env.0": {"name": "ASKED", **value}}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        # the workload
        pytest.param({"spec.replicas": 3}, "not 3", id="several replicas"),
        pytest.param({"spec.ordinals": {"start": 2}}, "start", id="another ordinal"),
        pytest.param({"spec.somethingNew": 1}, "somethingNew", id="a new field of the workload"),
        pytest.param({"metadata.namespace": "dl-globex"}, "another namespace", id="elsewhere"),
        pytest.param({"metadata.annotations": {"helm.sh/hook": "pre-install"}}, "hook", id="hook"),
        # containers
        pytest.param({f"{POD}.containers.1": {"name": "side"}}, "app, side", id="a side container"),
        pytest.param(
            {f"{POD}.initContainers": [{"name": "first"}]}, "first", id="an init container"
        ),
        pytest.param({f"{POD}.containers": GONE}, "not 0", id="no container"),
        pytest.param({f"{APP}.command": GONE}, "no command", id="only the image knows"),
        # variables
        pytest.param(
            env({"valueFrom": {"configMapKeyRef": {"name": "conf", "key": "NO"}}}),
            "ConfigMap conf has no key NO",
            id="a missing key",
        ),
        pytest.param(
            env({"valueFrom": {"secretKeyRef": {"name": "other", "key": "K"}}}),
            "Secret other is not part of the chart",
            id="a secret from elsewhere",
        ),
        pytest.param(
            {f"{APP}.envFrom.0": {"configMapRef": {"name": "gone"}}},
            "ConfigMap gone",
            id="a whole map from elsewhere",
        ),
        pytest.param(
            env({"valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}),
            "spec.nodeName",
            id="the node's name",
        ),
        pytest.param(
            env({"valueFrom": {"resourceFieldRef": {"resource": "limits.hugepages-2Mi"}}}),
            "limits.hugepages-2Mi",
            id="a limit that is not stated",
        ),
        pytest.param(
            env({"valueFrom": {"fileKeyRef": {"key": "x"}}}), "fileKeyRef", id="a new source"
        ),
        pytest.param({f"{APP}.env.0": {"name": "A=B", "value": ""}}, "A=B", id="no such name"),
        # volumes
        pytest.param(
            {f"{POD}.volumes.0.persistentVolumeClaim.claimName": "theirs"},
            "theirs is not part of the chart",
            id="a claim from elsewhere",
        ),
        pytest.param(
            {f"{APP}.volumeMounts.0.name": "none"}, "no such volume", id="an unknown volume"
        ),
        pytest.param(
            {f"{APP}.volumeMounts.0.mountPropagation": "Bidirectional"},
            "mountPropagation",
            id="propagation",
        ),
        pytest.param(
            {f"{APP}.volumeMounts.0.subPath": "../x"}, "leads out", id="out of the volume"
        ),
        pytest.param(
            {f"{APP}.volumeMounts.0.subPath": "/x"}, "leads out", id="an absolute sub-path"
        ),
        pytest.param(
            {f"{POD}.volumes.1.configMap.items.0.path": "../x"},
            "leads out",
            id="a key that leads out",
        ),
        pytest.param(
            {f"{APP}.volumeMounts.1.mountPath": "/home/me"}, "/home/me", id="two at one place"
        ),
        pytest.param(
            {f"{APP}.volumeMounts.1.mountPath": "conf"}, "absolute", id="a relative place"
        ),
        pytest.param(
            {f"{APP}.volumeMounts.1.mountPath": "/a/../usr"}, "absolute", id="a winding place"
        ),
        pytest.param({f"{PVC}.volumeMode": "Block"}, "volumeMode", id="a block device"),
        pytest.param({f"{PVC}.dataSource": {"name": "x"}}, "dataSource", id="a snapshot"),
        pytest.param({f"{PVC}.resources": GONE}, "no storage", id="no size"),
        pytest.param(
            {f"{PVC}.resources.requests.storage": "many"}, "'many'", id="a size that is none"
        ),
        # sizes
        pytest.param({f"{APP}.resources.limits.cpu": "lots"}, "'lots'", id="a limit that is none"),
        pytest.param(
            {f"{APP}.resources.limits": {"example.test/fpga": 1}}, "fpga", id="other hardware"
        ),
        pytest.param({f"{APP}.resources.claims": [{"name": "x"}]}, "claims", id="a device claim"),
        # the way to it
        pytest.param({f"{APP}.ports.0.hostPort": 80}, "hostPort", id="a port of the host"),
        pytest.param({f"{APP}.ports.0.protocol": "UDP"}, "UDP", id="datagrams"),
        pytest.param(
            {"Service:spec.selector": {"app": "other"}}, "selects no pod", id="a service of another"
        ),
        pytest.param({"Service:spec.type": "ExternalName"}, "ExternalName", id="a name elsewhere"),
        pytest.param(
            {"Service:spec.ports.0.targetPort": "nope"}, "no port 'nope'", id="a port not there"
        ),
        pytest.param({"Service:spec.externalIPs": ["1.2.3.4"]}, "externalIPs", id="an address"),
        pytest.param(
            {"Ingress:spec.rules.0.http.paths.0.path": "/sub"}, "whole host", id="a path of a host"
        ),
        pytest.param(
            {"Ingress:spec.rules.0.http.paths.0.backend.service.name": "other"},
            "Service other",
            id="an ingress to another",
        ),
        pytest.param(
            {"Ingress:spec.rules.0.http.paths.0.backend.service.port": {"number": 81}},
            "no port 81",
            id="an ingress to no port",
        ),
        pytest.param({"Secret:data": {"KEY": "%%%"}}, "not base64", id="a secret that is none"),
    ],
)
def test_it_is_refused_by_name(changes: dict[str, Any], named: str) -> None:
    assert named in refusal(changed(changes))


def test_a_chart_without_a_port_would_be_reached_by_nobody() -> None:
    manifests = changed({f"{APP}.ports": [], f"{APP}.readinessProbe": GONE})
    alone = [one for one in manifests if one["kind"] not in {"Service", "Ingress"}]
    assert "no port" in refusal(alone)


@pytest.mark.parametrize("more", [0, 2], ids=["none", "two"])
def test_a_chart_has_one_workload(more: int) -> None:
    workload, *around = chart()
    others = [{**workload, "metadata": {"name": f"web-{n}"}} for n in range(more)]
    said = refusal([*others, *around])
    assert ("web-0, StatefulSet web-1" if more else "none") in said


# -- notes ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "noted"),
    [
        pytest.param({f"{POD}.nodeSelector": {"a": "b"}}, "nodeSelector", id="node selector"),
        pytest.param({f"{POD}.affinity": {"podAffinity": {"x": 1}}}, "affinity", id="affinity"),
        pytest.param({f"{POD}.tolerations": [{"key": "x"}]}, "tolerations", id="tolerations"),
        pytest.param({f"{POD}.imagePullSecrets": [{"name": "x"}]}, "imagePullSecrets", id="pull"),
        pytest.param({f"{APP}.imagePullPolicy": "Always"}, "imagePullPolicy", id="pull policy"),
        pytest.param({f"{POD}.serviceAccountName": "web"}, "serviceAccountName", id="account"),
        pytest.param({f"{APP}.livenessProbe": PROBE}, "livenessProbe", id="liveness"),
        pytest.param({f"{POD}.securityContext.runAsUser": 999}, "runAsUser: 999", id="user"),
        pytest.param({f"{POD}.securityContext.runAsGroup": 100}, "runAsGroup: 100", id="group"),
        pytest.param(
            {f"{APP}.securityContext.seccompProfile": {"type": "RuntimeDefault"}},
            "seccompProfile",
            id="seccomp",
        ),
        pytest.param({f"{POD}.dnsPolicy": "None"}, "dnsPolicy", id="names"),
        pytest.param(
            {"spec.updateStrategy": {"type": "OnDelete"}}, "updateStrategy", id="strategy"
        ),
        pytest.param({f"{PVC}.storageClassName": "fast"}, "storageClassName", id="storage class"),
        pytest.param({"Service:spec.type": "LoadBalancer"}, "LoadBalancer", id="load balancer"),
        pytest.param({"Ingress:spec.tls": [{"hosts": ["x"]}]}, "tls", id="certificates"),
        pytest.param(
            {"Ingress:metadata.annotations": {"nginx/x": "y"}}, "Ingress web", id="annotations"
        ),
        pytest.param(
            {f"{POD}.volumes.4": {"name": "spare", "hostPath": {"path": "/"}}},
            "volume spare",
            id="a volume that nobody mounts, whatever it is",
        ),
        pytest.param(
            {f"{POD}.volumes.0": {"name": "home", "emptyDir": {}}},
            "PersistentVolumeClaim home",
            id="a claim that nobody mounts",
        ),
        pytest.param({f"{APP}.readinessProbe": GONE}, "Without a readiness probe", id="no probe"),
        pytest.param(
            {
                f"{POD}.volumes.0": {"name": "home", "emptyDir": {}},
                "spec.template.metadata.annotations": {"vault.hashicorp.com/agent-inject": "true"},
            },
            "Vault Agent",
            id="the vault agent",
        ),
        pytest.param(
            {f"{APP}.resources.limits.ephemeral-storage": "1Gi"}, "ephemeral-storage", id="disk"
        ),
    ],
)
def test_what_is_left_out_is_said(changes: dict[str, Any], noted: str) -> None:
    notes = translated(changed(changes)).notes
    assert any(noted in note for note in notes), notes
    assert all(note.endswith(".") for note in notes)


@pytest.mark.parametrize(
    "kind",
    [
        *("NetworkPolicy", "ServiceAccount", "Role", "RoleBinding", "PodDisruptionBudget"),
        *("HorizontalPodAutoscaler", "ServiceMonitor", "PodMonitor"),
    ],
)
def test_a_kind_that_is_not_needed_is_said(kind: str) -> None:
    notes = translated([*chart(), of_kind(kind, spec={"whatever": 1})]).notes
    assert any(f"{kind} extra" in note for note in notes)


def test_a_charts_own_tests_are_not_run_and_that_is_said() -> None:
    pod = of_kind("Pod")
    pod["metadata"]["annotations"] = {"helm.sh/hook": "test"}
    assert any("Pod extra" in note for note in translated([*chart(), pod]).notes)


def test_a_chart_of_which_nothing_is_left_out_says_only_what_is_so_everywhere() -> None:
    changes = {f"{POD}.securityContext.fsGroup": GONE}
    assert translated(changed(changes)).notes == []
