"""What helm says about a cluster, in words for people: never its own."""

import pytest

from datalab.core.errors import ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.kubernetes.helm_errors import error_from

NO_ROOM = (
    'Error: failed to create resource: persistentvolumeclaims "lab" is forbidden: exceeded quota: '
    "datalab, requested: requests.storage=20Gi, used: requests.storage=0, limited: 10Gi"
)
BEING_REMOVED = (
    'Error: secrets "sh.helm.release.v1.lab.v1" is forbidden: unable to create new content in '
    "namespace dl-acme because it is being terminated"
)
ANOTHERS = (
    'Error: Unable to continue with install: Service "lab" in namespace "dl-acme" exists and cannot '
    "be imported into the current release: invalid ownership metadata"
)
NOT_LET = (
    'Error: query: failed to query with labels: secrets is forbidden: User "x" cannot list resource'
)
FIXED = (
    'Error: UPGRADE FAILED: StatefulSet.apps "lab" is invalid: spec: Forbidden: updates to '
    "statefulset spec for fields other than 'replicas' are forbidden"
)
CUT_WHILE_LOOKING = (
    "Error: unable to continue with install: could not get information about the resource ConfigMap "
    '"lab" in namespace "dl-acme": Get "https://10.0.0.1:6443/api/v1/namespaces/dl-acme/configmaps/'
    'lab": EOF'
)
CUT_WHILE_MAKING = (
    "Error: server-side apply failed for object dl-acme/lab apps/v1, Kind=StatefulSet: Patch "
    '"https://10.0.0.1:6443/apis/apps/v1/namespaces/dl-acme/statefulsets/lab?fieldManager=helm": EOF'
)
SHRUNK = "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"


@pytest.mark.parametrize(
    ("stderr", "kind", "word"),
    [
        pytest.param(None, ProviderUnavailable, "interrupted", id="ended after its time"),
        pytest.param(
            "Error: Kubernetes cluster unreachable: dial tcp: connect: connection refused",
            ProviderUnavailable,
            "does not answer",
            id="nobody there",
        ),
        pytest.param(
            CUT_WHILE_LOOKING, ProviderUnavailable, "answer", id="cut while it looks what is there"
        ),
        pytest.param(
            CUT_WHILE_MAKING, ProviderUnavailable, "answer", id="cut while it makes something"
        ),
        pytest.param(
            "Error: context deadline exceeded", ProviderUnavailable, "answer", id="slow server"
        ),
        pytest.param(
            "Error: etcdserver: request timed out", ProviderUnavailable, "answer", id="slow etcd"
        ),
        pytest.param(BEING_REMOVED, ProviderUnavailable, "removed", id="a leaving namespace"),
        pytest.param(
            "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
            ProviderUnavailable,
            "right now",
            id="another helm",
        ),
        pytest.param(
            'Error: Internal error occurred: failed calling webhook "v.example": no endpoints',
            ProviderUnavailable,
            "checks",
            id="a webhook that is down",
        ),
        pytest.param(NO_ROOM, ProviderRefused, "quota", id="no room at the API server"),
        pytest.param(ANOTHERS, ProviderRefused, "another name", id="somebody else's object"),
        pytest.param(FIXED, ProviderRefused, "launch it anew", id="what cannot be changed"),
        pytest.param(SHRUNK, ProviderRefused, "launch it anew", id="a volume that would shrink"),
        pytest.param(NOT_LET, ProviderRefused, "does not let", id="no right"),
        pytest.param(
            'Error: admission webhook "p.example" denied the request: no',
            ProviderRefused,
            "rule",
            id="a rule of the cluster",
        ),
        pytest.param(
            'Error: admission webhook "p.example" denied the request: image not verified: Get '
            '"https://images.example/v2/": tls: unknown authority',
            ProviderRefused,
            "rule",
            id="a rule that asks somebody else in vain",
        ),
        pytest.param(
            'Error: resource mapping not found: no matches for kind "HTTPRoute" in version "v1"',
            ProviderRefused,
            "kind",
            id="a kind that is not there",
        ),
        pytest.param(
            'Error: Secret "x" is invalid: data: Too long: may not be more than 1048576 bytes',
            ProviderRefused,
            "too much",
            id="too large for a record",
        ),
        pytest.param("Error: something new", ProviderRefused, "refuses", id="anything else"),
    ],
)
def test_what_helm_says_is_translated(stderr: str | None, kind: type[Exception], word: str) -> None:
    error = error_from(stderr)
    assert type(error) is kind
    assert word in error.detail


def test_its_own_words_are_a_note_only() -> None:
    error = error_from('Error: User "system:serviceaccount:datalab:worker" is forbidden: secret')
    assert "serviceaccount" not in error.detail
    assert error.__notes__
