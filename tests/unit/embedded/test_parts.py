"""What is declared about the parts holds together, and keeps its secrets."""

from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from datalab.embedded import wiring
from datalab.embedded.installation import Installation
from datalab.embedded.parts import STEPS, Errand, Part, Step, errands_of, parts_of
from datalab.embedded.ports import NAMES
from datalab.embedded.steps import STEPS as ENTRIES
from datalab.embedded.supervise import give_environments
from datalab.embedded.supervision import render_config

PORTS = dict(zip(NAMES, range(20000, 20000 + len(NAMES)), strict=True))

OPENINGS = '[{"namespace": "vault", "ports": [8200]}]'


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """With a space in the name of its folder, which configuration files stumble over."""
    installation = Installation(state=tmp_path / "state of mine", port=8080)
    installation.prepare()
    return installation


def works(installation: Installation) -> list[Part | Step]:
    return [*STEPS, *parts_of(installation, PORTS)]


def programs_of(installation: Installation) -> list[Part | Errand]:
    return [*parts_of(installation, PORTS), *errands_of(installation, PORTS)]


def test_each_need_is_there_and_can_be_met(installation: Installation) -> None:
    waiting, done = works(installation), set[str]()
    while waiting:
        able = [one for one in waiting if done.issuperset(one.after)]
        assert able, f"{[one.name for one in waiting]} wait for each other"
        done |= {one.name for one in able}
        waiting = [one for one in waiting if one.name not in done]


def test_each_step_has_something_to_do() -> None:
    assert {one.name for one in STEPS} <= set(ENTRIES)


def test_no_secret_is_on_a_command_line(installation: Installation) -> None:
    programs = programs_of(installation)
    wiring.write_openbao_config(installation, PORTS)
    secrets = [file.read_text() for file in (installation.state / "secrets").iterdir()]
    assert len(secrets) >= 6
    for program in programs:
        assert not any(secret in " ".join(program.command) for secret in secrets)


def test_only_openbao_and_the_gateway_are_given_secrets_by_value(
    installation: Installation,
) -> None:
    parts = parts_of(installation, PORTS)
    secrets = [file.read_text() for file in (installation.state / "secrets").iterdir()]
    holders = {
        part.name for part in parts for value in part.environment.values() if value in secrets
    }
    assert holders == {"openbao", "s3"}


def test_supervisord_reads_what_was_declared(installation: Installation, tmp_path: Path) -> None:
    parts, errands = parts_of(installation, PORTS), errands_of(installation, PORTS)
    programs = programs_of(installation)
    config = tmp_path / "supervisord.conf"
    config.write_text(render_config(installation, parts, errands))
    options = ServerOptions()
    options.realize(["-c", str(config)])
    give_environments(options, {one.name: dict(one.environment) for one in programs})
    read = {group.name: group.process_configs[0] for group in options.process_group_configs}
    assert sorted(read) == sorted(one.name for one in programs)
    for one in programs:
        assert read[one.name].environment == dict(one.environment)
        assert not read[one.name].autostart


def test_the_shells_own_settings_do_not_reach_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"PATH": "/usr/bin", "HTTPS_PROXY": "http://proxy.example", "UV_INDEX_URL": "x"}
    lost = {"AWS_PROFILE": "x", "VAULT_TOKEN": "x", "PYTHONPATH": "x", "DATALAB_PORT": "1"}
    for name, value in {**kept, **lost}.items():
        monkeypatch.setenv(name, value)
    clean = wiring.clean_environment()
    assert kept.items() <= clean.items()
    assert not lost.keys() & clean.keys()


def test_what_may_be_set_for_the_parts_reaches_them(
    monkeypatch: pytest.MonkeyPatch, installation: Installation
) -> None:
    monkeypatch.setenv("DATALAB_ALLOWED_HOSTS", "git.example")
    monkeypatch.setenv("DATALAB_PRESETS_FILE", "/etc/presets.json")
    monkeypatch.setenv("DATALAB_TENANT_OPENINGS", OPENINGS)
    parts = {part.name: part for part in parts_of(installation, PORTS)}
    assert parts["portal"].environment["DATALAB_PRESETS_FILE"] == "/etc/presets.json"
    assert parts["worker"].environment["DATALAB_TENANT_OPENINGS"] == OPENINGS
    assert parts["agent"].environment["DATALAB_ALLOWED_HOSTS"] == "git.example"
    assert parts["worker"].environment["DATALAB_ALLOWED_HOSTS"] == "git.example"


def test_a_mail_server_is_told_but_never_its_password(
    monkeypatch: pytest.MonkeyPatch, installation: Installation
) -> None:
    monkeypatch.setenv("DATALAB_EMAIL_URL", "smtps://me@m.example:465")
    monkeypatch.setenv("DATALAB_EMAIL_FROM", "Datalab <datalab@example.org>")
    monkeypatch.setenv("DATALAB_EMAIL_PASSWORD", "hunter2")
    monkeypatch.setenv("DATALAB_EMAIL_PASSWORD_FILE", "/run/mail")
    parts = list(parts_of(installation, PORTS))
    portal = next(part for part in parts if part.name == "portal").environment
    assert portal["DATALAB_EMAIL_FROM"] == "Datalab <datalab@example.org>"
    assert portal["DATALAB_EMAIL_PASSWORD_FILE"] == "/run/mail"
    assert portal["DATALAB_EMAIL_URL"] == "smtps://me@m.example:465"
    assert not any("hunter2" in value for part in parts for value in part.environment.values())


def test_a_first_start_of_openbao_that_was_broken_off_begins_anew(
    installation: Installation,
) -> None:
    storage = installation.state / "openbao"
    wiring.forget_unfinished_openbao(installation)
    storage.mkdir()
    (storage / "half").touch()
    wiring.forget_unfinished_openbao(installation)
    assert not storage.exists()


def test_what_openbao_keeps_stays_after_its_first_start(installation: Installation) -> None:
    storage = installation.state / "openbao"
    wiring.forget_unfinished_openbao(installation)
    storage.mkdir()
    (storage / "secrets").touch()
    wiring.openbao_is_initialized(installation)
    wiring.forget_unfinished_openbao(installation)
    assert (storage / "secrets").exists()
