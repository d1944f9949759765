"""Real parts, each started once for a run of the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.certificates import Authority
from tests.parts.cluster_api import REVIEWER, ClusterApi, running_cluster_api
from tests.parts.juicefs import Gateway, running_gateway
from tests.parts.openbao import OpenBao, running_openbao


@pytest.fixture(scope="session")
def openbao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    folder: Path = tmp_path_factory.mktemp("openbao")
    with running_openbao(folder) as bao:
        yield bao


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("gateway")
    with running_gateway(folder) as running:
        yield running


@pytest.fixture(scope="session")
def cluster_api() -> Iterator[ClusterApi]:
    with running_cluster_api() as api:
        yield api


@pytest.fixture(scope="session")
def openbao_for_pods(openbao: OpenBao, cluster_api: ClusterApi) -> OpenBao:
    """The same server, with a sign-in for the pods of `cluster_api`."""
    ca = Authority().certificate  # it wants one, although this API server speaks plain http
    openbao.let_pods_sign_in(address=cluster_api.address, reviewer=REVIEWER, ca=ca)
    return openbao
