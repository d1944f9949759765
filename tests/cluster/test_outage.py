"""The way to the API server breaks: what is shown is true, unknown for a while, and true again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from datalab.core.errors import ProviderUnavailable
from datalab.providers.cluster.base import Observed
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.mirror import TRUE_FOR_S
from tests.cluster.stage import Eyes, Stage, open_eyes, stage
from tests.cluster.tenant import Tenancy
from tests.cluster.wire import Wire, wire_to
from tests.parts.kubernetes import patiently, runtime_on
from tests.parts.ports import wait_until

pytestmark = pytest.mark.kubernetes

BACK_WITHIN_S = 10.0
OF_ONE_RELEASE = (3_000, 6_000, 10_000, 14_000)
"""Bytes that the API server has answered when the wire breaks; all of it is about 21,000."""


@pytest.fixture
def broken(kubeconfig: Path, tmp_path: Path) -> Iterator[tuple[Wire, Eyes]]:
    """A wire, and the eyes at its end."""
    with (
        wire_to(kubeconfig, tmp_path) as (wire, file),
        open_eyes(KubernetesApi(kubeconfig=file)) as eyes,
    ):
        yield wire, eyes


@pytest.fixture
def one(api: KubernetesApi, tiny_image: str) -> Iterator[Stage]:
    with stage(api, tiny_image) as one:
        yield one


@pytest.mark.parametrize("trouble", ["cut", "fall_silent"])
def test_old_truth_is_not_told_for_long_and_what_was_missed_is_seen(
    one: Stage, broken: tuple[Wire, Eyes], trouble: str
) -> None:
    wire, eyes = broken
    ref = one.play("web", "sleep", "1000")
    wait_until(lambda: eyes.watched(ref).state is Observed.RUNNING)

    getattr(wire, trouble)()
    began = time.monotonic()
    one.api.merge(
        f"/apis/apps/v1/namespaces/{one.namespace}/statefulsets/web", {"spec": {"replicas": 0}}
    )
    wait_until(lambda: eyes.watched(ref).state is Observed.UNKNOWN)
    assert time.monotonic() - began < TRUE_FOR_S + 10

    wire.mend()
    began = time.monotonic()
    wait_until(lambda: eyes.watched(ref).state is Observed.PAUSED)
    assert time.monotonic() - began < BACK_WITHIN_S


def test_a_short_break_is_not_noticed(one: Stage, broken: tuple[Wire, Eyes]) -> None:
    wire, eyes = broken
    ref = one.play("web", "sleep", "1000")
    wait_until(lambda: eyes.watched(ref).state is Observed.RUNNING)
    wire.cut()
    time.sleep(1)
    wire.mend()
    one.api.delete(f"/apis/apps/v1/namespaces/{one.namespace}/statefulsets/web")
    seen: list[Observed] = []

    def sees_that_it_is_gone() -> bool:
        seen.append(eyes.watched(ref).state)
        return seen[-1] is Observed.STARTING

    wait_until(sees_that_it_is_gone)
    assert set(seen) == {Observed.RUNNING, Observed.STARTING}


def test_what_is_cut_off_in_the_middle_of_helm_is_tried_again_and_never_refused(
    account: Path, api: KubernetesApi, tiny_image: str, tmp_path: Path, tenancy: Tenancy
) -> None:
    refs = [tenancy.new_ref() for _ in OF_ONE_RELEASE]
    with wire_to(account, tmp_path) as (wire, file):
        far = Tenancy(
            runtime=runtime_on(file, image=tiny_image, home=tmp_path),
            api=api,
            namespace=tenancy.namespace,
        )
        far.run(tenancy.new_ref())
        for ref, length in zip(refs, OF_ONE_RELEASE, strict=True):
            wire.cut_after(length)
            with pytest.raises(ProviderUnavailable):
                far.apply(ref)
            wire.mend()
        for ref in refs:
            patiently(lambda ref=ref: far.apply(ref))  # type: ignore[misc]
            far.until(ref, Observed.RUNNING)
            assert list(far.records(ref).values()).count("deployed") == 1
