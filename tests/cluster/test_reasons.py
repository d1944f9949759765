"""Whatever keeps a service from running is said in plain words, within seconds, on both ways."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from datalab.providers.cluster.kubernetes.api import KubernetesApi
from tests.cluster.performance import LONGEST_S, Shown, perform
from tests.cluster.scenes import SCENES
from tests.parts.kubernetes import platform_account

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(2 * LONGEST_S + 100)]

WITHIN_S = 5.0


@pytest.fixture(scope="module")
def performance(
    api: KubernetesApi,
    kubeconfig: Path,
    tiny_image: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Mapping[str, Shown]:
    """Watched with the rights of a watcher, and no more."""
    folder = tmp_path_factory.mktemp("watcher")
    with platform_account(kubeconfig, folder, part="watcher") as account:
        return perform(api, tiny_image, watching=KubernetesApi(kubeconfig=account))


@pytest.mark.parametrize("scene", SCENES)
def test_it_is_said_why_within_five_seconds(performance: Mapping[str, Shown], scene: str) -> None:
    shown, expected = performance[scene], SCENES[scene]
    assert shown.said_at is not None, f"the cluster never said {expected.says}; {shown.last}"
    assert shown.watched_at is not None, shown.last
    assert shown.asked_at is not None, shown.last
    assert shown.watched_at - shown.said_at <= WITHIN_S
    assert shown.asked is not None
    assert expected.state in {"", shown.asked.state.value}
    assert not expected.step or shown.asked.step == expected.step


@pytest.mark.parametrize("scene", SCENES)
def test_asked_or_watched_it_is_the_same(performance: Mapping[str, Shown], scene: str) -> None:
    shown = performance[scene]
    assert shown.asked is not None
    assert shown.watched is not None
    if SCENES[scene].state:
        assert (shown.asked.state, shown.asked.step) == (shown.watched.state, shown.watched.step)
    if shown.asked.reason is not None:
        assert shown.watched.reason is not None
        assert shown.asked.reason.message == shown.watched.reason.message
