import threading
from collections.abc import Iterator
from typing import Any

import pytest

from datalab.core.errors import ProviderUnavailable
from datalab.providers.cluster.base import Observed, ReleaseRef
from datalab.providers.cluster.kubernetes import following
from datalab.providers.cluster.kubernetes import mirror as mirroring
from datalab.providers.cluster.kubernetes.errors import Expired
from datalab.providers.cluster.kubernetes.kinds import PODS
from datalab.providers.cluster.kubernetes.mirror import Mirror
from datalab.providers.cluster.kubernetes.reading import Json
from datalab.providers.cluster.kubernetes.store import Store
from tests.parts.ports import wait_until
from tests.unit.providers.kubernetes.making import pod, running, waiting
from tests.unit.providers.kubernetes.scripted import ScriptedApi, with_a_release
from tests.unit.providers.kubernetes.test_observing import CRASHED

REF = ReleaseRef(namespace="dl-acme", name="web")
AWAY = ProviderUnavailable("The cluster does not answer.", provider="cluster")


@pytest.fixture
def api() -> ScriptedApi:
    return with_a_release()


class Listening:
    """Somebody who follows all changes."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror = mirror
        self.heard: list[ReleaseRef] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for ref in self.mirror.changes():
            if self._over.is_set():
                return
            if ref is not None:
                self.heard.append(ref)

    def sees(self) -> tuple[Observed, str]:
        try:
            seen = self.mirror.observe(REF)
        except ProviderUnavailable:
            return Observed.UNKNOWN, ""
        return seen.state, seen.reason.code if seen.reason else ""

    def close(self) -> None:
        self._over.set()
        self._thread.join(5)


@pytest.fixture
def listening(api: ScriptedApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    monkeypatch.setattr(following, "FIRST_PAUSE", 0.01)
    listening = Listening(Mirror(api))
    wait_until(lambda: listening.sees()[0] is not Observed.UNKNOWN)
    yield listening
    listening.close()


def test_before_all_has_been_listed_nothing_is_called_absent(api: ScriptedApi) -> None:
    with pytest.raises(ProviderUnavailable):
        Mirror(api).observe(REF)


def test_what_is_listed_is_known_and_told(listening: Listening) -> None:
    assert listening.sees() == (Observed.STARTING, "")
    assert listening.mirror.refs() == [REF]
    wait_until(lambda: REF in listening.heard)


def test_a_change_is_told_and_seen(api: ScriptedApi, listening: Listening) -> None:
    api.put(PODS, pod(ready=True), what="ADDED")
    wait_until(lambda: listening.sees() == (Observed.RUNNING, ""))
    api.put(PODS, pod(ready=True), what="DELETED")
    wait_until(lambda: listening.sees() == (Observed.STARTING, ""))


def versioned(version: int, **said: Any) -> Json:
    found = pod(**said)
    found["metadata"]["resourceVersion"] = str(version)
    return found


def test_what_looks_the_same_to_a_person_is_not_told() -> None:
    store = Store()
    assert store.put(PODS, versioned(1, ready=True)) == {REF}
    assert store.put(PODS, versioned(2, ready=True)) == set()
    assert store.put(PODS, versioned(3)) == {REF}


def test_what_is_older_than_what_is_known_is_ignored() -> None:
    store = Store()
    store.put(PODS, versioned(2, ready=True))
    assert store.put(PODS, versioned(1)) == set()
    assert store.of_release(REF) == [versioned(2, ready=True)]


def test_after_a_disconnect_it_goes_on_where_it_was(api: ScriptedApi, listening: Listening) -> None:
    api.wait_for_watches(PODS, 1)
    api.put(PODS, pod(ready=True), what="ADDED")
    api.break_off(PODS, AWAY)
    api.wait_for_watches(PODS, 2)
    assert api.began_at[PODS.path()] == ["100", "101"]
    assert api.listings[PODS.path()] == 1


def test_after_an_end_in_order_it_goes_on_as_well(api: ScriptedApi, listening: Listening) -> None:
    api.wait_for_watches(PODS, 1)
    api.break_off(PODS)
    api.wait_for_watches(PODS, 2)
    assert api.listings[PODS.path()] == 1


def test_what_the_server_has_forgotten_is_listed_anew(
    api: ScriptedApi, listening: Listening
) -> None:
    api.put(PODS, pod(ready=True), what="ADDED")
    wait_until(lambda: listening.sees()[0] is Observed.RUNNING)
    api.items[PODS.path()] = []  # it has gone meanwhile, and nobody has said so
    api.break_off(PODS, Expired("The cluster has forgotten that moment.", provider="cluster"))
    wait_until(lambda: listening.sees() == (Observed.STARTING, ""))
    assert api.listings[PODS.path()] == 2


def test_a_silent_server_is_not_believed_for_long(
    api: ScriptedApi, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put(PODS, pod(ready=True), what="ADDED")
    wait_until(lambda: listening.sees()[0] is Observed.RUNNING)
    monkeypatch.setattr(mirroring, "TRUE_FOR_S", 0.3)
    api.is_away = True
    api.break_off(PODS, AWAY)
    wait_until(lambda: listening.sees()[0] is Observed.UNKNOWN)
    with pytest.raises(ProviderUnavailable):
        listening.mirror.refs()


def test_last_words_are_fetched_once_for_each_crash(api: ScriptedApi, listening: Listening) -> None:
    path = "/api/v1/namespaces/dl-acme/pods/web-0/log"
    api.logs[path] = "famous last words\n"
    crashed = pod(statuses=[waiting("CrashLoopBackOff", **CRASHED)])
    api.put(PODS, crashed, what="ADDED")

    def raw() -> str:
        reason = listening.mirror.observe(REF).reason
        return reason.raw if reason else ""

    wait_until(lambda: raw() == "famous last words\n")
    api.put(PODS, pod(statuses=[running(**CRASHED)]))
    wait_until(lambda: raw() == "famous last words\n")
    assert api.log_requests == [path]
