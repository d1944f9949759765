"""Chosen secrets without the injector: through a Secret, by the real operator or by the platform."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from datalab.accounts.models import User
from datalab.core.delivery import Delivery, secret_name
from datalab.launcher import credentials
from datalab.launcher.actions import (
    pause_service,
    remove_service,
    restart_service,
    resume_service,
)
from datalab.launcher.lifecycle import Phase
from datalab.launcher.models import Service
from datalab.providers import registry
from datalab.providers.cluster.base import SecretAccess
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.cluster.kubernetes.chosen import StoreAddress, store_object
from datalab.providers.cluster.kubernetes.rights import EXTERNAL_SECRETS, Right
from datalab.providers.secrets.base import Secret
from datalab.providers.secrets.policies import service_role_name
from datalab.providers.secrets.vault import VaultSecrets
from datalab.tenants.models import Tenant
from datalab.vault.rendering import ENVIRONMENT, render_files
from tests.cluster.identity.chosen import files, kept, variables
from tests.cluster.identity.elsewhere import kept_or_said
from tests.cluster.identity.external_secrets import conditions, its_kinds, running_operator
from tests.cluster.identity.programs import external_secrets_image
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
    pytest.mark.timeout(600),
]

AWKWARD = 'it\'s $HOME `id` \\ "q" é <&>\n{{ .x }}\nlast'
CANARY = "canary-4712-of-the-cluster"
SEEN_WITHIN = 240.0
"""Seconds: the operator asks every 30, and the node looks every minute or so."""


@pytest.fixture(
    scope="module", params=[Delivery.KUBERNETES_SECRET, Delivery.EXTERNAL_SECRETS], ids=str
)
def delivery(request: pytest.FixtureRequest) -> Delivery:
    return Delivery(request.param)


@pytest.fixture(scope="module")
def more_rights(delivery: Delivery) -> Sequence[Right]:
    return EXTERNAL_SECRETS if delivery is Delivery.EXTERNAL_SECRETS else ()


@pytest.fixture(scope="module")
def bao(
    openbao: OpenBao, kubeconfig: Path, api: KubernetesApi, namespace: str
) -> Iterator[OpenBao]:
    with pods_may_sign_in(openbao, kubeconfig, api, namespace):
        yield openbao


@pytest.fixture(scope="module")
def store_address(
    delivery: Delivery,
    bao: OpenBao,
    api: KubernetesApi,
    layout: Layout,
    authority: Authority,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, str]]:
    """With the operator running, where it is the one that delivers."""
    file = tmp_path_factory.mktemp("store") / "ca.crt"
    file.write_text(authority.certificate)
    with doorway(NODE_IP, bao.port, pair=authority.issue(NODE_IP)) as port:
        told = {"mount": "datalab", "kubernetes_auth": "kubernetes", "ca_file": str(file)}
        told["address"] = f"https://{NODE_IP}:{port}"
        if delivery is Delivery.KUBERNETES_SECRET:
            yield told
            return
        with its_kinds(api), running_operator(api, external_secrets_image(layout)):
            yield told


@pytest.fixture
def store(bao: OpenBao, monkeypatch: pytest.MonkeyPatch) -> VaultSecrets:
    store = bao.secrets(kubernetes_auth="kubernetes")
    monkeypatch.setattr(registry, "secret_store", lambda: store)
    return store


@pytest.fixture
def both(store: VaultSecrets, hers: Tenant, theirs: Tenant) -> tuple[Tenant, Tenant]:
    """Two tenants with the same secrets: the tenant's, and one of each member."""
    for tenant in (hers, theirs):
        shared = {"PASSWORD": AWKWARD, "KEY": "the first of two"}
        store.write(tenant.slug, "shared/db", shared, if_version=None)
        for member in ("ann", "eve"):
            store.write(tenant.slug, f"users/{member}/own", {"KEY": CANARY}, if_version=None)
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

    # Byte for byte what the agent, and the platform on one machine, would have written.
    read = [store.read(hers.slug, path) for path in service.secrets]
    expected = render_files([one for one in read if isinstance(one, Secret)])
    assert [files(world, service, "env.sh")] == [[expected[ENVIRONMENT].decode()]]
    assert kept(world, service) == {path.rpartition("/")[2]: expected[path] for path in expected}

    # In that one Secret and nowhere else: not in Helm's records, our rows, a log, a command line.
    secrets = ["/api/v1/namespaces/{}/secrets"]
    assert found_in(world, hers, CANARY, json.dumps(AWKWARD)[1:-1]) == secrets
    assert kept_or_said(world, service, caplog, CANARY, AWKWARD) == []

    pod = world.pods(service)[0]["metadata"]["uid"]
    store.write(hers.slug, "users/ann/own", {"KEY": "rotated"}, if_version=None)
    credentials.refresh_secrets_of(str(hers.pk), "users/ann/own")
    wait_until(lambda: files(world, service, "KEY") == ["rotated"], seconds=SEEN_WITHIN)
    assert world.pods(service)[0]["metadata"]["uid"] == pod
    assert variables(world, service)["KEY"] == CANARY
    service.refresh_from_db()
    assert service.restart_to_apply
    restart_service(service=service, by=ann)
    service = world.until(service, Phase.RUNNING)
    assert variables(world, service)["KEY"] == "rotated"
    assert not service.restart_to_apply


def test_nobody_gets_what_is_another_members_or_another_tenants(
    world: World,
    both: tuple[Tenant, Tenant],
    ann: User,
    eve: User,
    store: VaultSecrets,
    delivery: Delivery,
    store_address: dict[str, str],
) -> None:
    """Chosen past the API, so that the store alone can say no."""
    hers, theirs = both
    eves = world.run(theirs, eve, secrets=["shared/db"])
    service = world.run(hers, ann, "curious", secrets=["shared/db"])
    pause_service(service=service, by=ann)
    service = world.until(service, Phase.PAUSED)
    wait_until(lambda: kept(world, service) is None, seconds=60)
    Service.objects.filter(pk=service.pk).update(secrets=["users/eve/own"])
    resume_service(service=service, by=ann)
    if delivery is Delivery.KUBERNETES_SECRET:
        refused = world.until(service, Phase.FAILED)
        assert "may not read" in refused.reason_message
    else:
        world.until_it_says(service, "SecretForbidden", seconds=120)
        service.refresh_from_db()
        assert "users/eve/own" in service.reason_message
        # With its own account, but the role of a service of another tenant.
        role = service_role_name(theirs.slug, eves.name)
        path = f"{theirs.slug}/shared/db"
        address = StoreAddress(
            **{name: value for name, value in store_address.items() if name != "ca_file"},
            authority=Path(store_address["ca_file"]).read_text(),
        )
        asked = store_object(service.ref, SecretAccess(role=role, paths=[path]), address)
        at = f"/apis/external-secrets.io/v1/namespaces/{hers.namespace}/secretstores"
        world.api.apply(f"{at}/{secret_name(service.name)}", asked)
        wait_until(lambda: not _is_ready(world, service, "secretstores"), seconds=60)
        world.until_it_says(service, "SecretsRefused", seconds=120)
    assert kept(world, service) is None
    assert found_in(world, hers, CANARY) == []


def _is_ready(world: World, service: Service, kind: str) -> bool:
    """True while the operator has not yet looked."""
    name = secret_name(service.name)
    said = conditions(world.api, kind, service.tenant.namespace, name)
    return [one["status"] for one in said if one["type"] == "Ready"] != ["False"]


def test_the_secret_goes_with_what_needs_it(
    world: World, both: tuple[Tenant, Tenant], ann: User
) -> None:
    hers, _ = both
    service = world.run(hers, ann, secrets=["users/ann/own"])
    assert kept(world, service) is not None
    pause_service(service=service, by=ann)
    service = world.until(service, Phase.PAUSED)
    wait_until(lambda: kept(world, service) is None, seconds=60)
    remove_service(service=service, by=ann)
    world.until_gone(service)
    assert found_in(world, hers, CANARY) == []
