"""The platform's other parts, where pods reach them: at the node's own address."""

import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from datalab.accounts.models import User
from datalab.core.delivery import Delivery
from datalab.gate.credentials import CredentialsDesk
from datalab.gate.pool import Pool
from datalab.providers import registry
from datalab.providers.charts.binary import install_helm, installed_helm
from datalab.providers.cluster.base import ClusterRuntime
from datalab.providers.cluster.kubernetes.api import KubernetesApi
from datalab.providers.objects.base import Credentials
from datalab.providers.objects.s3 import S3Objects
from datalab.providers.workloads.kubernetes import KubernetesWorkloads
from datalab.tenants.models import Membership, Tenant
from datalab.tenants.outside import Outside
from datalab.tenants.reconcile import provision
from tests.cluster.identity.programs import relay_image
from tests.cluster.identity.world import World, write_chart
from tests.cluster.layout import NODE_IP, Layout, layout_of
from tests.conftest import make_tenant, make_user
from tests.parts.certificates import Authority
from tests.parts.cluster import KUBECONFIG_VARIABLE
from tests.parts.desk import Loopback
from tests.parts.doorway import doorway
from tests.parts.juicefs import Gateway
from tests.parts.kubernetes import platform_account


class RememberingObjects(S3Objects):
    """Keeps what it has handed out, so that a test can look where it went."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(
            endpoint=gateway.endpoint,
            access_key=lambda: gateway.access_key,
            secret_key=lambda: gateway.secret_key,
        )
        self.issued: list[Credentials] = []

    def issue_credentials(self, bucket: str, *, session: str, valid_for: timedelta) -> Credentials:
        made = super().issue_credentials(bucket, session=session, valid_for=valid_for)
        self.issued.append(made)
        return made


@pytest.fixture(scope="session")
def layout(kubeconfig: Path) -> Layout:
    """Of our own cluster: pods of somebody else's do not reach this machine."""
    if os.environ.get(KUBECONFIG_VARIABLE):
        pytest.skip("OpenBao and S3 run on this machine, which pods of that cluster do not reach.")
    assert kubeconfig.exists()
    return layout_of()


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="session")
def relay(layout: Layout) -> str:
    return relay_image(layout)


@pytest.fixture(scope="session")
def tool() -> tuple[str, str]:
    """Which image the chart runs in, and its tag. Empty: its own. A file may say otherwise."""
    return "", ""


@pytest.fixture(scope="module")
def delivery() -> Delivery:
    """How chosen secrets reach pods. A file may say otherwise."""
    return Delivery.INJECTOR


@pytest.fixture(scope="module")
def store_address() -> dict[str, str]:
    """The secret store as the External Secrets operator finds it, where a file has one."""
    return {"address": "", "mount": "datalab", "kubernetes_auth": "", "ca_file": ""}


@pytest.fixture(scope="session")
def bucket_door(gateway: Gateway) -> Iterator[str]:
    """S3 as pods reach it. Plain http: it is not what is tried here."""
    with doorway(NODE_IP, gateway.port) as port:
        yield f"http://{NODE_IP}:{port}"


@pytest.fixture
def objects(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> RememberingObjects:
    objects = RememberingObjects(gateway)
    monkeypatch.setattr(registry, "object_store", lambda: objects)
    return objects


@pytest.fixture(scope="module")
def gate_account(kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with platform_account(kubeconfig, tmp_path_factory.mktemp("gate"), part="gate") as file:
        yield file


@pytest.fixture
def desk(
    gate_account: Path, objects: RememberingObjects, transactional_db: None
) -> Iterator[Loopback]:
    """The gate's, with the gate's own rights on the cluster."""
    assert objects.issued == []
    pools = Pool(), Pool()
    workloads = KubernetesWorkloads(kubeconfig=gate_account)
    loopback = Loopback(desk=CredentialsDesk(pools[0], outside=pools[1], workloads=workloads))
    yield loopback
    loopback.close()
    for pool in pools:
        pool.close()


@pytest.fixture
def desk_door(desk: Loopback, authority: Authority) -> Iterator[str]:
    with doorway(NODE_IP, desk.port, pair=authority.issue(NODE_IP)) as port:
        yield f"https://{NODE_IP}:{port}"


@pytest.fixture
def platform(
    settings: Settings,
    account: Path,
    authority: Authority,
    relay: str,
    bucket_door: str,
    desk_door: str,
    tool: tuple[str, str],
    delivery: Delivery,
    store_address: dict[str, str],
    tmp_path: Path,
) -> ClusterRuntime:
    """The runtime as the platform itself puts it together from its settings."""
    install_helm(installed_helm())
    original = Path(configured.CATALOGS[0]["location"]) / "jupyter"
    chart = tmp_path / "catalogue" / "jupyter"
    shutil.copytree(original, chart)
    write_chart(chart, original, image=tool)
    (tmp_path / "ca.crt").write_text(authority.certificate)
    settings.CATALOGS = [{"id": "tests", "name": "Tests", "location": str(chart.parent)}]
    settings.ALLOWED_IMAGES = ["quay.io/jupyter/", "datalab.local/"]
    settings.SECRET_DELIVERY = delivery
    settings.TOOLS = {
        **settings.TOOLS,
        "s3_endpoint": bucket_door,
        "credentials_token_file": "",
        "relay_image": relay,
        "relay_upstream": desk_door,
    }
    borders = {
        "front_door": ["datalab"],
        "gpus": ["nvidia.com/gpu"],
        "openings": [],
        "internet": True,
        "blocked": [],
        "accounts": [],
    }
    settings.PROVIDERS = {
        **settings.PROVIDERS,
        "charts": {"class": "datalab.providers.charts.helm.Helm"},
        "cluster": {
            "class": "datalab.providers.cluster.kubernetes.factory.kubernetes_runtime",
            "options": {
                "kubeconfig": str(account),
                "borders": borders,
                "grows": False,
                "delivery": delivery,
                "store": store_address,
                "authority_file": str(tmp_path / "ca.crt"),
            },
        },
    }
    registry._build.cache_clear()  # noqa: SLF001 - the settings are others now
    return registry.cluster_runtime()


@pytest.fixture
def world(platform: ClusterRuntime, api: KubernetesApi, layout: Layout) -> World:
    return World(runtime=platform, api=api, layout=layout)


@pytest.fixture
def ann(transactional_db: None) -> User:
    return make_user("ann")


@pytest.fixture
def eve(transactional_db: None) -> User:
    return make_user("eve")


@pytest.fixture
def hers(world: World, ann: User, eve: User) -> Iterator[Tenant]:
    """A tenant in which ann and eve work."""
    yield from _tenant(world, ann, eve)


@pytest.fixture
def theirs(world: World, eve: User) -> Iterator[Tenant]:
    """Another, in which eve works."""
    yield from _tenant(world, eve)


def _tenant(world: World, *members: User) -> Iterator[Tenant]:
    tenant = make_tenant(f"id-{secrets.token_hex(4)}")
    for user in members:
        Membership.objects.create(tenant=tenant, user=user, role="member")
    objects, store = registry.object_store(), registry.secret_store()
    provision(tenant, Outside(cluster=world.runtime, objects=objects, secrets=store))
    Tenant.objects.filter(pk=tenant.pk).update(provisioned=True)
    tenant.refresh_from_db()
    yield tenant
    world.api.delete(f"/api/v1/namespaces/{tenant.namespace}")
