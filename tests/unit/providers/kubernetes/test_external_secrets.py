"""Why the External Secrets operator has not brought chosen secrets: in words, and who asks for it."""

from typing import Any

import pytest

from datalab.providers.cluster.base import Observed, ReleaseRef
from datalab.providers.cluster.kubernetes import coming
from datalab.providers.cluster.kubernetes.kinds import EVENTS, PODS
from datalab.providers.cluster.kubernetes.mirror import Mirror
from datalab.providers.cluster.kubernetes.reading import Json
from datalab.providers.cluster.kubernetes.reasons.external_secrets import not_brought
from tests.parts.ports import wait_until
from tests.unit.providers.kubernetes.making import NOW, ago, event, pod, waiting
from tests.unit.providers.kubernetes.scripted import ScriptedApi, with_a_release
from tests.unit.providers.kubernetes.test_mirror import Listening

REF = ReleaseRef(namespace="dl-acme", name="web")
VAULT = (
    "Error making API request.\n\nURL: {} https://10.0.0.1:8200/v1/{}\nCode: {}. Errors:\n\n* {}"
)
READS = "error processing spec.data[0] (key: acme/users/ann/own), err: "
LOGIN = "unable to log in with Kubernetes auth: " + VAULT.format(
    "PUT", "auth/kubernetes/login", 403, "permission denied"
)


def asked(status: str = "", *, begun: float = 100) -> Json:
    """An ExternalSecret of which the operator says so; empty: it has said nothing yet."""
    said = {"type": "Ready", "status": status, "message": "could not get secret data from provider"}
    conditions = [said] if status else []
    return {"metadata": {"creationTimestamp": ago(begun)}, "status": {"conditions": conditions}}


def complaint(message: str, *, at: float = 10, store: bool = False) -> Json:
    return {
        "reason": "InvalidProviderConfig" if store else "UpdateFailed",
        "message": message,
        "lastTimestamp": ago(at),
    }


def code(asked: Json, *events: Json) -> str:
    found = not_brought(asked, events, NOW)
    return found.code if found else ""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (LOGIN, "SecretsRefused"),
        (f"{READS}cannot set up: {LOGIN}", "SecretsRefused"),
        (
            f"{READS}cannot read secret data from Vault: "
            + VAULT.format("GET", "datalab/data/acme/users/ann/own", 403, "permission denied"),
            "SecretForbidden",
        ),
        (f"{READS}Secret does not exist", "SecretMissing"),
        (f"{READS}secret not found", "SecretMissing"),
        (
            f"{READS}cannot read secret data from Vault: "
            + VAULT.format("GET", "datalab/data/acme/users/ann/own", 503, "Vault is sealed"),
            "SecretsSilent",
        ),
        (
            'unable to log in with Kubernetes auth: Put "https://10.0.0.1:8200/v1/auth/kubernetes/'
            'login": dial tcp 10.0.0.1:8200: connect: connection refused',
            "SecretsSilent",
        ),
        (
            'Put "https://10.0.0.1:8200/v1/auth/kubernetes/login": tls: failed to verify '
            "certificate: x509: certificate signed by unknown authority",
            "SecretsUntrusted",
        ),
        (
            'cannot request Kubernetes service account token for service account "web": cannot find '
            'secrets bound to service account: "web"',
            "SecretsOperatorRefused",
        ),
        (
            "could not apply template: could not execute template: map has no entry",
            "SecretUnreadable",
        ),
        ("something that nobody has seen before", "SecretsNotBrought"),
    ],
)
def test_each_complaint_has_its_own_reason(message: str, expected: str) -> None:
    assert code(asked("False"), complaint(message)) == expected


def test_the_secret_is_named_as_people_chose_it() -> None:
    found = not_brought(asked("False"), [complaint(f"{READS}Secret does not exist")], NOW)
    assert found is not None
    assert "users/ann/own" in found.message
    assert "acme" not in found.message
    assert "acme/users/ann/own" in found.raw


def test_of_several_complaints_the_newest_counts_that_says_why() -> None:
    missing, refused = f"{READS}Secret does not exist", LOGIN
    assert (
        code(asked("False"), complaint(missing, at=9), complaint(refused, at=5)) == "SecretsRefused"
    )
    assert (
        code(asked("False"), complaint(missing, at=5), complaint(refused, at=9)) == "SecretMissing"
    )
    not_ready = f'{READS}SecretStore "web.secrets" is not ready'
    told = [complaint(not_ready, at=2), complaint(refused, at=5, store=True)]
    assert code(asked("False"), *told) == "SecretsRefused"


def test_what_was_said_of_a_former_one_of_its_name_is_over() -> None:
    assert code(asked("False", begun=20), complaint(LOGIN, at=30)) == "SecretsNotBrought"


def test_an_operator_that_says_nothing_is_down_after_a_while() -> None:
    assert code(asked(begun=5)) == ""
    assert code(asked(begun=60)) == "SecretsOperatorSilent"


def test_once_they_are_there_only_the_machine_must_look_again() -> None:
    assert code(asked("True"), complaint(LOGIN)) == "SecretsComing"


# -- who asks for it -----------------------------------------------------------------------------
MISSING = 'MountVolume.SetUp failed for volume "chosen-secrets" : secret "web.secrets" not found'


class Operator:
    """`asked` is what there is of the release's ExternalSecret."""

    def __init__(self) -> None:
        self.there: Json | None = None
        self.looks = 0

    def asked(self, ref: ReleaseRef) -> Json | None:
        assert ref == REF
        self.looks += 1
        return self.there


@pytest.fixture
def operator() -> Operator:
    return Operator()


@pytest.fixture
def api() -> ScriptedApi:
    return with_a_release()


@pytest.fixture
def listening(api: ScriptedApi, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(coming, "FIRST_AGAIN", 0.05)
    listening = Listening(Mirror(api, asked=operator.asked))
    wait_until(lambda: listening.sees()[0] is not Observed.UNKNOWN)
    yield listening
    listening.close()


def test_who_does_not_wait_for_secrets_is_not_asked_about(
    api: ScriptedApi, listening: Listening, operator: Operator
) -> None:
    api.put(PODS, pod(ready=True), what="ADDED")
    wait_until(lambda: listening.sees() == (Observed.RUNNING, ""))
    assert operator.looks == 0


def test_a_pod_that_waits_says_what_the_operator_says_until_it_waits_no_more(
    api: ScriptedApi, listening: Listening, operator: Operator
) -> None:
    api.put(PODS, pod(statuses=[waiting("ContainerCreating")]), what="ADDED")
    api.put(EVENTS, event("FailedMount", MISSING), what="ADDED")
    wait_until(lambda: listening.sees() == (Observed.STARTING, "SecretsComing"))
    operator.there = asked("False")
    wait_until(lambda: listening.sees()[1] == "SecretsNotBrought")
    listening.heard.clear()
    why = event("UpdateFailed", LOGIN, about="web.secrets", kind="ExternalSecret")
    api.put(EVENTS, why, what="ADDED")
    wait_until(lambda: listening.sees()[1] == "SecretsRefused")
    wait_until(lambda: REF in listening.heard)
    api.put(PODS, pod(ready=True))
    wait_until(lambda: listening.sees() == (Observed.RUNNING, ""))
    looks = operator.looks
    listening.sees()
    assert operator.looks - looks <= 1  # one may have been on its way
