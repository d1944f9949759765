"""What services promise as Helm releases on a real cluster, and what is done to them by hand."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytest_django import Settings

from datalab.core.errors import ProviderError, ProviderRefused, ProviderUnavailable
from datalab.providers.cluster.base import Observed, ReleaseRef
from datalab.providers.cluster.kubernetes import dial
from datalab.providers.cluster.kubernetes.runtime import HELM_ENDS_WITHIN
from tests.cluster.tenant import Tenancy

pytestmark = pytest.mark.kubernetes

COUNT = "echo x >> runs; wc -l < runs; exec httpd -f -p 8000"
STORED = [
    pytest.param({}, id="a claim of the chart"),
    pytest.param({"kind": "Deployment"}, id="a Deployment's claim of the chart"),
    pytest.param({"template": True}, id="a claim of the StatefulSet"),
]


def test_applying_twice_is_the_same_pod_and_the_same_revision(
    tenancy: Tenancy, ref: ReleaseRef
) -> None:
    before = tenancy.run(ref)
    tenancy.apply(ref)
    assert tenancy.pod(ref)["metadata"]["uid"] == before
    assert len(tenancy.records(ref)) == 1


@pytest.mark.parametrize("change", [{"restarts": 1}, {"values": {"memory": "48Mi"}}])
def test_other_values_or_a_restart_are_another_pod(
    tenancy: Tenancy, ref: ReleaseRef, change: dict[str, Any]
) -> None:
    before = tenancy.run(ref)
    tenancy.apply(ref, **change)
    tenancy.until_seen(ref, lambda seen: seen.state is not Observed.RUNNING)
    assert tenancy.run(ref, **change) != before


@pytest.mark.parametrize("values", STORED)
def test_storage_is_kept_over_a_pause_and_goes_with_the_service(
    tenancy: Tenancy, ref: ReleaseRef, values: dict[str, Any]
) -> None:
    values = {"run": COUNT, **values}
    tenancy.run(ref, values=values)
    tenancy.apply(ref, values=values, paused=True)
    tenancy.until(ref, Observed.PAUSED)
    tenancy.run(ref, values=values)
    tenancy.logs_say(ref, "2")
    tenancy.remove(ref)
    assert tenancy.all_of(ref) == set()


@pytest.mark.parametrize("template", [False, True], ids=["of the chart", "of the StatefulSet"])
def test_storage_that_the_chart_keeps_outlives_the_service(
    tenancy: Tenancy, ref: ReleaseRef, template: bool
) -> None:
    values = {"run": COUNT, "persistence": {"keep": True}, "template": template}
    tenancy.run(ref, values=values)
    tenancy.remove(ref)
    [kept] = tenancy.all_of(ref)
    assert kept.startswith("persistentvolumeclaims/")
    tenancy.run(ref, values=values)
    tenancy.logs_say(ref, "2")
    name = kept.partition("/")[2]
    tenancy.api.delete(f"/api/v1/namespaces/{ref.namespace}/persistentvolumeclaims/{name}")


def test_what_is_paused_before_it_ran_never_starts(tenancy: Tenancy, ref: ReleaseRef) -> None:
    tenancy.apply(ref, paused=True)
    tenancy.until(ref, Observed.PAUSED)
    tenancy.apply(ref, paused=True, values={"memory": "48Mi"})
    time.sleep(1)
    assert not {one for one in tenancy.all_of(ref) if one.startswith("pods/")}
    assert tenancy.runtime.observe(ref).state is Observed.PAUSED


def test_a_tool_that_crashes_leaves_its_last_words(tenancy: Tenancy, ref: ReleaseRef) -> None:
    tenancy.apply(ref, values={"run": "echo famous last words; exit 7"})
    tenancy.logs_say(ref, "famous last words", seconds=60)


def test_what_has_not_begun_has_no_log(tenancy: Tenancy, ref: ReleaseRef) -> None:
    assert tenancy.runtime.logs(ref, tail=10) == ""
    tenancy.apply(ref, values={"image": "nodekit.local/not-there:1"})
    assert tenancy.runtime.logs(ref, tail=10) == ""


def test_the_front_door_is_led_to_the_tool_and_told_where_there_is_none(
    tenancy: Tenancy, ref: ReleaseRef, settings: Settings, account: Path
) -> None:
    settings.KUBECONFIG = str(account)
    dial._addresses.cache_clear()  # noqa: SLF001 - the settings are others now
    with pytest.raises(ProviderRefused, match="does not run"):
        asyncio.run(dial.dial(ref))
    tenancy.run(ref, values={"run": "echo hello > index.html; exec httpd -f -p 8000"})
    with asyncio.run(dial.dial(ref)) as connection:
        connection.settimeout(5)
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.makefile("rb").read().endswith(b"hello\n")
    tenancy.apply(ref, paused=True)
    tenancy.until(ref, Observed.PAUSED)
    with pytest.raises(ProviderError):
        asyncio.run(dial.dial(ref))


def test_helms_history_is_bounded(tenancy: Tenancy, ref: ReleaseRef) -> None:
    for number in range(7):
        tenancy.apply(ref, paused=True, restarts=number)
    records = tenancy.records(ref)
    assert len(records) <= 5
    assert list(records.values()).count("deployed") == 1


# -- what somebody does by hand ------------------------------------------------------------------
def test_replicas_edited_by_hand_are_put_back(tenancy: Tenancy, ref: ReleaseRef) -> None:
    tenancy.run(ref)
    path = f"/apis/apps/v1/namespaces/{ref.namespace}/statefulsets/{ref.name}"
    tenancy.api.merge(path, {"spec": {"replicas": 0}})
    tenancy.until_seen(ref, lambda seen: seen.state is not Observed.RUNNING)
    tenancy.run(ref)


def test_a_workload_deleted_by_hand_is_made_again_on_its_storage(
    tenancy: Tenancy, ref: ReleaseRef
) -> None:
    values = {"run": COUNT, "template": True}
    tenancy.run(ref, values=values)
    tenancy.api.delete(f"/apis/apps/v1/namespaces/{ref.namespace}/statefulsets/{ref.name}")
    seen = tenancy.until_seen(ref, lambda seen: seen.state is not Observed.RUNNING)
    assert seen.state is not Observed.ABSENT
    tenancy.run(ref, values=values)
    tenancy.logs_say(ref, "2")


def test_a_lost_record_is_made_again_and_the_tool_runs_on(
    tenancy: Tenancy, ref: ReleaseRef
) -> None:
    before = tenancy.run(ref)
    tenancy.delete_records(ref)
    seen = tenancy.runtime.observe(ref)
    assert (seen.state, seen.step) == (Observed.STARTING, None)  # nobody works on it
    assert tenancy.run(ref) == before
    assert list(tenancy.records(ref).values()) == ["deployed"]


def test_a_lost_record_and_replicas_edited_by_hand_are_put_back(
    tenancy: Tenancy, ref: ReleaseRef
) -> None:
    tenancy.run(ref)
    tenancy.delete_records(ref)
    path = f"/apis/apps/v1/namespaces/{ref.namespace}/statefulsets/{ref.name}"
    tenancy.api.merge(path, {"spec": {"replicas": 0}})
    tenancy.run(ref)


def test_removing_leaves_nothing_although_the_record_is_lost(
    tenancy: Tenancy, ref: ReleaseRef
) -> None:
    tenancy.run(ref, values={"template": True})
    tenancy.delete_records(ref)
    tenancy.remove(ref)
    assert tenancy.all_of(ref) == set()


def test_somebody_elses_object_of_the_same_name_is_left_alone(
    tenancy: Tenancy, ref: ReleaseRef
) -> None:
    path = f"/api/v1/namespaces/{ref.namespace}/services"
    foreign = {"metadata": {"name": ref.name}, "spec": {"ports": [{"port": 1}]}}
    tenancy.api.create(path, foreign)
    with pytest.raises(ProviderRefused, match="another name"):
        tenancy.apply(ref)
    tenancy.remove(ref)
    found = tenancy.api.get(f"{path}/{ref.name}")
    assert found is not None
    assert [one["port"] for one in found["spec"]["ports"]] == [1]
    tenancy.api.delete(f"{path}/{ref.name}")


# -- a helm that is killed -----------------------------------------------------------------------
@pytest.fixture
def killed(tenancy: Tenancy) -> Callable[..., None]:
    """Apply with a helm that is killed as soon as its record says pending."""

    def killed(ref: ReleaseRef, **changed: Any) -> None:
        errors: list[BaseException] = []

        def apply() -> None:
            try:
                tenancy.apply(ref, **changed)
            except ProviderUnavailable as error:
                errors.append(error)

        thread = threading.Thread(target=apply)
        thread.start()
        while not any(one.startswith("pending") for one in tenancy.records(ref).values()):
            assert thread.is_alive(), "helm was faster"
        for child in psutil.Process().children():
            if child.name() == "helm":
                child.kill()
        thread.join(20)
        assert errors, "helm was faster"

    return killed


@pytest.mark.parametrize("runs", [False, True], ids=["at the installation", "at an upgrade"])
def test_a_helm_killed_in_the_middle_is_healed(
    tenancy: Tenancy, ref: ReleaseRef, killed: Callable[..., None], runs: bool
) -> None:
    if runs:
        tenancy.run(ref)
    values = {"configMaps": 150, "memory": "48Mi"}
    killed(ref, values=values)
    assert tenancy.runtime.observe(ref).state is Observed.STARTING
    with pytest.raises(ProviderUnavailable):
        tenancy.apply(ref, values=values)  # another helm might still be at it
    time.sleep(HELM_ENDS_WITHIN.total_seconds())
    tenancy.run(ref, values=values)
    assert list(tenancy.records(ref).values()).count("deployed") == 1
    assert sum(one.startswith("configmaps/") for one in tenancy.all_of(ref)) == 150


def test_what_a_killed_upgrade_has_begun_goes_when_it_is_rolled_back(
    tenancy: Tenancy, ref: ReleaseRef, killed: Callable[..., None]
) -> None:
    tenancy.run(ref)
    before = tenancy.all_of(ref)
    killed(ref, values={"configMaps": 150, "memory": "48Mi"})
    time.sleep(HELM_ENDS_WITHIN.total_seconds())
    tenancy.run(ref)
    left = {one for one in tenancy.all_of(ref) if one.startswith("configmaps/")}
    assert left == set()
    assert {one for one in before if not one.startswith(("pods/", "secrets/"))} <= tenancy.all_of(
        ref
    )


def test_what_a_killed_helm_has_begun_can_be_removed(
    tenancy: Tenancy, ref: ReleaseRef, killed: Callable[..., None]
) -> None:
    killed(ref, values={"configMaps": 150})
    tenancy.remove(ref)
    assert tenancy.all_of(ref) == set()
