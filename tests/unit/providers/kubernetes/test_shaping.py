"""From a chart's manifests to those of one release."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from datalab.core.errors import ProviderRefused
from datalab.providers.cluster.base import Release, ReleaseRef
from datalab.providers.cluster.kubernetes.reading import INSTANCE
from datalab.providers.cluster.kubernetes.shaping import (
    RESTARTS,
    digest_of,
    in_place,
    shaped,
    values_for,
)
from datalab.providers.cluster.placement import Placement


def release(**changed: Any) -> Release:
    known: dict[str, Any] = {"values": {"a": 1}, **changed}
    ref = ReleaseRef(namespace="dl-acme", name="lab")
    return Release(ref=ref, chart=Path("/charts/lab"), version="1", **known)


def workload(kind: str = "StatefulSet", name: str = "lab", **spec: Any) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "tool"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"template": template, **spec},
    }


SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "lab"}}


@pytest.mark.parametrize(
    ("said", "paused", "replicas"),
    [
        pytest.param({}, False, 1, id="one, where the chart says nothing"),
        pytest.param({"replicas": 3}, False, 3, id="as many as the chart says"),
        pytest.param({"replicas": 0}, False, 0, id="none, where the chart says so"),
        pytest.param({"replicas": 3}, True, 0, id="none while it is paused"),
        pytest.param({}, True, 0, id="none while it is paused, whatever the chart says"),
    ],
)
@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment"])
def test_replicas_are_always_said(
    kind: str, said: dict[str, Any], paused: bool, replicas: int
) -> None:
    [found] = shaped([workload(kind, **said)], release(paused=paused))
    assert found["spec"]["replicas"] == replicas


def test_a_charts_network_policy_opens_nothing_that_the_namespace_has_closed() -> None:
    opens = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "lab"},
        "spec": {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{}]},
    }
    assert [one["kind"] for one in shaped([opens, SERVICE], release())] == ["Service"]


@pytest.mark.parametrize(
    ("kind", "said", "policy"),
    [
        pytest.param("StatefulSet", {}, "Parallel", id="one pod"),
        pytest.param("StatefulSet", {"replicas": 3}, None, id="several: in their order"),
        pytest.param(
            "StatefulSet",
            {"podManagementPolicy": "OrderedReady"},
            "OrderedReady",
            id="the chart says how",
        ),
        pytest.param("Deployment", {}, None, id="no StatefulSet"),
    ],
)
@pytest.mark.parametrize("paused", [False, True])
def test_a_pod_that_never_gets_ready_can_be_replaced(
    kind: str, said: dict[str, Any], policy: str | None, paused: bool
) -> None:
    """Also while it is paused: Kubernetes lets nobody change it later."""
    [found] = shaped([workload(kind, **said)], release(paused=paused))
    assert found["spec"].get("podManagementPolicy") == policy


def test_a_restart_changes_the_pods_template_and_nothing_else() -> None:
    [before] = shaped([workload()], release())
    [after] = shaped([workload()], release(restarts=2))
    template = after["spec"]["template"]
    assert template["metadata"]["annotations"] == {RESTARTS: "2"}
    del template["metadata"]["annotations"]
    assert after == before


def test_all_that_is_asked_for_can_be_found_by_its_release() -> None:
    claims = [{"metadata": {"name": "home"}}]
    own = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "lab"}}
    found, *others = shaped([workload(volumeClaimTemplates=claims), own, SERVICE], release())
    template, claimed = found["spec"]["template"], found["spec"]["volumeClaimTemplates"][0]
    for labelled in (found, template, claimed, *others):
        assert labelled["metadata"]["labels"] == {INSTANCE: "lab"}


def test_what_the_chart_calls_its_pods_stays() -> None:
    given = workload()
    given["spec"]["template"]["metadata"] = {"labels": {INSTANCE: "other"}, "annotations": None}
    [found] = shaped([given], release(restarts=1))
    assert found["spec"]["template"]["metadata"]["labels"] == {INSTANCE: "other"}


def test_all_else_is_left_alone_and_the_given_is_not_changed() -> None:
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "lab"}}
    given = [settings, workload(replicas=2)]
    before = copy.deepcopy(given)
    assert shaped(given, release(paused=True))[0] == settings
    assert given == before


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param({**SERVICE, "kind": "ClusterRole"}, id="a kind without a namespace"),
        pytest.param({**SERVICE, "apiVersion": "batch/v1", "kind": "Job"}, id="an unknown kind"),
        pytest.param(
            {**SERVICE, "metadata": {"name": "lab", "namespace": "dl-globex"}},
            id="another tenant's namespace",
        ),
    ],
)
def test_nothing_reaches_beyond_the_tenants_namespace(foreign: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused, match="may"):
        shaped([workload(), foreign], release())


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        pytest.param({}, True, id="the same"),
        pytest.param({"files": {"/a": b"x"}}, True, id="other files"),
        pytest.param({"values": {"a": 2}}, False, id="other values"),
        pytest.param({"restarts": 1}, False, id="a restart"),
        pytest.param({"paused": True}, False, id="a pause"),
    ],
)
def test_the_digest_names_what_should_run(changed: dict[str, Any], same: bool) -> None:
    digest = digest_of(release(), "chart")
    assert (digest_of(release(**changed), "chart") == digest) is same
    assert len(digest) <= 63  # it is a label
    assert digest_of(release(), "another chart") != digest


@pytest.mark.parametrize(
    ("defaults", "paused", "expected"),
    [
        pytest.param({"global": {"suspend": False}}, True, True, id="a chart that knows how"),
        pytest.param({"global": {"suspend": False}}, False, None, id="not paused"),
        pytest.param({"global": {}}, True, None, id="a chart with other globals"),
        pytest.param({"global": None}, True, None, id="a chart with none"),
        pytest.param({}, True, None, id="a chart that says nothing"),
    ],
)
def test_a_chart_that_can_be_suspended_is_told(
    defaults: dict[str, Any], paused: bool, expected: bool | None
) -> None:
    given = release(paused=paused, values={"global": {"other": 1}})
    found = values_for(given, defaults)["global"]
    assert (found["other"], found.get("suspend")) == (1, expected)
    assert given.values == {"global": {"other": 1}}


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        pytest.param([workload(replicas=1)], True, id="as it should be"),
        pytest.param([], False, id="deleted by hand"),
        pytest.param([workload(replicas=0)], False, id="scaled away by hand"),
        pytest.param([workload(replicas=2)], False, id="scaled up by hand"),
        pytest.param([workload("Deployment", replicas=1)], False, id="another kind"),
        pytest.param(
            [workload(replicas=1), workload(name="more", replicas=1)], True, id="more than wanted"
        ),
    ],
)
def test_what_is_missing_or_scaled_by_hand_is_noticed(
    live: list[dict[str, Any]], expected: bool
) -> None:
    assert in_place(shaped([SERVICE, workload()], release()), live) is expected


POOL = Placement(node_selector={"pool": "gpu"}, devices={"amd.com/gpu": 1})


def test_a_placement_reaches_the_pods() -> None:
    [found] = shaped([workload()], release(placement=POOL))
    pod = found["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"pool": "gpu"}
    assert pod["containers"][0]["resources"]["limits"] == {"amd.com/gpu": "1"}


def test_another_placement_is_another_release_and_none_is_as_before() -> None:
    """What runs is not installed anew because placements came to be."""
    digests = {
        digest_of(release(placement=one), "c")
        for one in (Placement(), POOL, Placement(node_selector={"pool": "gpu"}))
    }
    assert len(digests) == 3
    text = json.dumps(["c", {"a": 1}, 0, False])
    assert digest_of(release(), "c") == hashlib.sha256(text.encode()).hexdigest()[:40]
