"""Upgrade and roll back: the very chart, the same reservation, one way through the lifecycle."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils.timezone import now
from pytest_django import Settings
from rest_framework.test import APIClient

from datalab.accounts.models import User
from datalab.audit.models import Event
from datalab.catalog import kept
from datalab.catalog.models import UNUSED_FOR, KeptChart
from datalab.core.errors import Conflict, ProviderRefused
from datalab.launcher import revisions
from datalab.launcher.changes import upgrade_service
from datalab.launcher.drift import drift
from datalab.launcher.lifecycle import Outcome, Phase
from datalab.launcher.models import Revision, Service
from datalab.launcher.reconcile import reconcile
from datalab.providers import registry
from datalab.providers.cluster.base import Observation, Observed, Reason, Release, Step
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.tenants.models import Quota, Tenant
from tests.fakes.dying import Countdown, Dying, Killed
from tests.fakes.runtimes import DownRuntime
from tests.parts.catalogue import Catalogue

URL = "/api/v1/tenants/acme/services"
LAB = f"{URL}/lab"
CHOICE = {"type": "string", "enum": ["red", "blue"], "default": "red"}
NARROWER = {**CHOICE, "enum": ["red", "green"]}
CRASHED = Observation(
    state=Observed.FAILED, reason=Reason(code="CrashLoop", message="It ends right after its start.")
)
ClientOf = Callable[[User], APIClient]


@pytest.fixture
def catalogue(tmp_path: Path, settings: Settings) -> Catalogue:
    made = Catalogue(tmp_path / "charts")
    settings.CATALOGS = [made.source]
    settings.STATE_DIR = tmp_path / "state"
    made.add("1.3.0", options={"colour": CHOICE})
    return made


@pytest.fixture
def bobs(client_of: ClientOf, bob: User, acme: Tenant, catalogue: Catalogue) -> APIClient:
    return client_of(bob)


@pytest.fixture
def runtime(acme: Tenant) -> MemoryRuntime:
    found = registry.cluster_runtime()
    assert isinstance(found, MemoryRuntime)
    return found


@pytest.fixture
def lab(bobs: APIClient) -> Service:
    """bob's, of 1.3.0, running."""
    body = {"chart": "lab", "name": "lab", "values": {"colour": "blue"}}
    launched = bobs.post(URL, body, format="json")
    assert launched.status_code == 202, launched.json()
    return settled()


def settled() -> Service:
    """After a worker has looked at it twice."""
    for _ in range(2):
        service = Service.objects.select_related("tenant", "owner").get(name="lab")
        reconcile(service, registry.cluster_runtime(), now=now())
    return Service.objects.select_related("tenant", "owner").get(name="lab")


def post(client: APIClient, what: str, **body: Any) -> Any:
    return client.post(f"{LAB}/{what}", body, format="json")


def used(acme: Tenant) -> dict[str, int]:
    return {str(key): amount for key, amount in Quota.objects.get(tenant=acme).used.items()}


# -- the very chart ------------------------------------------------------------------------------
def test_a_service_runs_what_it_was_launched_from_whatever_the_catalogue_has_now(
    lab: Service, bobs: APIClient, runtime: MemoryRuntime, catalogue: Catalogue
) -> None:
    before = runtime.applied[lab.ref]
    (catalogue.folder / "lab-1.3.0" / "templates" / "all.yaml").write_text("# another\n")
    assert post(bobs, "restart").status_code == 202
    settled()
    after = runtime.applied[lab.ref]
    assert (
        (after.digest, after.chart) == (before.digest, before.chart) == (lab.kept_id, before.chart)
    )
    assert (after.chart / "templates" / "all.yaml").read_text() == "# 1.3.0\n"


def test_a_chart_that_changed_under_its_version_is_told_and_taken_only_when_asked(
    lab: Service, bobs: APIClient, runtime: MemoryRuntime, catalogue: Catalogue
) -> None:
    assert not bobs.get(LAB).json()["chart_changed"]
    (catalogue.folder / "lab-1.3.0" / "templates" / "all.yaml").write_text("# another\n")
    told = bobs.get(LAB).json()
    assert (told["chart_changed"], told["upgrade_available"]) == (True, None)
    assert post(bobs, "upgrade", version="1.3.0").status_code == 202
    settled()
    assert (runtime.applied[lab.ref].chart / "templates" / "all.yaml").read_text() == "# another\n"
    assert not bobs.get(LAB).json()["chart_changed"]


def test_it_starts_again_without_any_catalogue_and_where_nothing_is_unpacked(
    lab: Service, bobs: APIClient, catalogue: Catalogue, settings: Settings
) -> None:
    post(bobs, "pause")
    assert settled().phase is Phase.PAUSED
    shutil.rmtree(catalogue.folder)
    shutil.rmtree(settings.STATE_DIR)
    kept._read.cache_clear()  # noqa: SLF001 - another process
    assert post(bobs, "resume").status_code == 202
    assert settled().phase is Phase.RUNNING


def test_what_was_launched_before_charts_were_kept_is_kept_from_its_next_start_on(
    lab: Service, bobs: APIClient
) -> None:
    Service.objects.update(kept=None)
    post(bobs, "restart")
    assert settled().kept_id == lab.kept_id


def test_of_such_a_one_a_version_that_is_gone_is_not_replaced_silently(
    lab: Service, bobs: APIClient, catalogue: Catalogue
) -> None:
    Service.objects.update(kept=None)
    catalogue.add("1.4.0")
    shutil.rmtree(catalogue.folder / "lab-1.3.0")
    post(bobs, "restart")
    assert "1.3.0 is not in the catalogue any more" in settled().reason_message
    assert post(bobs, "upgrade", values={}).status_code == 202
    assert settled().phase is Phase.RUNNING


def test_charts_that_nothing_is_made_of_go_after_a_day(
    lab: Service, bobs: APIClient, catalogue: Catalogue
) -> None:
    catalogue.add("1.4.0", options={"colour": CHOICE})
    post(bobs, "upgrade")
    post(bobs, "rollback", revision=1)
    KeptChart.objects.update(kept_at=now() - 2 * UNUSED_FOR)
    assert kept.forget_unused() == 0
    Revision.objects.filter(version="1.4.0").delete()
    assert kept.forget_unused() == 1
    assert [one.version for one in KeptChart.objects.all()] == ["1.3.0"]


# -- upgrading -----------------------------------------------------------------------------------
def test_a_newer_version_is_told_and_taken_with_values_storage_and_host_kept(
    lab: Service, bobs: APIClient, runtime: MemoryRuntime, catalogue: Catalogue
) -> None:
    assert bobs.get(LAB).json()["upgrade_available"] is None
    catalogue.add(
        "1.4.0",
        options={"colour": CHOICE},
        persistence={"enabled": True, "size": "20Gi", "keep": True},
    )
    catalogue.add("1.5.0-rc.1")
    [row] = bobs.get(URL).json()["results"]
    assert row["upgrade_available"] == "1.4.0"
    answer = post(bobs, "upgrade")
    assert (answer.status_code, answer.json()["phase"]) == (202, "queued")
    after = settled()
    applied = runtime.applied[lab.ref]
    assert (after.version, applied.version, after.phase) == ("1.4.0", "1.4.0", Phase.RUNNING)
    assert applied.values["colour"] == "blue"
    assert applied.values["persistence"]["size"] == "10Gi"  # it cannot shrink when rolled back
    assert (after.host, after.storage) == (lab.host, lab.storage)
    event = Event.objects.get(type="service.upgraded")
    assert (event.before["version"], event.after["version"]) == ("1.3.0", "1.4.0")  # type: ignore[index]


def test_what_is_changed_is_started_anew_also_where_its_pods_would_look_the_same(
    lab: Service, bobs: APIClient, runtime: MemoryRuntime, catalogue: Catalogue
) -> None:
    """A cluster starts no pod anew for another Service or ConfigMap."""
    told = [runtime.applied[lab.ref].restarts]

    def after(answer: Any) -> None:
        assert answer.status_code == 202, answer.json()
        assert settled().phase is Phase.RUNNING
        told.append(runtime.applied[lab.ref].restarts)

    after(bobs.patch(LAB, {"values": {"colour": "red"}}, format="json"))
    after(bobs.patch(LAB, {"values": {"colour": "red"}}, format="json"))
    (catalogue.folder / "lab-1.3.0" / "templates" / "all.yaml").write_text("# another\n")
    after(post(bobs, "upgrade", version="1.3.0"))
    after(post(bobs, "rollback", revision=1))
    assert told == [0, 1, 1, 2, 3]


def test_what_runs_on_after_a_refused_change_is_not_started_anew_by_going_back(
    lab: Service,
    bobs: APIClient,
    runtime: MemoryRuntime,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(release: Release) -> None:
        raise ProviderRefused("The cluster says no.", provider="cluster")

    catalogue.add("1.4.0", options={"colour": CHOICE})
    with monkeypatch.context() as patched:
        patched.setattr(runtime, "apply", refuse)
        assert post(bobs, "upgrade").status_code == 202
        assert settled().phase is Phase.FAILED
    assert post(bobs, "rollback").status_code == 202
    assert settled().phase is Phase.RUNNING
    assert runtime.starts[lab.ref] == 1


def test_upgrading_twice_is_once(lab: Service, bobs: APIClient, catalogue: Catalogue) -> None:
    catalogue.add("1.4.0", options={"colour": CHOICE})
    assert [post(bobs, "upgrade").status_code for _ in range(2)] == [202, 202]
    assert Event.objects.filter(type="service.upgraded").count() == 1


def test_without_anything_newer_nothing_is_done(lab: Service, bobs: APIClient) -> None:
    assert post(bobs, "upgrade").status_code == 202
    assert not Service.objects.get().changed


@pytest.mark.parametrize(("version", "status"), [("1.2.0", 400), ("9.9.9", 404), ("new", 400)])
def test_it_is_upgraded_to_what_is_newer_and_there(
    lab: Service, bobs: APIClient, catalogue: Catalogue, version: str, status: int
) -> None:
    catalogue.add("1.2.0")
    assert post(bobs, "upgrade", version=version).status_code == status
    assert bobs.get(f"{LAB}/upgrade?version={version}").status_code == status


def test_values_that_the_new_version_does_not_take_are_told_before_anything_is_done(
    lab: Service, bobs: APIClient, catalogue: Catalogue
) -> None:
    catalogue.add("1.4.0", options={"colour": NARROWER})
    refused = post(bobs, "upgrade")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["values.colour"])
    assert not Service.objects.get().changed
    offer = bobs.get(f"{LAB}/upgrade").json()
    assert (offer["version_now"], offer["version"], offer["versions"]) == (
        "1.3.0",
        "1.4.0",
        ["1.4.0"],
    )
    assert (list(offer["refused"]), offer["values"]) == (["values.colour"], {})
    assert (offer["problems"], offer["fits"]) == ({}, True)
    again = post(bobs, "upgrade", values=offer["values"], resources=offer["resources"])
    assert again.status_code == 202
    assert settled().values["colour"] == "red"


def test_an_upgrade_that_would_lose_the_storage_is_refused(
    lab: Service, bobs: APIClient, catalogue: Catalogue
) -> None:
    catalogue.add("1.4.0", options={"colour": CHOICE}, persistence={"enabled": False})
    refused = post(bobs, "upgrade")
    assert refused.status_code == 400
    assert "would be lost" in refused.json()["detail"]
    assert bobs.get(f"{LAB}/upgrade").json()["problems"]
    assert Service.objects.get().version == "1.3.0"


def test_a_larger_footprint_is_reserved_with_the_upgrade_or_refused_whole(
    lab: Service, bobs: APIClient, acme: Tenant, catalogue: Catalogue
) -> None:
    larger = {"cpu": "500m", "memory": "4Gi"}
    sizes = {"requests": larger, "limits": larger}
    catalogue.add("1.4.0", options={"colour": CHOICE}, resources=sizes)
    Quota.objects.filter(tenant=acme).update(limit_memory=2 * 1024**3)
    before = used(acme)
    offer = bobs.get(f"{LAB}/upgrade").json()
    assert (offer["footprint_now"]["memory"], offer["footprint"]["memory"]) == ("1Gi", "4Gi")
    assert ([one["resource"] for one in offer["shortages"]], offer["fits"]) == (["memory"], False)
    refused = post(bobs, "upgrade")
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert (used(acme), Service.objects.get().version) == (before, "1.3.0")
    assert Revision.objects.count() == 1
    Quota.objects.filter(tenant=acme).update(limit_memory=8 * 1024**3)
    assert post(bobs, "upgrade").status_code == 202
    assert used(acme)["memory"] == 4 * 1024**3
    assert drift(acme) == {}


def test_a_paused_service_is_upgraded_and_stays_paused(
    lab: Service, bobs: APIClient, acme: Tenant, runtime: MemoryRuntime, catalogue: Catalogue
) -> None:
    post(bobs, "pause")
    settled()
    catalogue.add("1.4.0", options={"colour": CHOICE})
    assert post(bobs, "upgrade").status_code == 202
    assert settled().phase is Phase.PAUSED
    assert (runtime.applied[lab.ref].version, runtime.applied[lab.ref].paused) == ("1.4.0", True)
    assert used(acme)["cpu"] == 0
    assert Revision.objects.get(number=2).outcome == Outcome.PENDING
    post(bobs, "resume")
    settled()
    assert Revision.objects.get(number=2).outcome == Outcome.READY


def test_a_change_of_size_is_made_with_the_chart_that_it_has(
    lab: Service, bobs: APIClient, catalogue: Catalogue
) -> None:
    catalogue.add("1.4.0")
    shutil.rmtree(catalogue.folder / "lab-1.3.0")
    assert bobs.patch(LAB, {"resources": {"memory": "2Gi"}}, format="json").status_code == 202
    assert (settled().version, settled().kept_id) == ("1.3.0", lab.kept_id)


def test_what_was_changed_meanwhile_is_not_overwritten(
    lab: Service, bobs: APIClient, bob: User, catalogue: Catalogue
) -> None:
    catalogue.add("1.4.0", options={"colour": CHOICE})
    bobs.patch(LAB, {"values": {"colour": "red"}}, format="json")
    with pytest.raises(Conflict, match="Load it again"):
        upgrade_service(service=lab, by=bob, version=None, resources=None, values=None)
    assert Service.objects.get().version == "1.3.0"


# -- rolling back --------------------------------------------------------------------------------
@pytest.fixture
def broken(lab: Service, bobs: APIClient, runtime: MemoryRuntime, catalogue: Catalogue) -> Service:
    """Upgraded to a version that does not get up."""
    catalogue.add("1.4.0", options={"colour": CHOICE})
    post(bobs, "upgrade")
    settled()
    runtime.show(lab.ref, CRASHED)
    return settled()


def test_a_failed_upgrade_is_rolled_back_to_what_ran(
    broken: Service, lab: Service, bobs: APIClient, acme: Tenant, runtime: MemoryRuntime
) -> None:
    Revision.objects.filter(number=2).update(outcome=Outcome.FAILED.value)  # it never was ready
    assert (broken.phase, used(acme)["cpu"]) == (Phase.FAILED, 0)
    told = bobs.get(LAB).json()
    assert told["rollback_to"] == {"revision": 1, "version": "1.3.0", "advised": True}
    assert bobs.get(URL).json()["results"][0]["rollback_to"] == told["rollback_to"]
    assert post(bobs, "rollback").status_code == 202
    after = settled()
    assert (after.phase, after.version, after.kept_id) == (Phase.RUNNING, "1.3.0", lab.kept_id)
    assert (runtime.applied[lab.ref].values, used(acme)["cpu"]) == (lab.values, 500)
    assert drift(acme) == {}
    assert bobs.get(LAB).json()["rollback_to"] is None
    event = Event.objects.get(type="service.rolled_back")
    assert (event.before["version"], event.after["version"]) == ("1.4.0", "1.3.0")  # type: ignore[index]


def test_it_is_rolled_back_to_any_kept_revision_but_to_nothing_else(
    broken: Service, bobs: APIClient
) -> None:
    assert post(bobs, "rollback", revision=9).status_code == 404
    assert post(bobs, "rollback", revision=2).status_code == 202  # it is that
    assert not Service.objects.get().changed
    assert post(bobs, "rollback", revision=1).status_code == 202
    assert post(bobs, "rollback", revision=2).status_code == 202
    assert Service.objects.get().version == "1.4.0"


def test_with_nothing_that_ever_ran_there_is_nothing_to_roll_back_to(
    lab: Service, bobs: APIClient
) -> None:
    refused = post(bobs, "rollback")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_a_roll_back_keeps_storage_that_was_made_larger_since(
    lab: Service, bobs: APIClient, runtime: MemoryRuntime, catalogue: Catalogue
) -> None:
    catalogue.add("1.4.0", options={"colour": CHOICE})
    post(bobs, "upgrade")
    bobs.patch(LAB, {"resources": {"storage": "15Gi"}}, format="json")
    settled()
    assert post(bobs, "rollback", revision=1).status_code == 202
    assert settled().version == "1.3.0"
    assert runtime.applied[lab.ref].values["persistence"]["size"] == "15Gi"


def test_a_roll_back_after_a_hand_over_is_the_present_owners(
    broken: Service, lab: Service, client_of: ClientOf, alice: User, runtime: MemoryRuntime
) -> None:
    alices = client_of(alice)
    assert alices.post(f"{LAB}/hand-over", {"to": "alice"}, format="json").status_code == 202
    assert post(alices, "rollback", revision=1).status_code == 202
    after = settled()
    assert (after.owner.username, after.version, after.phase) == ("alice", "1.3.0", Phase.RUNNING)


# -- revisions -----------------------------------------------------------------------------------
def test_revisions_say_what_was_made_when_by_whom_and_what_came_of_it(
    broken: Service, bobs: APIClient, client_of: ClientOf, alice: User
) -> None:
    alices = client_of(alice)
    post(alices, "rollback", revision=1)
    alices.patch(LAB, {"values": {"colour": "red"}, "resources": {"memory": "2Gi"}}, format="json")
    settled()
    told = bobs.get(f"{LAB}/revisions").json()
    assert [(one["number"], one["change"], one["version"], one["by"]) for one in told] == [
        (4, "changed", "1.3.0", "alice"),
        (3, "rolled_back", "1.3.0", "alice"),
        (2, "upgraded", "1.4.0", "bob"),
        (1, "launched", "1.3.0", "bob"),
    ]
    assert told[1]["origin"] == 1
    assert told[0]["changes"] == [{"path": "colour", "before": "blue", "after": "red"}]
    assert (told[0]["resources"]["memory"], told[3]["resources"]["memory"]) == ("2Gi", "1Gi")
    assert [one["present"] for one in told] == [True, False, False, False]
    assert (told[0]["outcome"], told[3]["outcome"]) == ("ready", "ready")


def test_a_revision_that_never_got_ready_says_why(
    lab: Service, bobs: APIClient, runtime: MemoryRuntime, catalogue: Catalogue
) -> None:
    catalogue.add("1.4.0", options={"colour": CHOICE})
    post(bobs, "upgrade")
    waiting = Observation(state=Observed.STARTING, step=Step.STARTING)
    service = Service.objects.select_related("tenant", "owner").get()
    late = Late(runtime, waiting)
    reconcile(service, late, now=now())
    assert Revision.objects.get(number=2).outcome == Outcome.PENDING
    runtime.show(lab.ref, CRASHED)
    settled()
    told = bobs.get(f"{LAB}/revisions").json()[0]
    assert (told["outcome"], told["reason"]) == ("failed", "It ends right after its start.")
    runtime.show(lab.ref, Observation(state=Observed.RUNNING))
    settled()
    told = bobs.get(f"{LAB}/revisions").json()[0]
    assert (told["outcome"], told["reason"]) == ("ready", "")


class Late:
    """Nothing that it starts is ready at once."""

    def __init__(self, runtime: MemoryRuntime, seen: Observation) -> None:
        self._runtime, self._seen = runtime, seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    def apply(self, release: Any) -> None:
        self._runtime.apply(release)
        self._runtime.show(release.ref, self._seen)


def test_so_many_revisions_are_kept_and_the_newest_that_ran(
    lab: Service, bobs: APIClient, runtime: MemoryRuntime
) -> None:
    for number in range(revisions.KEPT + 3):
        body = {"resources": {"cpu": f"{600 + number}m"}}
        assert bobs.patch(LAB, body, format="json").status_code == 202
    numbers = [one["number"] for one in bobs.get(f"{LAB}/revisions").json()]
    assert numbers == [*range(14, 4, -1), 1]
    assert post(bobs, "rollback").status_code == 202


def test_a_service_older_than_its_revisions_gets_its_first_with_its_first_change(
    lab: Service, bobs: APIClient, catalogue: Catalogue
) -> None:
    Revision.objects.all().delete()
    catalogue.add("1.4.0", options={"colour": CHOICE})
    post(bobs, "upgrade")
    first = Revision.objects.get(number=1)
    assert (first.version, first.kept_id, first.outcome) == ("1.3.0", lab.kept_id, Outcome.READY)
    assert post(bobs, "rollback").status_code == 202


def test_nothing_of_it_is_left_when_the_service_goes(lab: Service, bobs: APIClient) -> None:
    bobs.delete(LAB)
    settled_away()
    assert not Revision.objects.exists()


def settled_away() -> None:
    while service := Service.objects.select_related("tenant", "owner").first():
        reconcile(service, registry.cluster_runtime(), now=now())


# -- killed --------------------------------------------------------------------------------------
KILLS = range(6)
"""Each moment before and after a call outside, of a round that observes, applies and observes."""


@pytest.mark.parametrize("what", ["upgrade", "rollback"])
@pytest.mark.parametrize("at", KILLS)
def test_a_worker_killed_at_any_step_converges(
    lab: Service,
    bobs: APIClient,
    acme: Tenant,
    runtime: MemoryRuntime,
    catalogue: Catalogue,
    what: str,
    at: int,
) -> None:
    catalogue.add("1.4.0", options={"colour": CHOICE})
    post(bobs, "upgrade")
    if what == "rollback":
        settled()
        post(bobs, "rollback")
    service = Service.objects.select_related("tenant", "owner").get()
    with pytest.raises(Killed):
        reconcile(service, Dying(runtime, Countdown(at)), now=now())
    after = settled()
    version = "1.4.0" if what == "upgrade" else "1.3.0"
    assert (after.phase, after.changed) == (Phase.RUNNING, False)
    assert (runtime.applied[lab.ref].version, runtime.applied[lab.ref].digest) == (
        version,
        after.kept_id,
    )
    assert drift(acme) == {}
    assert Revision.objects.order_by("-number")[0].outcome == Outcome.READY


def test_an_upgrade_that_the_cluster_refuses_fails_with_its_reason_and_holds_what_runs(
    lab: Service, bobs: APIClient, acme: Tenant, runtime: MemoryRuntime, catalogue: Catalogue
) -> None:
    catalogue.add("1.4.0", options={"colour": CHOICE})
    post(bobs, "upgrade")
    service = Service.objects.select_related("tenant", "owner").get()
    reconcile(service, Refusing(runtime), now=now())
    for _ in range(2):  # what ran before runs on, and is no sign that the upgrade went well
        told = bobs.get(LAB).json()
        assert (told["phase"], told["reason"]["message"]) == ("failed", "The cluster says no.")
        assert told["rollback_to"]["advised"]
        assert used(acme)["cpu"] == 500
        settled()
    service = Service.objects.select_related("tenant", "owner").get()
    reconcile(service, DownRuntime(), now=now())
    again = settled()
    assert (again.phase, again.reason_message) == (Phase.FAILED, "The cluster says no.")
    assert used(acme)["cpu"] == 500
    post(bobs, "rollback")
    assert settled().phase is Phase.RUNNING
    assert (used(acme)["cpu"], drift(acme)) == (500, {})


class Refusing(Late):
    def __init__(self, runtime: MemoryRuntime) -> None:
        super().__init__(runtime, CRASHED)

    def apply(self, release: Any) -> None:
        raise ProviderRefused("The cluster says no.", provider="cluster")
