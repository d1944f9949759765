"""What `up` and `doctor` find on a machine."""

import json
import socket
from pathlib import Path

import pytest

from datalab.embedded import doctor
from datalab.embedded.doctor import Verdict
from datalab.embedded.installation import Installation
from datalab.embedded.ports import NAMES, choose_ports, kept_ports


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(state=tmp_path / "state", port=0)


def test_a_taken_port_names_the_setting_that_changes_it(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Installation(state=tmp_path / "state", port=other.getsockname()[1])
        found = doctor.port(taken)
    assert found.verdict is Verdict.FAIL
    assert "DATALAB_PORT=" in found.mend


def test_ports_are_kept_and_a_taken_one_is_drawn_anew(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    first = choose_ports(file)
    assert choose_ports(file) == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first["portal"]))
        other.listen()
        second = choose_ports(file)
    assert second["portal"] != first["portal"]
    assert {**second, "portal": 0} == {**first, "portal": 0}
    assert json.loads(file.read_text()) == second


def test_a_platform_started_by_older_code_can_still_be_looked_at_and_stopped(
    tmp_path: Path,
) -> None:
    file = tmp_path / "ports.json"
    file.write_text('{"portal": 20001}')
    ports = kept_ports(file)
    assert ports["portal"] == 20001
    assert {name for name in NAMES if ports[name] == 0} == set(NAMES) - {"portal"}


def test_somebody_elses_folder_is_not_taken_for_a_platforms(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "documents").mkdir(parents=True)
    with pytest.raises(SystemExit, match="DATALAB_STATE_DIR"):
        Installation(state=home, port=8080).prepare()


def test_keys_are_drawn_once_and_for_the_owner_only(installation: Installation) -> None:
    installation.prepare()
    file = installation.keys.file("gate_secret")
    assert file.stat().st_mode & 0o077 == 0
    assert installation.keys.value("gate_secret") == file.read_text()
    assert len(file.read_text()) == 64


def test_each_check_says_what_to_do_where_it_does_not_pass(installation: Installation) -> None:
    for check in (*doctor.ESSENTIAL, *doctor.FURTHER):
        found = check(installation)
        assert found.title
        assert found.seen
        assert found.mend or found.verdict is Verdict.OK
