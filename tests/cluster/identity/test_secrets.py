"""Chosen secrets in a pod by the real Agent injector and a real OpenBao: whose they are, and whose not."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from datalab.accounts.models import User
from datalab.core.quantities import parse
from datalab.launcher import credentials
from datalab.launcher.actions import remove_service, restart_service
from datalab.launcher.lifecycle import Phase
from datalab.providers import registry
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.secrets.policies import service_role_name
from datalab.providers.secrets.vault import VaultSecrets
from datalab.tenants.models import Tenant
from tests.cluster.identity.chosen import files, variables
from tests.cluster.identity.elsewhere import kept_or_said
from tests.cluster.identity.injector import Injector, running_injector
from tests.cluster.identity.programs import agent_image, injector_image
from tests.cluster.identity.test_bucket import found_in
from tests.cluster.identity.vault import pods_may_sign_in
from tests.cluster.identity.world import World
from tests.cluster.layout import NODE_IP, Layout
from tests.parts.certificates import Authority
from tests.parts.doorway import doorway
from tests.parts.openbao import OpenBao
from tests.parts.ports import wait_until

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]

AWKWARD = 'it\'s $HOME `id` \\ "q" é\n{{ .x }}\nlast'
CANARY = "canary-4711-of-the-cluster"
AGENT = "vault-agent"
TOKEN = "/var/run/secrets/vault.hashicorp.com/serviceaccount/token"


@pytest.fixture(scope="module")
def bao(
    openbao: OpenBao, kubeconfig: Path, api: KubernetesApi, namespace: str
) -> Iterator[OpenBao]:
    with pods_may_sign_in(openbao, kubeconfig, api, namespace):
        yield openbao


@pytest.fixture(scope="module")
def injector(
    api: KubernetesApi, layout: Layout, bao: OpenBao, authority: Authority
) -> Iterator[Injector]:
    images = injector_image(layout), agent_image(layout)
    with doorway(NODE_IP, bao.port, pair=authority.issue(NODE_IP)) as port:
        made = Injector(
            api=api,
            image=images[0],
            agent=images[1],
            vault=f"https://{NODE_IP}:{port}",
            authority=authority.certificate,
        )
        with running_injector(made) as running:
            yield running


@pytest.fixture
def store(bao: OpenBao, monkeypatch: pytest.MonkeyPatch) -> VaultSecrets:
    store = bao.secrets(kubernetes_auth="kubernetes")
    monkeypatch.setattr(registry, "secret_store", lambda: store)
    return store


@pytest.fixture
def both(
    store: VaultSecrets, injector: Injector, hers: Tenant, theirs: Tenant
) -> tuple[Tenant, Tenant]:
    """Two tenants with the same secrets: the tenant's, and one of each member."""
    for tenant in (hers, theirs):
        store.write(tenant.slug, "shared/db", {"PASSWORD": AWKWARD}, if_version=None)
        for member in ("ann", "eve"):
            store.write(tenant.slug, f"users/{member}/own", {"KEY": CANARY}, if_version=None)
    injector.serve(hers.namespace, theirs.namespace)
    return hers, theirs


def test_secrets_are_files_and_variables_and_a_rotation_reaches_the_running_pod(
    world: World,
    both: tuple[Tenant, Tenant],
    ann: User,
    store: VaultSecrets,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hers, _ = both
    service = world.run(hers, ann, secrets=["shared/db", "users/ann/own"])
    assert files(world, service, "PASSWORD", "KEY") == [AWKWARD, CANARY]
    told = variables(world, service)
    assert (told["PASSWORD"], told["KEY"]) == (AWKWARD, CANARY)
    assert not [name for name in told if name.startswith(("VAULT", "BAO"))]
    assert world.inside(service, "ls", TOKEN)[0] != 0

    # What the platform counts is what the cluster counts.
    path = f"/api/v1/namespaces/{hers.namespace}/resourcequotas/datalab"
    used = (world.api.get(path) or {})["status"]["used"]
    assert parse(used["requests.cpu"]) * 1000 == service.cpu
    assert parse(used["requests.memory"]) == service.memory

    # The secret itself lies nowhere in the cluster.
    assert found_in(world, hers, CANARY, json.dumps(AWKWARD)[1:-1]) == []
    # Nor in our rows, in what anybody logs, or on a command line.
    assert kept_or_said(world, service, caplog, CANARY, AWKWARD) == []

    pod = world.pods(service)[0]["metadata"]["uid"]
    store.write(hers.slug, "users/ann/own", {"KEY": "rotated"}, if_version=None)
    credentials.refresh_secrets_of(str(hers.pk), "users/ann/own")
    began = time.monotonic()
    wait_until(lambda: files(world, service, "KEY") == ["rotated"], seconds=60)
    print(f"rotated after {time.monotonic() - began:.1f} s")  # noqa: T201 - with pytest -s
    assert world.pods(service)[0]["metadata"]["uid"] == pod
    assert variables(world, service)["KEY"] == CANARY
    service.refresh_from_db()
    assert service.restart_to_apply
    restart_service(service=service, by=ann)
    service = world.until(service, Phase.RUNNING)
    assert variables(world, service)["KEY"] == "rotated"
    assert not service.restart_to_apply


def test_a_pod_reads_nothing_of_another_tenant_or_member_with_its_own_token(
    world: World, both: tuple[Tenant, Tenant], ann: User, eve: User, injector: Injector
) -> None:
    hers, theirs = both
    service = world.run(hers, ann, secrets=["shared/db"])
    world.run(hers, eve, "eves", secrets=["users/eve/own"])
    world.run(theirs, eve, secrets=["shared/db"])

    def bao(*words: str, token: str = "") -> tuple[int, str]:
        told = f"BAO_ADDR={injector.vault} BAO_TOKEN={token} VAULT_SKIP_VERIFY=true HOME=/tmp "
        command = told + "bao " + " ".join(words)
        return world.inside(service, "/bin/sh", "-c", command, container=AGENT)

    def sign_in(role: str) -> tuple[int, str]:
        return bao(
            "write", "-field=token", "auth/kubernetes/login", f"role={role}", f"jwt=@{TOKEN}"
        )

    for role in (
        service_role_name(hers.slug, "eves"),  # another member's, in the same namespace
        service_role_name(theirs.slug, "nb"),  # its namesake's in another tenant
        service_role_name(theirs.slug, "none"),
    ):
        code, said = sign_in(role)
        assert code != 0, said
        assert "403" in said or "400" in said, said

    code, token = sign_in(service_role_name(hers.slug, "nb"))
    assert code == 0, token
    token = token.strip()
    assert bao("kv", "get", "-mount=datalab", f"{hers.slug}/shared/db", token=token)[0] == 0
    assert bao("kv", "get", "-mount=datalab", f"{hers.slug}/users/ann/own", token=token)[0] == 0
    for path in (
        f"{hers.slug}/users/eve/own",
        f"{theirs.slug}/shared/db",
        f"{theirs.slug}/users/ann/own",
        f"{theirs.slug}/shared/absent",
    ):
        code, said = bao("kv", "get", "-mount=datalab", path, token=token)
        assert code != 0, path
        assert "403" in said, said


def test_a_pod_that_waits_for_a_secret_says_which(
    world: World, both: tuple[Tenant, Tenant], ann: User, store: VaultSecrets
) -> None:
    """Gone or forbidden between the launch and the pod's start: only the agent's log knows."""
    hers, _ = both
    admit = store.admit

    def admit_and_forbid(tenant: str, **more: str) -> None:
        admit(tenant, **more)
        store.remove_member(tenant, "ann")

    with pytest.MonkeyPatch.context() as meanwhile:
        meanwhile.setattr(store, "admit", admit_and_forbid)
        service = world.launch(hers, ann, secrets=["users/ann/own"])
        world.until_it_says(service, "SecretForbidden")
    store.ensure_member(hers.slug, "ann")
    assert world.until(service, Phase.RUNNING).reason_code == ""


def test_without_the_injector_there_is_no_pod_rather_than_one_without_secrets(
    world: World, both: tuple[Tenant, Tenant], ann: User, injector: Injector
) -> None:
    hers, _ = both
    injector.scale(0)
    try:
        modest = world.run(hers, ann, "modest")
        assert modest.phase is Phase.RUNNING  # who asks for no secret does not need it
        # The cluster tries again after ever longer pauses: it is to be back soon.
        wanting = world.launch(hers, ann, secrets=["shared/db"])
        wait_until(lambda: "webhook" in world.look(wanting).reason_raw, seconds=20)
        assert world.pods(wanting) == []
    finally:
        injector.scale(1)
    assert world.until(wanting, Phase.RUNNING).phase is Phase.RUNNING


def test_a_removed_service_signs_in_no_more_and_its_name_is_free_for_another(
    world: World, both: tuple[Tenant, Tenant], ann: User, eve: User, store: VaultSecrets
) -> None:
    hers, _ = both
    service = world.run(hers, ann, secrets=["users/ann/own"])
    remove_service(service=service, by=ann)
    world.until_gone(service)
    assert store.admitted(hers.slug) == []
    hers_again = world.run(hers, eve, "nb", secrets=["users/eve/own"])
    assert files(world, hers_again, "KEY") == [CANARY]
