"""Real parts, each started once for a run of the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
