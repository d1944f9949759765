"""Secrets of running services with the real store, and beside the Vault Agent's own rendering."""

import os
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from datalab.accounts.models import User
from datalab.launcher import credentials
from datalab.launcher.lifecycle import Wanted
from datalab.launcher.models import Service
from datalab.launcher.store_tokens import StoreTokens
from datalab.providers import registry
from datalab.providers.charts.binary import install_helm, installed_helm
from datalab.providers.charts.helm import Helm
from datalab.providers.cluster.base import Observed, Release
from datalab.providers.cluster.memory import MemoryRuntime
from datalab.providers.secrets.base import AccessRefused, Secret
from datalab.providers.secrets.vault import VaultSecrets
from datalab.tenants.models import Tenant
from datalab.vault.rendering import render_files
from tests.parts.openbao import BAO, OpenBao
from tests.parts.ports import stop, wait_for

pytestmark = [pytest.mark.embedded, pytest.mark.django_db]
CHARTS = Path(__file__).resolve().parents[2] / "charts_catalog"
ENV = "/vault/secrets/env.sh"
NASTY = {
    "QUOTES": "it's a \"quoted\" '' value'",
    "SHELL": "$HOME `id` $(id) \\ \\n ${x} !! ~ * ; & | < > #",
    "LINES": "\n one\r\n\n\ttwo \n",
    "UNICODE": "ünï → 🔑 \u202e",
    "TEMPLATE": "{{ .Data }} {{- end -}} %s",
    "EMPTY": "",
    "_": "x",
    "lower": "1",
    "UPPER2": "2",
}


@pytest.fixture
def store(openbao: OpenBao, acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> VaultSecrets:
    store = openbao.secrets()
    monkeypatch.setattr(registry, "secret_store", lambda: store)
    monkeypatch.setattr(credentials, "_tokens", StoreTokens())
    store.ensure_tenant(acme.slug)
    return store


@pytest.fixture
def runtime(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> MemoryRuntime:
    runtime = MemoryRuntime()
    runtime.ensure_namespace(acme.namespace, quota={})
    monkeypatch.setattr(registry, "cluster_runtime", lambda: runtime)
    return runtime


@pytest.fixture
def launch(
    store: VaultSecrets, runtime: MemoryRuntime, acme: Tenant, bob: User
) -> Callable[..., Service]:
    def launch(name: str, *paths: str) -> Service:
        service = Service.objects.create(
            tenant=acme,
            owner=bob,
            name=name,
            host=name,
            secrets=list(paths),
            wanted=Wanted.RUNNING.value,
            observed=Observed.RUNNING.value,
        )
        files = credentials.files_for(service)
        runtime.apply(Release(ref=service.ref, chart=CHARTS, version="1", values={}, files=files))
        return service

    return launch


def test_a_changed_secret_reaches_the_tools_file(
    launch: Callable[..., Service], store: VaultSecrets, runtime: MemoryRuntime
) -> None:
    store.write("acme", "shared/changing", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/changing")
    store.write("acme", "shared/changing", {"A": "2"}, if_version=None)
    credentials.refresh_secrets()
    assert runtime.files[service.ref][ENV] == b"export A='2'\n"


def test_a_service_that_is_forgotten_loses_its_token_at_once(
    launch: Callable[..., Service], store: VaultSecrets
) -> None:
    store.write("acme", "shared/ended", {"A": "1"}, if_version=None)
    service = launch("notebook", "shared/ended")
    token = credentials._tokens.of(service).token  # noqa: SLF001 - it is shown nowhere
    assert store.read_as(token, "acme", "shared/ended") is not None
    credentials.forget(service)
    with pytest.raises(AccessRefused):
        store.read_as(token, "acme", "shared/ended")


def test_a_sweep_asks_once_for_each_chosen_secret_and_writes_nothing(
    launch: Callable[..., Service],
    store: VaultSecrets,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    """What it costs by the clock: tests/bench/secret_sweep.py."""
    for path in ("shared/one", "shared/two"):
        store.write("acme", path, {"A": "1"}, if_version=None)
    for number in range(5):
        launch(f"notebook-{number}", "shared/one", "shared/two")
    counted = Counted(store)
    monkeypatch.setattr(registry, "secret_store", lambda: counted)
    with django_assert_num_queries(1):
        credentials.refresh_secrets()
    assert counted.calls == {"read_as": 10}


class Counted:
    """A store, and how often it was asked for what."""

    def __init__(self, store: VaultSecrets) -> None:
        self.store, self.calls = store, Counter[str]()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self.store, name)


def test_the_agent_renders_the_charts_template_to_the_same_bytes(
    openbao: OpenBao, store: VaultSecrets, tmp_path: Path
) -> None:
    """Else a tool would see one thing on this machine and another in a cluster."""
    store.ensure_member("acme", "bob")
    store.write("acme", "shared/nasty", NASTY, if_version=None)
    store.write("acme", "users/bob/own", {"OWN": "b'ob", "UPPER2": "later"}, if_version=None)
    paths = ["shared/nasty", "users/bob/own"]
    token = store.issue_token("acme", member="bob", display_name="agent").token
    secrets = [store.read_as(token, "acme", path) for path in paths]
    expected = render_files([one for one in secrets if isinstance(one, Secret)])[ENV]
    template = template_of_the_chart(paths, state=tmp_path / "helm")
    assert agent_renders(template, token, openbao, tmp_path) == expected
    assert b"UPPER2='later'" in expected


def template_of_the_chart(paths: list[str], *, state: Path) -> str:
    install_helm(installed_helm())
    values = {
        "datalab": {
            "tenant": "acme",
            "vaultMount": "datalab",
            "vaultRole": "r",
            "secrets": paths,
        }
    }
    manifests = Helm(state=state).render(
        CHARTS / "jupyter", release="notebook", namespace="acme", values=values
    )
    workload = next(one for one in manifests if one["kind"] == "StatefulSet")
    annotations = workload["spec"]["template"]["metadata"]["annotations"]
    return str(annotations["vault.hashicorp.com/agent-inject-template-env.sh"])


def agent_renders(template: str, token: str, bao: OpenBao, folder: Path) -> bytes:
    """By the real agent, as the injector would start it."""
    (folder / "token").write_text(token)
    (folder / "env.tpl").write_text(template)
    rendered = folder / "rendered.sh"
    (folder / "agent.hcl").write_text(f"""
vault {{ address = "{bao.address}" }}
auto_auth {{
  method "token_file" {{ config = {{ token_file_path = "{folder / "token"}" }} }}
}}
template {{
  source      = "{folder / "env.tpl"}"
  destination = "{rendered}"
  perms       = "0400"
}}
""")
    with (folder / "agent.log").open("ab") as log:
        agent = subprocess.Popen(
            [BAO, "agent", f"-config={folder / 'agent.hcl'}"],
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        )
    try:
        wait_for(rendered.exists, agent)
        return rendered.read_bytes()
    finally:
        stop(agent)
