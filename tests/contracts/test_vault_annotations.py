"""The template that charts hand to the Vault Agent, filled in by a real agent.

On a cluster the injector runs this agent beside the tool; here its files go to a folder.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from datalab.providers.charts.binary import install_helm, installed_helm
from datalab.providers.charts.helm import Helm
from tests.parts.openbao import BAO, OpenBao

pytestmark = pytest.mark.embedded
TEMPLATE = "vault.hashicorp.com/agent-inject-template-env.sh"
AWKWARD = 'it\'s $HOME `id` \\ "q" é\n{{ .x }}\nlast'


@pytest.fixture
def template(tmp_path: Path) -> str:
    """As the chart renders it for two secrets, with the test's folder for /vault/secrets."""
    install_helm(installed_helm())
    chart = Path(settings.CATALOGS[0]["location"]) / "jupyter"
    secrets = ["shared/db", "users/bob/mine"]
    datalab = {"tenant": "acme", "vaultMount": "datalab", "secrets": secrets}
    manifests = Helm(state=tmp_path / "state").render(
        chart, release="nb", namespace="dl-acme", values={"datalab": datalab}
    )
    workload = next(one for one in manifests if one["kind"] == "StatefulSet")
    text = str(workload["spec"]["template"]["metadata"]["annotations"][TEMPLATE])
    return text.replace("/vault/secrets", str(tmp_path / "secrets"))


def fill_in(template: str, bao: OpenBao, token: str, folder: Path) -> None:
    (folder / "secrets").mkdir(exist_ok=True)
    (folder / "token").write_text(token)
    method: dict[str, Any] = {
        "type": "token_file",
        "config": {"token_file_path": str(folder / "token")},
    }
    config = {
        "exit_after_auth": True,
        "vault": {"address": bao.address},
        "auto_auth": {"method": [method]},
        "template": [{"contents": template, "destination": str(folder / "secrets" / "env.sh")}],
    }
    file = folder / "agent.json"
    file.write_text(json.dumps(config))
    environment = {"PATH": os.defpath, "HOME": str(folder)}
    command = [BAO, "agent", f"-config={file}"]
    subprocess.run(command, check=True, capture_output=True, timeout=60, env=environment)


def environment_of(script: Path) -> dict[str, str]:
    """What the tool would see: the wrapper's own words, with `env` as the tool."""
    command = ["/bin/sh", "-c", f'. {script} && exec "$@"', "sh", "env", "-0"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={})
    return dict(line.split("=", 1) for line in done.stdout.split("\0") if line)


def test_values_arrive_byte_for_byte_as_variables_and_as_files(
    template: str, openbao: OpenBao, tmp_path: Path
) -> None:
    store = openbao.secrets()
    store.ensure_tenant("acme")
    store.ensure_member("acme", "bob")
    store.write("acme", "shared/db", {"PASSWORD": AWKWARD, "EMPTY": ""}, if_version=None)
    store.write("acme", "users/bob/mine", {"API_KEY": "k"}, if_version=None)
    token = store.issue_token("acme", member="bob", display_name="nb").token
    expected = {"PASSWORD": AWKWARD, "EMPTY": "", "API_KEY": "k"}
    files = tmp_path / "secrets"

    fill_in(template, openbao, token, tmp_path)
    assert expected.items() <= environment_of(files / "env.sh").items()
    assert {name: (files / name).read_text() for name in expected} == expected

    store.write("acme", "shared/db", {"PASSWORD": "rotated", "EMPTY": ""}, if_version=None)
    fill_in(template, openbao, token, tmp_path)
    assert (files / "PASSWORD").read_text() == "rotated"
    # The agent is no root on a cluster: what it cannot write again could never be rotated.
    assert all((files / name).stat().st_mode & 0o777 == 0o600 for name in expected)
