"""The platform's own way to the cluster: an account with the rights of rights.py, and no other."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from datalab.providers.cluster.base import ReleaseRef
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.rights import Right
from datalab.providers.cluster.kubernetes.runtime import KubernetesRuntime
from tests.cluster.tenant import Tenancy
from tests.parts.kubernetes import patiently, platform_account, runtime_on


@pytest.fixture(scope="module")
def more_rights() -> Sequence[Right]:
    """What a setting gives the worker besides. A file may say otherwise."""
    return ()


@pytest.fixture(scope="module")
def account(
    kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory, more_rights: Sequence[Right]
) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("account")
    with platform_account(kubeconfig, home, more=more_rights) as file:
        yield file


@pytest.fixture(scope="module")
def runtime(
    account: Path, tiny_image: str, tmp_path_factory: pytest.TempPathFactory
) -> KubernetesRuntime:
    return runtime_on(account, image=tiny_image, home=tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="module")
def tenancy(runtime: KubernetesRuntime, api: KubernetesApi) -> Iterator[Tenancy]:
    """A tenant's namespace, gone after the tests of one file."""
    tenancy = Tenancy(runtime=runtime, api=api)
    patiently(lambda: runtime.ensure_namespace(tenancy.namespace, quota={}))
    yield tenancy
    api.delete(f"/api/v1/namespaces/{tenancy.namespace}")


@pytest.fixture
def ref(tenancy: Tenancy) -> Iterator[ReleaseRef]:
    """A name that nothing has yet; what the test makes of it is removed."""
    ref = tenancy.new_ref()
    yield ref
    tenancy.remove(ref)
