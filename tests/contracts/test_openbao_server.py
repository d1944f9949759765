"""The server that the embedded platform starts: what it survives, and how it says what is wrong."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datalab.providers.secrets.openbao_config import server_config, write_unseal_key
from tests.parts.openbao import OpenBao
from tests.parts.ports import status_of, stop, wait_for

pytestmark = pytest.mark.embedded
SEALED = 503


@pytest.fixture
def bao(tmp_path: Path) -> Iterator[OpenBao]:
    """Not started yet; stopped when the test ends."""
    bao = OpenBao(folder=tmp_path)
    yield bao
    if bao.process:
        stop(bao.process)


def test_a_killed_server_comes_back_by_itself_with_every_secret(bao: OpenBao) -> None:
    bao.start()
    before = bao.secrets()
    before.ensure_tenant("alpha")
    before.ensure_member("alpha", "ann")
    before.write("alpha", "shared/db", {"A": "1"}, if_version=None)
    issued = before.issue_token("alpha", member="ann", display_name="x")
    bao.kill()
    bao.start()
    for store in (before, bao.secrets()):
        found = store.read("alpha", "shared/db")
        assert found is not None
        assert found.data == {"A": "1"}
    assert before.read_as(issued.token, "alpha", "shared/db") is not None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda key: key + "\n", "unknown encoding for AES-256 key", id="a newline"),
        pytest.param(lambda key: key[:-2], "unknown encoding for AES-256 key", id="too short"),
    ],
)
def test_a_key_that_is_none_stops_the_server_with_its_reason(
    bao: OpenBao, change: Callable[[str], str], said: str
) -> None:
    key_file = bao.folder / "unseal.key"
    write_unseal_key(key_file)
    key_file.write_text(change(key_file.read_text()))
    process = bao.launch()
    assert process.wait(30) != 0
    assert said in bao.server_log.read_text()


def test_another_servers_key_leaves_it_sealed_with_its_reason(bao: OpenBao) -> None:
    bao.start()
    bao.kill()
    (bao.folder / "unseal.key").unlink()
    write_unseal_key(bao.folder / "unseal.key")
    process = bao.launch()
    wait_for(lambda: status_of(bao.port, "/v1/sys/health") == SEALED, process)
    wait_for(lambda: "message authentication failed" in bao.server_log.read_text(), process)


def test_nothing_that_opens_it_is_in_its_configuration(bao: OpenBao) -> None:
    bao.start()
    written = (bao.folder / "openbao.hcl").read_text()
    key = (bao.folder / "unseal.key").read_text()
    for hidden in (key, bao.platform_secret, bao.operator_secret):
        assert hidden not in written


def test_the_key_is_its_owners_alone_and_drawn_once(tmp_path: Path) -> None:
    key_file = tmp_path / "unseal.key"
    write_unseal_key(key_file)
    first = key_file.read_text()
    write_unseal_key(key_file)
    assert key_file.read_text() == first
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert len(bytes.fromhex(first)) == 32


@pytest.mark.parametrize(
    ("storage", "audit_log"),
    [
        pytest.param("relative", "/a", id="a folder of nowhere"),
        pytest.param("/s", "/x/${env}", id="what HCL would replace"),
    ],
)
def test_a_configuration_that_would_mean_something_else_is_refused(
    storage: str, audit_log: str
) -> None:
    with pytest.raises(ValueError, match=r"absolute|HCL"):
        server_config(
            address="127.0.0.1:1",
            storage=Path(storage),
            key_file=Path("/k"),
            audit_log=Path(audit_log),
        )


def test_a_folder_with_quotes_in_its_name_stays_a_folder(tmp_path: Path) -> None:
    text = server_config(
        address="127.0.0.1:1",
        storage=Path('/a "b"\n/c'),
        key_file=Path("/k"),
        audit_log=Path("/a"),
    )
    assert r'path = "/a \"b\"\n/c"' in text
